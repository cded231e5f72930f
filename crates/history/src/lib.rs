//! Operations with invocation and completion, as JSON lines.

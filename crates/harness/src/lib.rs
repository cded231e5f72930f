//! Scenarios: from a file through the world to a verdict.

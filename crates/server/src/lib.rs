//! The node behind real sockets and files.

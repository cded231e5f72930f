//! The node as a turmoil host, and redis-rs connections to it.

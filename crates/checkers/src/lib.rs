//! The judges: one file per promise.

//! Snapshots and payloads.

mod limits;

pub use limits::limits;

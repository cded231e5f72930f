//! Known bugs, each one file: a filter at the node's boundary, switched on by name. The engine knows nothing of
//! them; the judge has to find them.

mod ack_before_fsync;

pub use ack_before_fsync::AckBeforeFsync;

/// Every bug: its name and what it does, in a line.
pub const BUGS: &[(&str, &str)] =
    &[("ack-before-fsync", "under appendfsync always, replies leave before the fsync of their batch")];

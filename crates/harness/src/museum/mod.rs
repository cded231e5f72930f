//! Known bugs, each one file: a filter at the node's boundary, switched on by name. The engine knows nothing of
//! them; the judge has to find them.

mod ack_before_fsync;
mod skipped_syncs;

pub use ack_before_fsync::AckBeforeFsync;
pub use skipped_syncs::SkippedSyncs;

/// Every bug: its name and what it does, in a line.
pub const BUGS: &[(&str, &str)] = &[
    ("ack-before-fsync", "under appendfsync always, replies leave before the fsync of their batch"),
    ("directory-sync-skipped", "syncs of directories never reach the disk"),
    ("fsync-skipped", "syncs of files never reach the disk"),
];

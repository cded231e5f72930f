//! Known bugs, each one file: a filter at the node's boundary, switched on by name. The engine knows nothing of
//! them; the judge has to find them.

mod ack_before_fsync;
mod early_delete;
mod shim;
mod skipped_syncs;

use resplay_base::{Host, Input, Node};

/// A bug: it stands between a server and its host.
pub trait Bug {
    /// Hands an input over to the server, and what that asks for to the host, as the bug has it.
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>);
}

/// A bug's row.
pub struct BugRow {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// The bug, new for each process.
    pub build: fn() -> Box<dyn Bug>,
}

/// Every bug, by name.
pub const BUGS: &[BugRow] = &[
    BugRow {
        name: "ack-before-fsync",
        summary: "under appendfsync always, replies leave before the fsync of their batch",
        build: ack_before_fsync::build,
    },
    BugRow {
        name: "directory-sync-skipped",
        summary: "syncs of directories never reach the disk",
        build: skipped_syncs::of_directories,
    },
    BugRow {
        name: "early-delete",
        summary: "a rewrite deletes what it replaces before the manifest names the new base",
        build: early_delete::build,
    },
    BugRow {
        name: "fsync-skipped",
        summary: "syncs of files never reach the disk",
        build: skipped_syncs::of_files,
    },
    BugRow {
        name: "manifest-before-base",
        summary: "the base of a rewrite is never synced, the manifest that names it is",
        build: skipped_syncs::of_bases,
    },
];

/// The first bug of the table that has one of these names.
pub fn first_of(names: &[String]) -> Option<Box<dyn Bug>> {
    BUGS.iter().find(|row| names.iter().any(|name| name == row.name)).map(|row| (row.build)())
}

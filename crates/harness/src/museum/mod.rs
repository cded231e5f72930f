//! Known bugs, each one file: a filter at the node's boundary, switched on by name. The engine knows nothing of
//! them; the judge has to find them.

mod ack_before_fsync;
mod early_delete;
mod ignored_errors;
mod shim;
mod short_loads;
mod skipped_operations;
mod spoilt_appends;

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
        name: "append-lost",
        summary: "now and then a command is not written to the append-only file",
        build: spoilt_appends::now_and_then,
    },
    BugRow {
        name: "database-lost",
        summary: "SELECT is not written to the append-only file",
        build: spoilt_appends::of_databases,
    },
    BugRow {
        name: "directory-sync-skipped",
        summary: "syncs of directories never reach the disk",
        build: skipped_operations::of_directories,
    },
    BugRow {
        name: "early-delete",
        summary: "a rewrite deletes what it replaces before the manifest names the new base",
        build: early_delete::build,
    },
    BugRow {
        name: "expiry-lost",
        summary: "times to live are not written to the append-only file",
        build: spoilt_appends::of_times_to_live,
    },
    BugRow {
        name: "fsync-error-ignored",
        summary: "a failed fsync is taken for a success",
        build: ignored_errors::of_syncs,
    },
    BugRow {
        name: "fsync-skipped",
        summary: "syncs of files never reach the disk",
        build: skipped_operations::of_files,
    },
    BugRow {
        name: "load-stops-early",
        summary: "the last command of an append-only file is not loaded",
        build: short_loads::build,
    },
    BugRow {
        name: "manifest-before-base",
        summary: "the base of a rewrite is never synced, the manifest that names it is",
        build: skipped_operations::of_bases,
    },
    BugRow {
        name: "manifest-not-renamed",
        summary: "a new manifest never gets its name",
        build: skipped_operations::of_manifest_names,
    },
    BugRow {
        name: "snapshot-not-renamed",
        summary: "a new RDB file never gets its name",
        build: skipped_operations::of_snapshot_names,
    },
    BugRow {
        name: "tail-not-truncated",
        summary: "a cut-off tail of the append-only file stays where it is",
        build: skipped_operations::of_truncations,
    },
    BugRow {
        name: "transaction-markers-lost",
        summary: "MULTI and EXEC are not written to the append-only file",
        build: spoilt_appends::of_transactions,
    },
    BugRow {
        name: "write-error-ignored",
        summary: "a failed or short write is taken for a whole one",
        build: ignored_errors::of_writes,
    },
];

/// The first bug of the table that has one of these names.
pub fn first_of(names: &[String]) -> Option<Box<dyn Bug>> {
    BUGS.iter().find(|row| names.iter().any(|name| name == row.name)).map(|row| (row.build)())
}

//! Known bugs, each one file: a filter at the node's boundary, switched on by name. The engine knows nothing of
//! them; the judge has to find them.

mod ack_before_fsync;
mod early_delete;
mod ignored_errors;
mod shim;
mod short_loads;
mod skipped_operations;
mod spoilt_appends;
mod spoilt_replies;
mod spoilt_requests;
mod spoilt_snapshots;
mod wrong_times;

use resplay_base::{Fd, Host, Input, Mono, Node};

/// A bug: it stands between a server and its host.
pub trait Bug {
    /// Hands an input over to the server, and what that asks for to the host, as the bug has it.
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>);

    /// What the host may take off a connection: [`Node::unsent`], as the bug has it.
    fn unsent<'a>(&'a self, server: &'a dyn Node, fd: Fd) -> &'a [u8] {
        server.unsent(fd)
    }

    /// The host took so many bytes of that.
    fn sent(&mut self, server: &mut dyn Node, fd: Fd, n: usize) {
        server.sent(fd, n);
    }

    /// When the server wants to be woken: [`Node::deadline`], as the bug has it.
    fn deadline(&self, server: &dyn Node) -> Option<Mono> {
        server.deadline()
    }
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
        name: "acknowledgements-lost",
        summary: "XACK is not written to the append-only file",
        build: spoilt_appends::of_acknowledgements,
    },
    BugRow {
        name: "append-lost",
        summary: "now and then a command is not written to the append-only file",
        build: spoilt_appends::now_and_then,
    },
    BugRow {
        name: "canary",
        summary: "the second reply of every connection is nonsense",
        build: spoilt_replies::canary,
    },
    BugRow {
        name: "clock-frozen",
        summary: "the server takes the time at which it began for the time that it is",
        build: wrong_times::frozen,
    },
    BugRow {
        name: "clock-in-seconds",
        summary: "the server knows the time in whole seconds",
        build: wrong_times::in_seconds,
    },
    BugRow {
        name: "database-lost",
        summary: "SELECT is not written to the append-only file",
        build: spoilt_appends::of_databases,
    },
    BugRow {
        name: "deletions-lost",
        summary: "DEL and UNLINK are not written to the append-only file",
        build: spoilt_appends::of_deletions,
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
        name: "element-lost",
        summary: "an array of more than two elements is sent without its last",
        build: spoilt_replies::of_elements,
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
        name: "integer-off-by-one",
        summary: "one integer in twenty is sent one too large",
        build: spoilt_replies::of_integers,
    },
    BugRow {
        name: "load-stops-early",
        summary: "the last command of an append-only file is not loaded",
        build: short_loads::build,
    },
    BugRow {
        name: "long-words-cut",
        summary: "words of more than 24 bytes are cut in the append-only file",
        build: spoilt_appends::of_long_words,
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
        name: "no-timers",
        summary: "the server acts when something comes in, never because it is time",
        build: wrong_times::without_timers,
    },
    BugRow {
        name: "null-as-empty",
        summary: "a null is sent as an empty string",
        build: spoilt_replies::of_nothing,
    },
    BugRow {
        name: "pipeline-out-of-order",
        summary: "the first two replies to a pipeline change places",
        build: spoilt_replies::of_pipelines,
    },
    BugRow {
        name: "replies-crossed",
        summary: "two connections that are written to at a time get each other's replies",
        build: spoilt_replies::of_connections,
    },
    BugRow {
        name: "set-forgets-ttl",
        summary: "SET does as if it had no time to live",
        build: spoilt_requests::of_times_to_live,
    },
    BugRow {
        name: "snapshot-not-renamed",
        summary: "a new RDB file never gets its name",
        build: skipped_operations::of_snapshot_names,
    },
    BugRow {
        name: "snapshot-not-synced",
        summary: "an RDB file gets its name before it is synced",
        build: skipped_operations::of_snapshots,
    },
    BugRow {
        name: "snapshot-spoilt",
        summary: "a bit of each piece of an RDB file is written wrong",
        build: spoilt_snapshots::build,
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
        name: "watch-forgotten",
        summary: "WATCH watches another key",
        build: spoilt_requests::of_watches,
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

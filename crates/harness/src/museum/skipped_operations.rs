//! The bugs: operations of one kind never reach the disk, as where somebody took an fsync for dispensable, or where an early
//! return leaves a rename out. The server believes that they were done.

use super::Bug;
use super::shim::Shim;
use resplay_base::{DiskDone, DiskOk, DiskOp, Effect, Handle, Host, Input, Node, OpId};
use std::collections::BTreeSet;

/// In the name under which a base is written.
const TEMPORARY_BASE: &str = "temp-rewriteaof";

struct SkippedOperations {
    /// Sees every operation, and says which are swallowed.
    is_skipped: Box<dyn FnMut(&DiskOp) -> bool>,
    /// Operations that stand for swallowed ones and are not over yet.
    swallowed: BTreeSet<OpId>,
}

fn skipped(is_skipped: impl FnMut(&DiskOp) -> bool + 'static) -> Box<dyn Bug> {
    Box::new(SkippedOperations { is_skipped: Box::new(is_skipped), swallowed: BTreeSet::new() })
}

/// All syncs of files.
pub(super) fn of_files() -> Box<dyn Bug> {
    skipped(|what| matches!(what, DiskOp::Fsync { .. }))
}

/// The syncs of bases: the manifest that names one is durable before the base itself is.
pub(super) fn of_bases() -> Box<dyn Bug> {
    of_files_named(|path| path.contains(TEMPORARY_BASE))
}

/// The syncs of snapshots: the name of one is durable before the snapshot itself is.
pub(super) fn of_snapshots() -> Box<dyn Bug> {
    of_files_named(|path| path.contains("temp-") && path.ends_with(".rdb"))
}

/// The syncs of files that are opened by such a name.
fn of_files_named(is_such: fn(&str) -> bool) -> Box<dyn Bug> {
    let mut such: BTreeSet<Handle> = BTreeSet::new();
    skipped(move |what| match what {
        DiskOp::Open { path, handle, .. } => {
            such.remove(handle);
            if is_such(path) {
                such.insert(*handle);
            }
            false
        }
        DiskOp::Fsync { handle } => such.contains(handle),
        _ => false,
    })
}

/// All syncs of directories.
pub(super) fn of_directories() -> Box<dyn Bug> {
    skipped(|what| matches!(what, DiskOp::SyncDir { .. }))
}

/// A snapshot is written, and never gets its name.
pub(super) fn of_snapshot_names() -> Box<dyn Bug> {
    skipped(
        |what| matches!(what, DiskOp::Rename { to, .. } if to.ends_with(".rdb") && !to.contains(".base.")),
    )
}

/// A manifest is written, and never gets its name.
pub(super) fn of_manifest_names() -> Box<dyn Bug> {
    skipped(|what| matches!(what, DiskOp::Rename { to, .. } if to.ends_with(".manifest")))
}

/// The tail of an append-only file that was cut off in a crash stays where it is.
pub(super) fn of_truncations() -> Box<dyn Bug> {
    skipped(|what| matches!(what, DiskOp::Truncate { .. }))
}

impl Bug for SkippedOperations {
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) {
        let input = match input {
            Input::DiskDone(done) if self.swallowed.remove(&done.op) => {
                Input::DiskDone(DiskDone { op: done.op, result: Ok(DiskOk::Done) })
            }
            other => other,
        };
        // Instead it looks at the working directory.
        let on_effect = |host: &mut dyn Host, effect: Effect| match effect {
            Effect::Disk { op, what } if (self.is_skipped)(&what) => {
                self.swallowed.insert(op);
                host.effect(Effect::Disk { op, what: DiskOp::Stat { path: ".".to_owned() } });
            }
            other => host.effect(other),
        };
        server.handle(&mut Shim { host, on_effect }, input);
    }
}

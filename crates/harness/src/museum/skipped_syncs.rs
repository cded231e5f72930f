//! The bugs: a server whose syncs of files, of directories, or of the bases of its append-only file never reach the
//! disk, as where somebody took an fsync for dispensable. The server believes that they were done.

use super::Bug;
use super::shim::Shim;
use resplay_base::{DiskDone, DiskOk, DiskOp, Effect, Handle, Host, Input, Node, OpId};
use std::collections::BTreeSet;

/// In the name under which a base is written.
const TEMPORARY_BASE: &str = "temp-rewriteaof";

struct SkippedSyncs {
    /// Sees every operation, and says which are swallowed.
    is_skipped: Box<dyn FnMut(&DiskOp) -> bool>,
    /// Operations that stand for swallowed syncs and are not over yet.
    swallowed: BTreeSet<OpId>,
}

/// All syncs of files are swallowed.
pub(super) fn of_files() -> Box<dyn Bug> {
    let is_skipped = |what: &DiskOp| matches!(what, DiskOp::Fsync { .. });
    Box::new(SkippedSyncs { is_skipped: Box::new(is_skipped), swallowed: BTreeSet::new() })
}

/// The syncs of bases are swallowed: the manifest that names one is durable before the base itself is.
pub(super) fn of_bases() -> Box<dyn Bug> {
    let mut bases: BTreeSet<Handle> = BTreeSet::new();
    let is_skipped = move |what: &DiskOp| match what {
        DiskOp::Open { path, handle, .. } => {
            bases.remove(handle);
            if path.contains(TEMPORARY_BASE) {
                bases.insert(*handle);
            }
            false
        }
        DiskOp::Fsync { handle } => bases.contains(handle),
        _ => false,
    };
    Box::new(SkippedSyncs { is_skipped: Box::new(is_skipped), swallowed: BTreeSet::new() })
}

/// All syncs of directories are swallowed.
pub(super) fn of_directories() -> Box<dyn Bug> {
    let is_skipped = |what: &DiskOp| matches!(what, DiskOp::SyncDir { .. });
    Box::new(SkippedSyncs { is_skipped: Box::new(is_skipped), swallowed: BTreeSet::new() })
}

impl Bug for SkippedSyncs {
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) {
        let input = match input {
            Input::DiskDone(done) if self.swallowed.remove(&done.op) => {
                Input::DiskDone(DiskDone { op: done.op, result: Ok(DiskOk::Done) })
            }
            other => other,
        };
        // Instead of a sync it looks at the working directory.
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

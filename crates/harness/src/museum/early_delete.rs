//! The bug: a server that deletes the files that a rewrite has replaced before the manifest names the new base. What it
//! asks of the disk is done in another order: the manifest's renaming, and the sync that makes it durable, are held back
//! until the files are gone.

use super::Bug;
use super::shim::Shim;
use resplay_base::{DiskDone, DiskOk, DiskOp, Effect, Host, Input, Node, OpId};
use std::collections::BTreeSet;

/// In the name of a base that is whole, before it gets the one that the manifest will name.
const WHOLE_BASE: &str = "temp-rewriteaof-bg-";
/// How the name of a manifest ends, that of a temporary one too.
const MANIFEST: &str = ".manifest";

#[derive(Default)]
struct EarlyDelete {
    stage: Stage,
    /// What is to be done when the files are gone.
    held: Vec<DiskOp>,
    /// Operations that stand for those held back, and are not over yet.
    stand_ins: BTreeSet<OpId>,
    /// How many operations were started that the server knows nothing of.
    own: u64,
}

/// How far a rewrite has come.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    /// The base has its name, the manifest not yet.
    BaseIsNamed,
    /// The server believes that the manifest has its name too.
    Holding,
}

pub(super) fn build() -> Box<dyn Bug> {
    Box::new(EarlyDelete::default())
}

impl EarlyDelete {
    /// Whether an operation is held back.
    fn holds(&mut self, what: &DiskOp) -> bool {
        match (self.stage, what) {
            (_, DiskOp::Rename { from, .. }) if from.contains(WHOLE_BASE) => self.stage = Stage::BaseIsNamed,
            (Stage::BaseIsNamed, DiskOp::Rename { to, .. }) if to.ends_with(MANIFEST) => {
                self.stage = Stage::Holding;
                return true;
            }
            // The first base of a log that was just turned on replaces nothing.
            (Stage::BaseIsNamed, DiskOp::Rename { .. }) => self.stage = Stage::Idle,
            (Stage::Holding, DiskOp::SyncDir { .. }) => return true,
            _ => {}
        }
        false
    }

    /// The next manifest is written: the files are gone, and what was held back is done.
    fn release(&mut self, host: &mut dyn Host, what: &DiskOp) {
        let is_next = matches!(what, DiskOp::Open { path, .. } if path.ends_with(MANIFEST));
        if self.stage == Stage::Holding && is_next {
            self.stage = Stage::Idle;
            for what in std::mem::take(&mut self.held) {
                host.effect(Effect::Disk { op: OpId(u64::MAX - self.own), what });
                self.own += 1;
            }
        }
    }

    fn is_own(&self, op: OpId) -> bool {
        u64::MAX - op.0 < self.own
    }
}

impl Bug for EarlyDelete {
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) {
        let input = match input {
            Input::DiskDone(done) if self.is_own(done.op) => return,
            Input::DiskDone(done) if self.stand_ins.remove(&done.op) => {
                Input::DiskDone(DiskDone { op: done.op, result: Ok(DiskOk::Done) })
            }
            other => other,
        };
        let on_effect = |host: &mut dyn Host, effect: Effect| match effect {
            Effect::Disk { op, what } if self.holds(&what) => {
                self.held.push(what);
                self.stand_ins.insert(op);
                host.effect(Effect::Disk { op, what: DiskOp::Stat { path: ".".to_owned() } });
            }
            Effect::Disk { op, what } => {
                self.release(host, &what);
                host.effect(Effect::Disk { op, what });
            }
            other => host.effect(other),
        };
        server.handle(&mut Shim { host, on_effect }, input);
    }
}

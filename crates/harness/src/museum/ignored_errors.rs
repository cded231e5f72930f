//! The bugs: a server that takes a failed write, or a failed sync, for a success, as where nobody looks at what a system
//! call gives.

use super::Bug;
use super::shim::Shim;
use resplay_base::{DiskDone, DiskOk, DiskOp, Effect, Host, Input, Node, OpId};
use std::collections::BTreeMap;

struct IgnoredErrors {
    /// What an operation gives if it succeeds, for those whose failure is ignored.
    success: fn(&DiskOp) -> Option<DiskOk>,
    /// Those that are under way.
    under_way: BTreeMap<OpId, DiskOk>,
}

/// Of appends.
pub(super) fn of_writes() -> Box<dyn Bug> {
    ignored(|what| match what {
        DiskOp::Append { bytes, .. } => Some(DiskOk::Wrote(bytes.len() as u64)),
        _ => None,
    })
}

/// Of syncs.
pub(super) fn of_syncs() -> Box<dyn Bug> {
    ignored(|what| matches!(what, DiskOp::Fsync { .. }).then_some(DiskOk::Done))
}

fn ignored(success: fn(&DiskOp) -> Option<DiskOk>) -> Box<dyn Bug> {
    Box::new(IgnoredErrors { success, under_way: BTreeMap::new() })
}

impl Bug for IgnoredErrors {
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) {
        let input = match input {
            Input::DiskDone(DiskDone { op, result }) => {
                let result = self.under_way.remove(&op).map_or(result, Ok);
                Input::DiskDone(DiskDone { op, result })
            }
            other => other,
        };
        let on_effect = |host: &mut dyn Host, effect: Effect| {
            if let Effect::Disk { op, what } = &effect
                && let Some(success) = (self.success)(what)
            {
                self.under_way.insert(*op, success);
            }
            host.effect(effect);
        };
        server.handle(&mut Shim { host, on_effect }, input);
    }
}

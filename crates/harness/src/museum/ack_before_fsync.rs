//! The bug: a server that is told its fsync is finished before it has begun, and so acknowledges what a power loss
//! takes back. The fsync starts only after what the server then sends.

use super::Bug;
use super::shim::Shim;
use resplay_base::{DiskDone, DiskOk, DiskOp, Effect, Host, Input, Node, OpId};
use std::collections::BTreeSet;

struct AckBeforeFsync {
    /// Syncs that the server takes for finished.
    lied: BTreeSet<OpId>,
}

pub(super) fn build() -> Box<dyn Bug> {
    Box::new(AckBeforeFsync { lied: BTreeSet::new() })
}

impl Bug for AckBeforeFsync {
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) {
        if let Input::DiskDone(done) = &input
            && self.lied.remove(&done.op)
        {
            return;
        }
        let mut asked = call(server, host, input);
        while let Some((op, sync)) = take_awaited(&mut asked) {
            self.lied.insert(op);
            let done = DiskDone { op, result: Ok(DiskOk::Done) };
            asked.append(&mut call(server, host, Input::DiskDone(done)));
            asked.append(&mut call(server, host, Input::Flush));
            asked.push(sync);
        }
        asked.into_iter().for_each(|effect| host.effect(effect));
    }
}

/// What the server asks for.
fn call(server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) -> Vec<Effect> {
    let mut asked = Vec::new();
    let on_effect = |_: &mut dyn Host, effect| asked.push(effect);
    server.handle(&mut Shim { host, on_effect }, input);
    asked
}

/// The fsync that the server awaits, taken out of what it asked for.
fn take_awaited(asked: &mut Vec<Effect>) -> Option<(OpId, Effect)> {
    let awaited = asked.iter().find_map(|effect| match effect {
        Effect::AwaitDisk { op } => Some(*op),
        _ => None,
    })?;
    let is_its_sync =
        |effect: &Effect| matches!(effect, Effect::Disk { op, what: DiskOp::Fsync { .. } } if *op == awaited);
    let at = asked.iter().position(is_its_sync)?;
    let sync = asked.remove(at);
    asked.retain(|effect| *effect != Effect::AwaitDisk { op: awaited });
    Some((awaited, sync))
}

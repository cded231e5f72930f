//! The bug: a server that is told its fsync is finished before it has begun, and so acknowledges what a power loss
//! takes back.

use resplay_base::{DiskDone, DiskOk, DiskOp, Effect, Fd, Host, Input, Mono, Node, Now, OpId, Work};
use std::collections::BTreeSet;

/// A node whose awaited fsyncs seem to be done at once; they start only after what it then sends.
pub struct AckBeforeFsync<N> {
    inner: N,
    /// Syncs that the node takes for finished.
    lied: BTreeSet<OpId>,
}

impl<N: Node> AckBeforeFsync<N> {
    /// The node with this bug.
    pub fn new(inner: N) -> AckBeforeFsync<N> {
        AckBeforeFsync { inner, lied: BTreeSet::new() }
    }

    /// The node behind the bug.
    pub fn inner(&self) -> &N {
        &self.inner
    }

    /// The fsync that the node awaits, taken out of what it asked for.
    fn take_awaited(asked: &mut Vec<Effect>) -> Option<(OpId, Effect)> {
        let awaited = asked.iter().find_map(|effect| match effect {
            Effect::AwaitDisk { op } => Some(*op),
            _ => None,
        })?;
        let is_its_sync = |effect: &Effect| matches!(effect, Effect::Disk { op, what: DiskOp::Fsync { .. } } if *op == awaited);
        let at = asked.iter().position(is_its_sync)?;
        let sync = asked.remove(at);
        asked.retain(|effect| *effect != Effect::AwaitDisk { op: awaited });
        Some((awaited, sync))
    }

    fn call(&mut self, host: &mut dyn Host, input: Input<'_>) -> Vec<Effect> {
        let mut shim = Shim { host, asked: Vec::new() };
        self.inner.handle(&mut shim, input);
        shim.asked
    }
}

impl<N: Node> Node for AckBeforeFsync<N> {
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
        if let Input::DiskDone(done) = &input
            && self.lied.remove(&done.op)
        {
            return;
        }
        let mut asked = self.call(host, input);
        while let Some((op, sync)) = Self::take_awaited(&mut asked) {
            self.lied.insert(op);
            asked.append(&mut self.call(host, Input::DiskDone(DiskDone { op, result: Ok(DiskOk::Done) })));
            asked.append(&mut self.call(host, Input::Flush));
            asked.push(sync);
        }
        asked.into_iter().for_each(|effect| host.effect(effect));
    }
    fn sent(&mut self, fd: Fd, n: usize) {
        self.inner.sent(fd, n);
    }
    fn unsent(&self, fd: Fd) -> &[u8] {
        self.inner.unsent(fd)
    }
    fn deadline(&self) -> Option<Mono> {
        self.inner.deadline()
    }
    fn resident_bytes(&self) -> u64 {
        self.inner.resident_bytes()
    }
}

/// The host, but for effects, which wait.
struct Shim<'a> {
    host: &'a mut dyn Host,
    asked: Vec<Effect>,
}

impl Host for Shim<'_> {
    fn now(&self) -> Now {
        self.host.now()
    }
    fn charge(&mut self, work: Work) -> Mono {
        self.host.charge(work)
    }
    fn effect(&mut self, effect: Effect) {
        self.asked.push(effect);
    }
}

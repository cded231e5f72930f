//! The bugs: a server whose syncs of files, or of directories, never reach the disk, as where somebody took an
//! fsync for dispensable. The server believes that they were done.

use resplay_base::{DiskDone, DiskOk, DiskOp, Effect, Fd, Host, Input, Mono, Node, Now, OpId, Work};
use std::collections::BTreeSet;

/// A node whose syncs of one kind are swallowed.
pub struct SkippedSyncs<N> {
    inner: N,
    is_skipped: fn(&DiskOp) -> bool,
    /// Operations that stand for swallowed syncs and are not over yet.
    swallowed: BTreeSet<OpId>,
}

impl<N: Node> SkippedSyncs<N> {
    /// The node, all of whose syncs of files are swallowed.
    pub fn of_files(inner: N) -> SkippedSyncs<N> {
        let is_skipped = |what: &DiskOp| matches!(what, DiskOp::Fsync { .. });
        SkippedSyncs { inner, is_skipped, swallowed: BTreeSet::new() }
    }

    /// The node, all of whose syncs of directories are swallowed.
    pub fn of_directories(inner: N) -> SkippedSyncs<N> {
        let is_skipped = |what: &DiskOp| matches!(what, DiskOp::SyncDir { .. });
        SkippedSyncs { inner, is_skipped, swallowed: BTreeSet::new() }
    }

    /// The node behind the bug.
    pub fn inner(&self) -> &N {
        &self.inner
    }
}

impl<N: Node> Node for SkippedSyncs<N> {
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
        let input = match input {
            Input::DiskDone(done) if self.swallowed.remove(&done.op) => {
                Input::DiskDone(DiskDone { op: done.op, result: Ok(DiskOk::Done) })
            }
            other => other,
        };
        let mut shim = Shim { host, is_skipped: self.is_skipped, swallowed: &mut self.swallowed };
        self.inner.handle(&mut shim, input);
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

/// The host, but for the syncs: it looks at the working directory instead.
struct Shim<'a> {
    host: &'a mut dyn Host,
    is_skipped: fn(&DiskOp) -> bool,
    swallowed: &'a mut BTreeSet<OpId>,
}

impl Host for Shim<'_> {
    fn now(&self) -> Now {
        self.host.now()
    }
    fn charge(&mut self, work: Work) -> Mono {
        self.host.charge(work)
    }
    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Disk { op, what } if (self.is_skipped)(&what) => {
                self.swallowed.insert(op);
                self.host.effect(Effect::Disk { op, what: DiskOp::Stat { path: ".".to_owned() } });
            }
            other => self.host.effect(other),
        }
    }
}

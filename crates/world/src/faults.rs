//! The ledger of faults: how often each took effect. A scenario whose fault never did proves nothing.

/// One injected fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultId(pub u32);

#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    counts: Vec<u64>,
}

impl Ledger {
    pub(crate) fn begin(&mut self) -> FaultId {
        self.counts.push(0);
        FaultId(self.counts.len() as u32 - 1)
    }

    pub(crate) fn hit(&mut self, fault: FaultId, times: u64) {
        self.counts[fault.0 as usize] += times;
    }

    pub(crate) fn hit_all(&mut self, faults: &[FaultId]) {
        faults.iter().for_each(|&fault| self.hit(fault, 1));
    }

    pub(crate) fn count(&self, fault: FaultId) -> u64 {
        self.counts.get(fault.0 as usize).copied().unwrap_or(0)
    }
}

//! How long operations take, and what faults do to that and to their results.

use crate::disk::{Disk, DiskProfile};
use crate::faults::{FaultId, Ledger};
use resplay_base::DiskOp;

/// Two queues: operations on the page cache, and those that wait for the device. Each is served in order; a sync
/// does not hold up an append that comes after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timing {
    cache_free_at: u64,
    device_free_at: u64,
}

/// Faults in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct DiskFaults {
    /// Syncs take this much longer, in nanoseconds.
    pub(crate) slow_fsync: Option<(FaultId, u64)>,
    /// Nothing is finished before this true time, in nanoseconds.
    pub(crate) stall: Option<(FaultId, u64)>,
    /// So many file syncs to come fail; and whether the dirty pages are dropped.
    pub(crate) fail_fsync: Option<FailFsync>,
    /// Syncs report success and do nothing.
    pub(crate) lying_fsync: Option<FaultId>,
    /// The fault that set the capacity.
    pub(crate) capacity: Option<FaultId>,
    /// Every change is denied.
    pub(crate) read_only: Option<FaultId>,
}

#[derive(Clone, Debug)]
pub(crate) struct FailFsync {
    pub(crate) fault: FaultId,
    pub(crate) left: u64,
    pub(crate) drop_dirty: bool,
}

impl Disk {
    /// When an operation that starts at `now` is finished.
    pub(super) fn time_for(&mut self, now: u64, what: &DiskOp, ledger: &mut Ledger) -> u64 {
        let done = match what {
            DiskOp::Fsync { handle } => {
                let dirty = self.handles.get(handle).and_then(|inode| self.inodes.get(inode));
                let bytes = dirty.map_or(0, |inode| inode.dirty_bytes());
                self.device_time(now, bytes, ledger)
            }
            DiskOp::SyncDir { .. } => self.device_time(now, 0, ledger),
            _ => {
                let takes = self.profile.cached_ns + cached_bytes(what) / CACHE_BYTES_PER_NS;
                self.timing.cache_free_at = self.timing.cache_free_at.max(now) + takes;
                self.timing.cache_free_at
            }
        };
        self.stalled(done, ledger)
    }

    fn device_time(&mut self, now: u64, bytes: u64, ledger: &mut Ledger) -> u64 {
        let mut takes = self.profile.fsync_ns.saturating_add(device_ns(&self.profile, bytes));
        if let Some((fault, more)) = self.faults.slow_fsync {
            ledger.hit(fault, 1);
            takes = takes.saturating_add(more);
        }
        self.timing.device_free_at = self.timing.device_free_at.max(now).saturating_add(takes);
        self.timing.device_free_at
    }

    fn stalled(&self, done: u64, ledger: &mut Ledger) -> u64 {
        match self.faults.stall {
            Some((fault, until)) if done < until => {
                ledger.hit(fault, 1);
                until
            }
            _ => done,
        }
    }
}

/// Copying between a process and the page cache.
const CACHE_BYTES_PER_NS: u64 = 4;

fn cached_bytes(what: &DiskOp) -> u64 {
    match what {
        DiskOp::Append { bytes, .. } | DiskOp::WriteAt { bytes, .. } => bytes.len() as u64,
        DiskOp::Read { len, .. } => u64::from(*len),
        _ => 0,
    }
}

fn device_ns(profile: &DiskProfile, bytes: u64) -> u64 {
    let wide = u128::from(bytes) * 1_000_000_000 / u128::from(profile.bytes_per_s.max(1));
    u64::try_from(wide).unwrap_or(u64::MAX)
}

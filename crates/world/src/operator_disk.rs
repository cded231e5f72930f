//! The faults of disks, each a method of the world. Each says what counts as taking effect.

use crate::disk::{DiskFaults, FailFsync};
use crate::faults::FaultId;
use crate::host::HostId;
use crate::world::World;
use resplay_base::Node;

impl<H: Node> World<H> {
    /// Syncs take `more_ns` longer; 0 ends it. Counts syncs.
    pub fn slow_fsync(&mut self, host: HostId, more_ns: u64) -> FaultId {
        self.set_disk_fault(host, |faults, fault| {
            faults.slow_fsync = (more_ns > 0).then_some((fault, more_ns))
        })
    }

    /// No operation that starts from now on is finished before this true time, in nanoseconds. Counts operations
    /// that had to wait for it.
    pub fn stall_disk(&mut self, host: HostId, until: u64) -> FaultId {
        self.set_disk_fault(host, |faults, fault| faults.stall = Some((fault, until)))
    }

    /// The next `times` syncs of files fail with EIO; the kernel then may take the dirty pages for clean although
    /// they never get to the disk (`drop_dirty`). Counts failed syncs.
    pub fn fail_fsync(&mut self, host: HostId, times: u64, drop_dirty: bool) -> FaultId {
        let fail = |fault| FailFsync { fault, left: times, drop_dirty };
        self.set_disk_fault(host, |faults, fault| faults.fail_fsync = Some(fail(fault)))
    }

    /// Syncs say that they succeeded and do nothing. Counts those that should have done something.
    pub fn lying_fsync(&mut self, host: HostId, lies: bool) -> FaultId {
        self.set_disk_fault(host, |faults, fault| faults.lying_fsync = lies.then_some(fault))
    }

    /// The disk has room for so many bytes; `None` is no limit. Counts writes that did not fit.
    pub fn limit_disk(&mut self, host: HostId, bytes: Option<u64>) -> FaultId {
        self.os_mut(host).disk.set_capacity(bytes);
        self.set_disk_fault(host, |faults, fault| faults.capacity = Some(fault))
    }

    /// The file system refuses every change with EACCES. Counts refused operations.
    pub fn read_only_disk(&mut self, host: HostId, read_only: bool) -> FaultId {
        self.set_disk_fault(host, |faults, fault| faults.read_only = read_only.then_some(fault))
    }

    /// One bit of a file flips, at this byte (counted round if the file is shorter). Counts 1 if there is such a
    /// file with at least one byte.
    pub fn bit_rot(&mut self, host: HostId, path: &str, at: u64) -> FaultId {
        self.damage(host, path, |bytes| {
            let index = (at % bytes.len() as u64) as usize;
            bytes[index] ^= 1 << (at % 8);
        })
    }

    /// The last bytes of a file read as zeros, as after a crash on file systems that write sizes before bytes.
    /// Counts 1 if there is such a file with at least one byte.
    pub fn zero_tail(&mut self, host: HostId, path: &str, len: u64) -> FaultId {
        self.damage(host, path, |bytes| {
            let start = bytes.len() - bytes.len().min(usize::try_from(len).unwrap_or(usize::MAX));
            bytes[start..].fill(0);
        })
    }

    fn damage(&mut self, host: HostId, path: &str, damage: impl Fn(&mut [u8])) -> FaultId {
        let fault = self.record.ledger.begin();
        let disk = &mut self.os_mut(host).disk;
        let there = disk.read(path).is_some_and(|bytes| !bytes.is_empty());
        if there {
            disk.damage(path, |bytes| {
                if !bytes.is_empty() {
                    damage(bytes)
                }
            });
            self.record.ledger.hit(fault, 1);
        }
        fault
    }

    fn set_disk_fault(&mut self, host: HostId, set: impl FnOnce(&mut DiskFaults, FaultId)) -> FaultId {
        let fault = self.record.ledger.begin();
        set(&mut self.os_mut(host).disk.faults, fault);
        fault
    }
}

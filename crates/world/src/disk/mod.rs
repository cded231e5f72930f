//! Disks: files as readers see them, what of them is durable, and how long operations take.
//!
//! Rules of durability: a file's bytes are durable when an fsync that started after the write has finished; a
//! name (created, renamed, removed) when a `SyncDir` of its directory has finished, and an fsync of the file does
//! not help, unless [`DiskProfile::fsync_keeps_name`]. The kernel also writes everything back by itself, after a
//! drawn time. What is not durable may survive a power loss or not; `crash` says what the legal subsets are.

mod crash;
mod cuts;
mod inode;
mod names;
mod ops;
mod timing;

#[cfg(test)]
mod tests;

pub use crash::{CrashModel, DiskImage};
pub use cuts::{CutKind, CutMark, CutPoint};
pub(crate) use inode::Inode;
pub(crate) use timing::{DiskFaults, FailFsync};

use names::{Entry, InodeId, Names};
use resplay_base::{DiskDone, DiskError, DiskOk, Handle, OpId, Random};
use std::collections::BTreeMap;

/// What a disk is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskProfile {
    /// Nanoseconds for any operation on the page cache.
    pub cached_ns: u64,
    /// Nanoseconds for a sync, beside its bytes.
    pub fsync_ns: u64,
    /// Bytes per second to and from the device.
    pub bytes_per_s: u64,
    /// The sum of all files' sizes at most, in bytes; `None` is no limit.
    pub capacity_bytes: Option<u64>,
    /// Unsynced bytes become durable by themselves after a time drawn between these, in nanoseconds.
    pub writeback_ns: (u64, u64),
    /// An fsync of a file makes its directory's names durable too, as ext4 does for new files. Default: no.
    pub fsync_keeps_name: bool,
    /// What a power loss may leave.
    pub crash_model: CrashModel,
}

impl Default for DiskProfile {
    /// A solid-state disk in a data centre.
    fn default() -> DiskProfile {
        DiskProfile {
            cached_ns: 3_000,
            fsync_ns: 500_000,
            bytes_per_s: 500_000_000,
            capacity_bytes: None,
            writeback_ns: (5_000_000_000, 30_000_000_000),
            fsync_keeps_name: false,
            crash_model: CrashModel::Prefix,
        }
    }
}

/// One host's disk.
#[derive(Clone, Debug)]
pub struct Disk {
    profile: DiskProfile,
    random: Random,
    names: Names,
    inodes: BTreeMap<InodeId, Inode>,
    next_inode: InodeId,
    handles: BTreeMap<Handle, InodeId>,
    under_way: BTreeMap<u64, UnderWay>,
    started: u64,
    replaced: u64,
    timing: timing::Timing,
    pub(crate) faults: DiskFaults,
    watch: Option<Box<cuts::Watch>>,
}

/// An operation that was started and is not finished.
#[derive(Clone, Debug)]
struct UnderWay {
    life: u32,
    op: OpId,
    /// True time, in nanoseconds.
    done_at: u64,
    result: Result<DiskOk, DiskError>,
    sync: Option<Sync>,
}

/// What becomes durable when an operation is finished.
#[derive(Clone, Debug)]
enum Sync {
    File { inode: InodeId, sync: inode::SyncPoint },
    Dir { dir: String, version: u64 },
}

/// The working directory of every process.
const CWD: &str = "/data";

impl Disk {
    /// An empty disk with the directories `/`, `/data` (where processes run), `/etc` and `/tmp`.
    pub fn new(profile: DiskProfile, random: Random) -> Disk {
        Disk {
            profile,
            random,
            names: Names::with_dirs(&["/", CWD, "/etc", "/tmp"]),
            inodes: BTreeMap::new(),
            next_inode: 1,
            handles: BTreeMap::new(),
            under_way: BTreeMap::new(),
            started: 0,
            replaced: 0,
            timing: timing::Timing::default(),
            faults: DiskFaults::default(),
            watch: None,
        }
    }

    /// A file's bytes as a reader sees them now. Relative paths start in `/data`.
    pub fn read(&self, path: &str) -> Option<&[u8]> {
        let inode = self.names.file(&names::absolute(CWD, path)).ok()?;
        self.inodes.get(&inode).map(Inode::content)
    }

    /// Puts a file there, durable at once, with the directories above it; takes no time.
    pub fn write(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.plant_file(&names::absolute(CWD, path), bytes.into());
    }

    /// Names in a directory, sorted; none if it is missing.
    pub fn list(&self, dir: &str) -> Vec<String> {
        self.names.list(&names::absolute(CWD, dir)).unwrap_or_default()
    }

    /// The sum of all files' sizes, in bytes.
    pub fn used_bytes(&self) -> u64 {
        self.inodes.values().map(Inode::len).sum()
    }

    /// How many files were renamed or removed so far.
    pub fn replaced(&self) -> u64 {
        self.replaced
    }

    /// The end of a started operation, for the process that started it (by its life).
    pub(crate) fn finish(&mut self, slot: u64) -> Option<(u32, DiskDone)> {
        let done = self.under_way.remove(&slot)?;
        self.note_sync(done.done_at, done.sync.as_ref());
        match done.sync {
            Some(Sync::File { inode, sync }) => self.file_synced(inode, sync),
            Some(Sync::Dir { dir, version }) => self.names.sync_dir(&dir, version),
            None => {}
        }
        Some((done.life, DiskDone { op: done.op, result: done.result }))
    }

    /// The process is gone: its handles close, what it started goes on.
    pub(crate) fn forget_process(&mut self) {
        self.handles.clear();
        self.collect();
    }

    /// Damages a file's bytes; `false` if there is none of that name.
    pub(crate) fn damage(&mut self, path: &str, damage: impl Fn(&mut [u8])) -> bool {
        let Ok(inode) = self.names.file(&names::absolute(CWD, path)) else { return false };
        self.inodes.get_mut(&inode).map(|inode| inode.damage(damage)).is_some()
    }

    pub(crate) fn set_capacity(&mut self, bytes: Option<u64>) {
        self.profile.capacity_bytes = bytes;
    }

    /// Removes everything; returns how many files there were.
    pub(crate) fn wipe(&mut self) -> u64 {
        let files = self.names.live().values().filter(|entry| **entry != Entry::Dir).count();
        self.inodes.clear();
        self.names = Names::with_dirs(&["/", CWD, "/etc", "/tmp"]);
        self.forget_process();
        self.under_way.clear();
        files as u64
    }

    fn file_synced(&mut self, id: InodeId, sync: inode::SyncPoint) {
        let Some(inode) = self.inodes.get_mut(&id) else { return };
        inode.finish_sync(sync);
        if self.profile.fsync_keeps_name {
            let named = self.names.live().iter().find(|(_, entry)| **entry == Entry::File(id));
            if let Some(dir) = named.map(|(path, _)| names::parent(path).to_owned()) {
                self.names.sync_dir(&dir, self.names.version());
            }
        }
    }

    fn plant_file(&mut self, path: &str, bytes: Vec<u8>) {
        let inode = self.add_inode(Inode::durable(bytes));
        self.names.plant(path, Entry::File(inode));
        self.collect();
    }

    fn add_inode(&mut self, inode: Inode) -> InodeId {
        let id = self.next_inode;
        self.next_inode += 1;
        self.inodes.insert(id, inode);
        id
    }

    /// Frees inodes that no name and no handle stands for.
    fn collect(&mut self) {
        let (names, handles) = (&self.names, &self.handles);
        self.inodes.retain(|id, _| handles.values().any(|open| open == id) || names.refers_to(*id));
    }
}

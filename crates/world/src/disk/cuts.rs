//! Cut points: the moments of a disk's operations at which judging a power loss is worth it. The disk numbers
//! them from 1, and keeps a copy of itself at those that somebody wants.
//!
//! A change of a file or a name is a cut point when it has reached the page cache; a sync is one at the last moment
//! before what it covers becomes durable, because by then most depends on it. Operations that fail, and those that
//! change nothing, are none.

use crate::disk::{Disk, DiskImage, Sync, names};
use resplay_base::{DiskOp, Random};
use std::collections::BTreeSet;
use std::fmt;

/// What happens at a cut point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CutKind {
    /// A file or directory came into being.
    Create,
    /// Bytes at the end of a file.
    Append,
    /// Bytes elsewhere.
    Write,
    /// A file was cut to a length, or emptied as it was opened.
    Truncate,
    /// A file's sync is about to be over.
    Fsync,
    /// A name was moved.
    Rename,
    /// A name was removed.
    Unlink,
    /// A directory's sync is about to be over.
    SyncDir,
    /// Nothing: somebody asked for a cut point at this moment.
    Idle,
}

impl CutKind {
    /// All of them, in the order in which tables show them.
    pub const ALL: [CutKind; 9] = [
        CutKind::Create,
        CutKind::Append,
        CutKind::Write,
        CutKind::Truncate,
        CutKind::Fsync,
        CutKind::Rename,
        CutKind::Unlink,
        CutKind::SyncDir,
        CutKind::Idle,
    ];
}

impl fmt::Display for CutKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            CutKind::Create => "create",
            CutKind::Append => "append",
            CutKind::Write => "write",
            CutKind::Truncate => "truncate",
            CutKind::Fsync => "fsync",
            CutKind::Rename => "rename",
            CutKind::Unlink => "unlink",
            CutKind::SyncDir => "sync directory",
            CutKind::Idle => "idle",
        })
    }
}

/// A cut point that was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutMark {
    /// True time, in nanoseconds.
    pub at: u64,
    /// What happened.
    pub kind: CutKind,
    /// The sum of all files' sizes then, in bytes.
    pub bytes: u64,
}

/// A disk as it was at a cut point.
#[derive(Clone, Debug)]
pub struct CutPoint {
    /// Its number, from 1.
    pub number: u64,
    /// True time, in nanoseconds.
    pub at: u64,
    /// What happened.
    pub kind: CutKind,
    disk: Disk,
}

impl CutPoint {
    /// The sum of all files' sizes, in bytes.
    pub fn bytes(&self) -> u64 {
        self.disk.used_bytes()
    }

    /// How many states a power loss here may leave (at most `u64::MAX`), and at most `limit` different ones of them, in
    /// an order that does not depend on the limit: see [`Disk::crash_states`]. `random` draws those that are too many
    /// to list.
    pub fn states(&mut self, limit: usize, random: Random) -> (u64, Vec<DiskImage>) {
        self.disk.legal_states(self.at, limit, random)
    }
}

/// What a disk keeps of the cut points it passes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    wanted: BTreeSet<u64>,
    marks: Vec<CutMark>,
    taken: Vec<CutPoint>,
}

impl Disk {
    /// From now on notes every cut point, numbered from 1, and keeps a copy of the disk at those wanted.
    pub fn watch_cuts(&mut self, wanted: BTreeSet<u64>) {
        self.watch = Some(Box::new(Watch { wanted, ..Watch::default() }));
    }

    /// The cut points noted so far, the first being number 1.
    pub fn cut_marks(&self) -> &[CutMark] {
        self.watch.as_ref().map_or(&[], |watch| &watch.marks)
    }

    /// The cut points kept so far; they are gone from here.
    pub fn take_cuts(&mut self) -> Vec<CutPoint> {
        self.watch.as_mut().map(|watch| std::mem::take(&mut watch.taken)).unwrap_or_default()
    }

    /// Notes a cut point at this moment (true time, in nanoseconds), in which nothing happens.
    pub fn mark_idle(&mut self, now: u64) {
        self.note_cut(now, Some(CutKind::Idle));
    }

    /// What kind of cut point an operation is that is about to start. Syncs are none yet.
    pub(super) fn cut_kind(&self, what: &DiskOp) -> Option<CutKind> {
        self.watch.as_ref()?;
        let exists = |path: &str| self.names.get(&names::absolute(super::CWD, path)).is_some();
        match what {
            DiskOp::MakeDir { path } => (!exists(path)).then_some(CutKind::Create),
            DiskOp::Open { path, create, .. } if !exists(path) => create.then_some(CutKind::Create),
            DiskOp::Open { path, truncate: true, .. } => {
                self.read(path).is_some_and(|bytes| !bytes.is_empty()).then_some(CutKind::Truncate)
            }
            DiskOp::Truncate { handle, len } => {
                let inode = self.handles.get(handle).and_then(|inode| self.inodes.get(inode));
                inode.is_some_and(|inode| inode.len() != *len).then_some(CutKind::Truncate)
            }
            DiskOp::Append { bytes, .. } => (!bytes.is_empty()).then_some(CutKind::Append),
            DiskOp::WriteAt { bytes, .. } => (!bytes.is_empty()).then_some(CutKind::Write),
            DiskOp::Rename { .. } => Some(CutKind::Rename),
            DiskOp::Unlink { .. } => Some(CutKind::Unlink),
            _ => None,
        }
    }

    /// The cut point that the end of an operation is.
    pub(super) fn note_sync(&mut self, now: u64, sync: Option<&Sync>) {
        let kind = sync.map(|sync| match sync {
            Sync::File { .. } => CutKind::Fsync,
            Sync::Dir { .. } => CutKind::SyncDir,
        });
        self.note_cut(now, kind);
    }

    pub(super) fn note_cut(&mut self, now: u64, kind: Option<CutKind>) {
        let Some(kind) = kind else { return };
        // Out of the way while the disk is copied.
        let Some(mut watch) = self.watch.take() else { return };
        watch.marks.push(CutMark { at: now, kind, bytes: self.used_bytes() });
        let number = watch.marks.len() as u64;
        if watch.wanted.contains(&number) {
            watch.taken.push(CutPoint { number, at: now, kind, disk: self.clone() });
        }
        self.watch = Some(watch);
    }
}

//! The operations, each as its system call behaves.

use crate::disk::names::{Entry, InodeId, NameChange, absolute};
use crate::disk::{CWD, Disk, Inode, Sync, UnderWay};
use crate::faults::Ledger;
use resplay_base::{DiskError, DiskOk, DiskOp, Handle, OpId};

/// A result, and what becomes durable when the operation is finished.
type Outcome = Result<(DiskOk, Option<Sync>), DiskError>;

const DONE: (DiskOk, Option<Sync>) = (DiskOk::Done, None);

impl Disk {
    /// Starts an operation for the process of this life. It acts on the page cache at once; returns a slot for
    /// [`Disk::finish`] and the true time to call it.
    pub(crate) fn start(
        &mut self,
        now: u64,
        life: u32,
        op: OpId,
        what: DiskOp,
        ledger: &mut Ledger,
    ) -> (u64, u64) {
        let done_at = self.time_for(now, &what, ledger);
        let cut = self.cut_kind(&what);
        let (result, sync) = match self.perform(now, what, ledger) {
            Ok((ok, sync)) => (Ok(ok), sync),
            Err(why) => (Err(why), None),
        };
        self.note_cut(now, cut.filter(|_| result.is_ok()));
        self.started += 1;
        self.under_way.insert(self.started, UnderWay { life, op, done_at, result, sync });
        (self.started, done_at)
    }

    fn perform(&mut self, now: u64, what: DiskOp, ledger: &mut Ledger) -> Outcome {
        self.refuse_changes(&what, ledger)?;
        match what {
            DiskOp::List { dir } => Ok((DiskOk::Names(self.names.list(&absolute(CWD, &dir))?), None)),
            DiskOp::Stat { path } => self.stat(&path),
            DiskOp::MakeDir { path } => self.make_dir(now, &path),
            DiskOp::Open { path, handle, create, truncate } => {
                self.open(now, &path, handle, create, truncate)
            }
            DiskOp::Append { handle, bytes } => self.put(now, handle, None, &bytes, ledger),
            DiskOp::WriteAt { handle, offset, bytes } => self.put(now, handle, Some(offset), &bytes, ledger),
            DiskOp::Read { handle, offset, len } => self.read_at(handle, offset, len),
            DiskOp::Truncate { handle, len } => self.truncate(now, handle, len),
            DiskOp::Fsync { handle } => self.fsync(handle, ledger),
            DiskOp::Close { handle } => self.close(handle),
            DiskOp::Rename { from, to } => self.rename(now, &from, &to),
            DiskOp::Unlink { path } => self.unlink(now, &path),
            DiskOp::SyncDir { dir } => self.sync_dir(&dir, ledger),
        }
    }

    fn refuse_changes(&self, what: &DiskOp, ledger: &mut Ledger) -> Result<(), DiskError> {
        let harmless = match what {
            DiskOp::List { .. } | DiskOp::Stat { .. } | DiskOp::Read { .. } | DiskOp::Close { .. } => true,
            DiskOp::Fsync { .. } | DiskOp::SyncDir { .. } => true,
            DiskOp::Open { path, create, truncate, .. } => {
                !truncate && (!create || self.names.get(&absolute(CWD, path)).is_some())
            }
            _ => false,
        };
        match self.faults.read_only.filter(|_| !harmless) {
            None => Ok(()),
            Some(fault) => {
                ledger.hit(fault, 1);
                Err(DiskError::Denied)
            }
        }
    }

    fn stat(&self, path: &str) -> Outcome {
        match self.names.get(&absolute(CWD, path)) {
            None => Err(DiskError::NotFound),
            Some(Entry::Dir) => Ok((DiskOk::Stat(None), None)),
            Some(Entry::File(inode)) => Ok((DiskOk::Stat(Some(self.inodes[&inode].len())), None)),
        }
    }

    fn make_dir(&mut self, now: u64, path: &str) -> Outcome {
        let path = absolute(CWD, path);
        match self.names.get(&path) {
            Some(Entry::Dir) => Ok(DONE),
            Some(Entry::File(_)) => Err(DiskError::BadPath),
            None => self.change_names(now, NameChange::Add { path, entry: Entry::Dir }),
        }
    }

    fn open(&mut self, now: u64, path: &str, handle: Handle, create: bool, truncate: bool) -> Outcome {
        let path = absolute(CWD, path);
        let inode = match self.names.file(&path) {
            Ok(inode) => inode,
            Err(DiskError::NotFound) if create => self.create(now, path)?,
            Err(why) => return Err(why),
        };
        self.handles.insert(handle, inode);
        if truncate { self.truncate(now, handle, 0) } else { Ok(DONE) }
    }

    fn create(&mut self, now: u64, path: String) -> Result<InodeId, DiskError> {
        let inode = self.next_inode;
        self.change_names(now, NameChange::Add { path, entry: Entry::File(inode) })?;
        Ok(self.add_inode(Inode::durable(Vec::new())))
    }

    /// Writes at the offset, or at the end; as much as fits.
    fn put(
        &mut self,
        now: u64,
        handle: Handle,
        at: Option<u64>,
        bytes: &[u8],
        ledger: &mut Ledger,
    ) -> Outcome {
        let id = self.inode_of(handle)?;
        let len = self.inodes[&id].len();
        let offset = at.unwrap_or(len);
        let fits = self.fitting(len, offset, bytes.len() as u64, ledger)?;
        let (random, (low, high)) = (&mut self.random, self.profile.writeback_ns);
        let Some(inode) = self.inodes.get_mut(&id) else { return Err(DiskError::Io) };
        inode.write_at(now, || random.between(low, high), offset, &bytes[..fits as usize]);
        Ok((DiskOk::Wrote(fits), None))
    }

    /// How many of the bytes fit on the disk; an error if none does.
    fn fitting(&self, len: u64, offset: u64, bytes: u64, ledger: &mut Ledger) -> Result<u64, DiskError> {
        let Some(capacity) = self.profile.capacity_bytes else { return Ok(bytes) };
        let free = capacity.saturating_sub(self.used_bytes());
        let within = len.saturating_sub(offset);
        let fits = bytes.min(within.saturating_add(free));
        if fits < bytes
            && let Some(fault) = self.faults.capacity
        {
            ledger.hit(fault, 1);
        }
        if fits == 0 && bytes > 0 { Err(DiskError::NoSpace) } else { Ok(fits) }
    }

    fn read_at(&self, handle: Handle, offset: u64, len: u32) -> Outcome {
        let content = self.inodes[&self.inode_of(handle)?].content();
        let start = content.len().min(usize::try_from(offset).unwrap_or(usize::MAX));
        let end = content.len().min(start.saturating_add(len as usize));
        Ok((DiskOk::Bytes(content[start..end].to_vec()), None))
    }

    fn truncate(&mut self, now: u64, handle: Handle, len: u64) -> Outcome {
        let id = self.inode_of(handle)?;
        let (random, (low, high)) = (&mut self.random, self.profile.writeback_ns);
        if let Some(inode) = self.inodes.get_mut(&id) {
            inode.truncate(now, || random.between(low, high), len);
        }
        Ok(DONE)
    }

    fn fsync(&mut self, handle: Handle, ledger: &mut Ledger) -> Outcome {
        let id = self.inode_of(handle)?;
        let Some(inode) = self.inodes.get_mut(&id) else { return Err(DiskError::Io) };
        if let Some(fail) = self.faults.fail_fsync.as_mut().filter(|fail| fail.left > 0) {
            fail.left -= 1;
            ledger.hit(fail.fault, 1);
            if fail.drop_dirty {
                inode.drop_dirty();
            }
            return Err(DiskError::Io);
        }
        let dirty = inode.dirty_bytes() > 0;
        if let Some(fault) = self.faults.lying_fsync {
            ledger.hit(fault, u64::from(dirty));
            return Ok(DONE);
        }
        Ok((DiskOk::Done, Some(Sync::File { inode: id, sync: inode.start_sync() })))
    }

    fn sync_dir(&mut self, dir: &str, ledger: &mut Ledger) -> Outcome {
        let dir = absolute(CWD, dir);
        match self.names.get(&dir) {
            None => Err(DiskError::NotFound),
            Some(Entry::File(_)) => Err(DiskError::BadPath),
            Some(Entry::Dir) => {
                let version = self.names.version();
                if let Some(fault) = self.faults.lying_fsync {
                    ledger.hit(fault, u64::from(self.names.pending() > 0));
                    return Ok(DONE);
                }
                Ok((DiskOk::Done, Some(Sync::Dir { dir, version })))
            }
        }
    }

    fn close(&mut self, handle: Handle) -> Outcome {
        self.handles.remove(&handle).ok_or(DiskError::Io)?;
        self.collect();
        Ok(DONE)
    }

    fn rename(&mut self, now: u64, from: &str, to: &str) -> Outcome {
        let (from, to) = (absolute(CWD, from), absolute(CWD, to));
        if from == to {
            return self.stat(&from).map(|_| DONE);
        }
        self.replace_name(now, NameChange::Move { from, to })
    }

    fn unlink(&mut self, now: u64, path: &str) -> Outcome {
        self.replace_name(now, NameChange::Remove { path: absolute(CWD, path) })
    }

    fn replace_name(&mut self, now: u64, what: NameChange) -> Outcome {
        let done = self.change_names(now, what)?;
        self.replaced += 1;
        Ok(done)
    }

    fn change_names(&mut self, now: u64, what: NameChange) -> Outcome {
        let (low, high) = self.profile.writeback_ns;
        let durable_at = now.saturating_add(self.random.between(low, high));
        self.names.settle(now);
        self.names.change(durable_at, what)?;
        Ok(DONE)
    }

    fn inode_of(&self, handle: Handle) -> Result<InodeId, DiskError> {
        self.handles.get(&handle).copied().ok_or(DiskError::Io)
    }
}

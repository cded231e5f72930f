//! A disk in memory that never fails: what a node needs to start and to append.

use resplay_base::{DiskError, DiskOk, DiskOp, Handle};
use std::collections::{BTreeMap, BTreeSet};

/// Files and directories in memory. Handles stand for inodes: renaming does not disturb them.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk {
    names: BTreeMap<String, usize>,
    dirs: BTreeSet<String>,
    inodes: Vec<Vec<u8>>,
    open: BTreeMap<Handle, usize>,
}

impl MemoryDisk {
    /// Does what is asked, at once.
    pub fn run(&mut self, op: DiskOp) -> Result<DiskOk, DiskError> {
        match op {
            DiskOp::List { dir } => Ok(DiskOk::Names(self.list(&clean(&dir)))),
            DiskOp::Stat { path } => self.stat(&clean(&path)),
            DiskOp::MakeDir { path } => {
                self.dirs.insert(clean(&path));
                Ok(DiskOk::Done)
            }
            DiskOp::Open { path, handle, create, truncate } => {
                self.open(clean(&path), handle, create, truncate)
            }
            DiskOp::Append { handle, bytes } => {
                let at = self.file(handle)?.len();
                self.write(handle, at, &bytes)
            }
            DiskOp::WriteAt { handle, offset, bytes } => self.write(handle, offset as usize, &bytes),
            DiskOp::Read { handle, offset, len } => self.read(handle, offset as usize, len as usize),
            DiskOp::Truncate { handle, len } => {
                self.file(handle)?.resize(len as usize, 0);
                Ok(DiskOk::Done)
            }
            DiskOp::Fsync { handle } => self.file(handle).map(|_| DiskOk::Done),
            DiskOp::Close { handle } => self.open.remove(&handle).map(|_| DiskOk::Done).ok_or(DiskError::Io),
            DiskOp::Rename { from, to } => self.rename(&clean(&from), clean(&to)),
            DiskOp::Unlink { path } => {
                self.names.remove(&clean(&path)).map(|_| DiskOk::Done).ok_or(DiskError::NotFound)
            }
            DiskOp::SyncDir { .. } => Ok(DiskOk::Done),
        }
    }

    /// A file's bytes.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.names.get(&clean(path)).map(|&inode| self.inodes[inode].as_slice())
    }

    fn list(&self, dir: &str) -> Vec<String> {
        let inside = |path: &String| {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            (parent == dir && !name.is_empty()).then(|| name.to_owned())
        };
        let names: BTreeSet<String> = self.names.keys().chain(&self.dirs).filter_map(inside).collect();
        names.into_iter().collect()
    }

    fn stat(&self, path: &str) -> Result<DiskOk, DiskError> {
        match self.names.get(path) {
            Some(&inode) => Ok(DiskOk::Stat(Some(self.inodes[inode].len() as u64))),
            None if path.is_empty() || self.dirs.contains(path) => Ok(DiskOk::Stat(None)),
            None => Err(DiskError::NotFound),
        }
    }

    fn open(
        &mut self,
        path: String,
        handle: Handle,
        create: bool,
        truncate: bool,
    ) -> Result<DiskOk, DiskError> {
        let inode = match self.names.get(&path) {
            Some(&inode) => inode,
            None if create => self.create(path),
            None => return Err(DiskError::NotFound),
        };
        if truncate {
            self.inodes[inode].clear();
        }
        self.open.insert(handle, inode);
        Ok(DiskOk::Done)
    }

    fn create(&mut self, path: String) -> usize {
        self.inodes.push(Vec::new());
        self.names.insert(path, self.inodes.len() - 1);
        self.inodes.len() - 1
    }

    fn write(&mut self, handle: Handle, at: usize, bytes: &[u8]) -> Result<DiskOk, DiskError> {
        let file = self.file(handle)?;
        file.resize(file.len().max(at + bytes.len()), 0);
        file[at..at + bytes.len()].copy_from_slice(bytes);
        Ok(DiskOk::Wrote(bytes.len() as u64))
    }

    fn read(&mut self, handle: Handle, at: usize, len: usize) -> Result<DiskOk, DiskError> {
        let file = self.file(handle)?;
        let start = at.min(file.len());
        Ok(DiskOk::Bytes(file[start..file.len().min(start + len)].to_vec()))
    }

    fn rename(&mut self, from: &str, to: String) -> Result<DiskOk, DiskError> {
        let inode = self.names.remove(from).ok_or(DiskError::NotFound)?;
        self.names.insert(to, inode);
        Ok(DiskOk::Done)
    }

    fn file(&mut self, handle: Handle) -> Result<&mut Vec<u8>, DiskError> {
        let inode = self.open.get(&handle).ok_or(DiskError::Io)?;
        Ok(&mut self.inodes[*inode])
    }
}

/// A path without `.` and doubled slashes, so that one file has one name.
fn clean(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_file_keeps_its_bytes_and_its_handle() {
        let mut disk = MemoryDisk::default();
        let open = DiskOp::Open { path: "./a".into(), handle: Handle(1), create: true, truncate: false };
        disk.run(open).expect("created");
        let append = |bytes: &[u8]| DiskOp::Append { handle: Handle(1), bytes: bytes.to_vec() };
        disk.run(append(b"one")).expect("appended");
        disk.run(DiskOp::Rename { from: "a".into(), to: "d/b".into() }).expect("renamed");
        disk.run(append(b"two")).expect("appended");
        assert_eq!(disk.bytes("d/b"), Some(&b"onetwo"[..]));
        assert_eq!(disk.run(DiskOp::List { dir: "d/".into() }), Ok(DiskOk::Names(vec!["b".into()])));
        assert_eq!(disk.run(DiskOp::Stat { path: "a".into() }), Err(DiskError::NotFound));
    }
}

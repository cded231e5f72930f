//! A disk in memory. What was written stays; nothing is lost but with the disk itself.

use resplay_base::{DiskError, DiskOk, DiskOp, Handle};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A disk that hosts can share and that outlives them; clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    names: Arc<Mutex<Names>>,
}

#[derive(Debug, Default)]
struct Names {
    files: BTreeMap<String, Content>,
    dirs: BTreeSet<String>,
}

/// An inode: names and handles share it.
type Content = Arc<Mutex<Vec<u8>>>;

impl Disk {
    /// A file's bytes.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        let names = lock(&self.names);
        names.files.get(&plain(path)).map(|content| lock(content).clone())
    }

    /// Puts a file there.
    pub fn write(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        lock(&self.names).files.insert(plain(path), Arc::new(Mutex::new(bytes.into())));
    }
}

/// A process's open files on a disk.
#[derive(Debug)]
pub(crate) struct Files {
    disk: Disk,
    open: BTreeMap<Handle, Content>,
}

impl Files {
    /// None open.
    pub(crate) fn new(disk: Disk) -> Files {
        Files { disk, open: BTreeMap::new() }
    }

    /// Does one operation, at once.
    pub(crate) fn perform(&mut self, what: DiskOp) -> Result<DiskOk, DiskError> {
        match what {
            DiskOp::List { dir } => Ok(DiskOk::Names(lock(&self.disk.names).list(&plain(&dir))?)),
            DiskOp::Stat { path } => lock(&self.disk.names).stat(&plain(&path)),
            DiskOp::MakeDir { path } => lock(&self.disk.names).make_dir(plain(&path)),
            DiskOp::Open { path, handle, create, truncate } => {
                self.open(&plain(&path), handle, create, truncate)
            }
            DiskOp::Append { handle, bytes } => {
                let end = self.content(handle)?.len();
                self.put(handle, end, &bytes)
            }
            DiskOp::WriteAt { handle, offset, bytes } => self.put(handle, index(offset)?, &bytes),
            DiskOp::Read { handle, offset, len } => self.read(handle, index(offset)?, len as usize),
            DiskOp::Truncate { handle, len } => {
                let len = index(len)?;
                self.content(handle).map(|mut content| content.resize(len, 0)).map(done)
            }
            DiskOp::Fsync { handle } => self.content(handle).map(drop).map(done),
            DiskOp::Close { handle } => self.open.remove(&handle).map(drop).map(done).ok_or(DiskError::Io),
            DiskOp::Rename { from, to } => lock(&self.disk.names).rename(&plain(&from), plain(&to)),
            DiskOp::Unlink { path } => lock(&self.disk.names).unlink(&plain(&path)),
            DiskOp::SyncDir { dir } => lock(&self.disk.names).list(&plain(&dir)).map(drop).map(done),
        }
    }

    fn open(
        &mut self,
        path: &str,
        handle: Handle,
        create: bool,
        truncate: bool,
    ) -> Result<DiskOk, DiskError> {
        let mut names = lock(&self.disk.names);
        if names.is_dir(path) || !names.is_dir(parent(path)) {
            return Err(if names.is_dir(path) { DiskError::BadPath } else { DiskError::NotFound });
        }
        let content = match names.files.get(path) {
            Some(content) => Arc::clone(content),
            None if create => Arc::clone(names.files.entry(path.to_owned()).or_default()),
            None => return Err(DiskError::NotFound),
        };
        if truncate {
            lock(&content).clear();
        }
        drop(names);
        self.open.insert(handle, content);
        Ok(DiskOk::Done)
    }

    fn content(&self, handle: Handle) -> Result<MutexGuard<'_, Vec<u8>>, DiskError> {
        self.open.get(&handle).map(lock).ok_or(DiskError::Io)
    }

    fn put(&self, handle: Handle, at: usize, bytes: &[u8]) -> Result<DiskOk, DiskError> {
        let mut content = self.content(handle)?;
        let end = at + bytes.len();
        if content.len() < end {
            content.resize(end, 0);
        }
        content[at..end].copy_from_slice(bytes);
        Ok(DiskOk::Wrote(bytes.len() as u64))
    }

    fn read(&self, handle: Handle, at: usize, len: usize) -> Result<DiskOk, DiskError> {
        let content = self.content(handle)?;
        let rest = content.get(at..).unwrap_or_default();
        Ok(DiskOk::Bytes(rest[..len.min(rest.len())].to_vec()))
    }
}

impl Names {
    /// The working directory and the root are there from the start.
    fn is_dir(&self, path: &str) -> bool {
        path.is_empty() || path == "/" || self.dirs.contains(path)
    }

    fn list(&self, dir: &str) -> Result<Vec<String>, DiskError> {
        if !self.is_dir(dir) {
            return Err(if self.files.contains_key(dir) { DiskError::BadPath } else { DiskError::NotFound });
        }
        let all = self.files.keys().chain(&self.dirs);
        let inside: BTreeSet<&String> = all.filter(|path| parent(path) == dir).collect();
        Ok(inside.into_iter().map(|path| base(path).to_owned()).collect())
    }

    fn stat(&self, path: &str) -> Result<DiskOk, DiskError> {
        if self.is_dir(path) {
            return Ok(DiskOk::Stat(None));
        }
        let content = self.files.get(path).ok_or(DiskError::NotFound)?;
        Ok(DiskOk::Stat(Some(lock(content).len() as u64)))
    }

    fn make_dir(&mut self, path: String) -> Result<DiskOk, DiskError> {
        if self.files.contains_key(&path) {
            return Err(DiskError::BadPath);
        }
        if !self.is_dir(parent(&path)) {
            return Err(DiskError::NotFound);
        }
        self.dirs.insert(path);
        Ok(DiskOk::Done)
    }

    fn rename(&mut self, from: &str, to: String) -> Result<DiskOk, DiskError> {
        let content = self.files.remove(from).ok_or(DiskError::NotFound)?;
        self.files.insert(to, content);
        Ok(DiskOk::Done)
    }

    fn unlink(&mut self, path: &str) -> Result<DiskOk, DiskError> {
        self.files.remove(path).map(drop).map(done).ok_or(DiskError::NotFound)
    }
}

fn lock<T>(what: &Arc<Mutex<T>>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

fn done(_: ()) -> DiskOk {
    DiskOk::Done
}

fn index(offset: u64) -> Result<usize, DiskError> {
    usize::try_from(offset).map_err(|_| DiskError::Io)
}

/// A path without needless parts, so that one file has one name: `./a//b/` is `a/b`.
fn plain(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((dir, _)) => dir,
        None => "",
    }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: Handle = Handle(1);

    fn open(files: &mut Files, path: &str) -> Result<DiskOk, DiskError> {
        files.perform(DiskOp::Open { path: path.into(), handle: FILE, create: true, truncate: false })
    }

    #[test]
    fn one_file_has_one_name_however_it_is_written() {
        let disk = Disk::default();
        let mut files = Files::new(disk.clone());
        files.perform(DiskOp::MakeDir { path: "./dir".into() }).unwrap();
        open(&mut files, "dir//file").unwrap();
        files.perform(DiskOp::Append { handle: FILE, bytes: b"ab".to_vec() }).unwrap();
        assert_eq!(disk.read("./dir/file"), Some(b"ab".to_vec()));
        assert_eq!(
            files.perform(DiskOp::List { dir: "dir/".into() }),
            Ok(DiskOk::Names(vec!["file".into()]))
        );
        assert_eq!(files.perform(DiskOp::List { dir: "./".into() }), Ok(DiskOk::Names(vec!["dir".into()])));
    }

    #[test]
    fn a_handle_outlives_the_name() {
        let disk = Disk::default();
        let mut files = Files::new(disk.clone());
        open(&mut files, "a").unwrap();
        files.perform(DiskOp::Rename { from: "a".into(), to: "b".into() }).unwrap();
        files.perform(DiskOp::WriteAt { handle: FILE, offset: 2, bytes: b"x".to_vec() }).unwrap();
        assert_eq!(disk.read("b"), Some(b"\0\0x".to_vec()));
        let read = DiskOp::Read { handle: FILE, offset: 1, len: 9 };
        assert_eq!(files.perform(read), Ok(DiskOk::Bytes(b"\0x".to_vec())));
    }

    #[test]
    fn what_is_missing_is_an_error() {
        let mut files = Files::new(Disk::default());
        assert_eq!(open(&mut files, "nowhere/file"), Err(DiskError::NotFound));
        assert_eq!(files.perform(DiskOp::Stat { path: "x".into() }), Err(DiskError::NotFound));
        assert_eq!(files.perform(DiskOp::Fsync { handle: FILE }), Err(DiskError::Io));
    }
}

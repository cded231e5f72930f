//! Disk operations on real files.

use crate::system::System;
use resplay_base::{DiskError, DiskOk, DiskOp, Handle};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The node's open files.
#[derive(Debug)]
pub(crate) struct Files<S> {
    system: S,
    root: PathBuf,
    open: BTreeMap<Handle, Arc<File>>,
}

impl<S: System> Files<S> {
    /// None open. Relative paths start in `root`; an empty one is the process's working directory.
    pub(crate) fn new(system: S, root: PathBuf) -> Files<S> {
        Files { system, root, open: BTreeMap::new() }
    }

    /// Does one operation and waits for it.
    pub(crate) fn perform(&mut self, what: DiskOp) -> Result<DiskOk, DiskError> {
        let done = match what {
            DiskOp::List { dir } => list(&self.at(&dir)).map(DiskOk::Names),
            DiskOp::Stat { path } => {
                fs::metadata(self.at(&path)).map(|is| DiskOk::Stat(is.is_file().then_some(is.len())))
            }
            DiskOp::MakeDir { path } => make_dir(&self.at(&path)),
            DiskOp::Open { path, handle, create, truncate } => self.open(&path, handle, create, truncate),
            DiskOp::Append { handle, bytes } => {
                self.write(handle, &bytes, |system, file, _, rest| system.append(file, rest))
            }
            DiskOp::WriteAt { handle, offset, bytes } => {
                self.write(handle, &bytes, |system, file, done, rest| {
                    system.write_at(file, rest, offset + done)
                })
            }
            DiskOp::Read { handle, offset, len } => self.read(handle, offset, len),
            DiskOp::Truncate { handle, len } => {
                self.file(handle).and_then(|file| file.set_len(len)).map(done)
            }
            DiskOp::Fsync { handle } => {
                self.file(handle).and_then(|file| self.system.sync_file(file)).map(done)
            }
            DiskOp::Close { handle } => self.close(handle),
            DiskOp::Rename { from, to } => fs::rename(self.at(&from), self.at(&to)).map(done),
            DiskOp::Unlink { path } => fs::remove_file(self.at(&path)).map(done),
            DiskOp::SyncDir { dir } => self.system.sync_dir(&self.at(&dir)).map(done),
        };
        done.map_err(|why| disk_error(&why))
    }

    /// An open file, to be used by another thread.
    pub(crate) fn share(&self, handle: Handle) -> Result<Arc<File>, DiskError> {
        self.open.get(&handle).cloned().ok_or(DiskError::Io)
    }

    /// The empty path, a relative name's parent, is the root itself.
    fn at(&self, path: &str) -> PathBuf {
        let path = self.root.join(path);
        if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
    }

    fn open(&mut self, path: &str, handle: Handle, create: bool, truncate: bool) -> io::Result<DiskOk> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(create)
            .truncate(truncate)
            .open(self.at(path))?;
        self.open.insert(handle, Arc::new(file));
        Ok(DiskOk::Done)
    }

    fn close(&mut self, handle: Handle) -> io::Result<DiskOk> {
        self.open.remove(&handle).map(|_| DiskOk::Done).ok_or_else(no_such_handle)
    }

    fn file(&self, handle: Handle) -> io::Result<&File> {
        self.open.get(&handle).map(Arc::as_ref).ok_or_else(no_such_handle)
    }

    fn read(&self, handle: Handle, offset: u64, len: u32) -> io::Result<DiskOk> {
        let file = self.file(handle)?;
        let mut bytes = vec![0; len as usize];
        let mut have = 0;
        while have < bytes.len() {
            match file.read_at(&mut bytes[have..], offset + have as u64) {
                Ok(0) => break,
                Ok(n) => have += n,
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) => return Err(why),
            }
        }
        bytes.truncate(have);
        Ok(DiskOk::Bytes(bytes))
    }

    /// Writes all of `bytes`, piece by piece. An error after some of them is told by the count, as base says.
    fn write(
        &self,
        handle: Handle,
        bytes: &[u8],
        mut piece: impl FnMut(&S, &File, u64, &[u8]) -> io::Result<usize>,
    ) -> io::Result<DiskOk> {
        let file = self.file(handle)?;
        let mut done = 0;
        while done < bytes.len() {
            match piece(&self.system, file, done as u64, &bytes[done..]) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) if done == 0 => return Err(why),
                Err(_) => break,
            }
        }
        Ok(DiskOk::Wrote(done as u64))
    }
}

/// The system's error as the node knows it.
pub(crate) fn disk_error(why: &io::Error) -> DiskError {
    match why.kind() {
        ErrorKind::NotFound => DiskError::NotFound,
        ErrorKind::AlreadyExists | ErrorKind::IsADirectory | ErrorKind::NotADirectory => DiskError::BadPath,
        ErrorKind::DirectoryNotEmpty | ErrorKind::InvalidFilename | ErrorKind::InvalidInput => {
            DiskError::BadPath
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => DiskError::Denied,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => DiskError::NoSpace,
        _ => DiskError::Io,
    }
}

fn done(_: ()) -> DiskOk {
    DiskOk::Done
}

fn no_such_handle() -> io::Error {
    io::Error::other("no such handle")
}

fn list(dir: &Path) -> io::Result<Vec<String>> {
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let mut names = fs::read_dir(dir)?.map(name).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

fn make_dir(path: &Path) -> io::Result<DiskOk> {
    match fs::create_dir(path) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(DiskOk::Done),
        result => result.map(done),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Real;

    const FILE: Handle = Handle(7);

    /// An open file in a directory of its own.
    fn opened() -> (tempfile::TempDir, Files<Real>, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file").to_string_lossy().into_owned();
        let mut files = Files::new(Real, dir.path().to_owned());
        let open = DiskOp::Open { path: "file".into(), handle: FILE, create: true, truncate: false };
        assert_eq!(files.perform(open), Ok(DiskOk::Done));
        (dir, files, path)
    }

    fn append(bytes: &[u8]) -> DiskOp {
        DiskOp::Append { handle: FILE, bytes: bytes.to_vec() }
    }

    #[test]
    fn appends_go_to_the_end_whatever_was_written_in_the_middle() {
        let (_dir, mut files, path) = opened();
        assert_eq!(files.perform(append(b"hello")), Ok(DiskOk::Wrote(5)));
        let middle = DiskOp::WriteAt { handle: FILE, offset: 1, bytes: b"E".to_vec() };
        assert_eq!(files.perform(middle), Ok(DiskOk::Wrote(1)));
        assert_eq!(files.perform(append(b"!")), Ok(DiskOk::Wrote(1)));
        assert_eq!(fs::read(path).unwrap(), b"hEllo!");
    }

    #[test]
    fn a_read_past_the_end_is_short() {
        let (_dir, mut files, _path) = opened();
        files.perform(append(b"abc")).unwrap();
        let read = |offset| DiskOp::Read { handle: FILE, offset, len: 10 };
        assert_eq!(files.perform(read(1)), Ok(DiskOk::Bytes(b"bc".to_vec())));
        assert_eq!(files.perform(read(9)), Ok(DiskOk::Bytes(Vec::new())));
    }

    #[test]
    fn a_handle_stands_for_the_file_and_not_for_its_name() {
        let (_dir, mut files, path) = opened();
        let to = format!("{path}.new");
        assert_eq!(files.perform(DiskOp::Rename { from: path.clone(), to: to.clone() }), Ok(DiskOk::Done));
        files.perform(append(b"x")).unwrap();
        assert_eq!(fs::read(to).unwrap(), b"x");
        assert_eq!(files.perform(DiskOp::Stat { path }), Err(DiskError::NotFound));
    }

    #[test]
    fn names_come_sorted_and_directories_have_no_length() {
        let (dir, mut files, path) = opened();
        let at = dir.path().to_string_lossy().into_owned();
        let sub = format!("{at}/a-dir");
        assert_eq!(files.perform(DiskOp::MakeDir { path: sub.clone() }), Ok(DiskOk::Done));
        assert_eq!(files.perform(DiskOp::MakeDir { path: sub.clone() }), Ok(DiskOk::Done));
        assert_eq!(files.perform(DiskOp::MakeDir { path }), Err(DiskError::BadPath));
        assert_eq!(
            files.perform(DiskOp::List { dir: at.clone() }),
            Ok(DiskOk::Names(vec!["a-dir".into(), "file".into()]))
        );
        assert_eq!(files.perform(DiskOp::Stat { path: sub }), Ok(DiskOk::Stat(None)));
        assert_eq!(files.perform(DiskOp::SyncDir { dir: at }), Ok(DiskOk::Done));
    }

    #[test]
    fn closed_and_unknown_handles_are_errors() {
        let (_dir, mut files, _path) = opened();
        assert_eq!(files.perform(DiskOp::Close { handle: FILE }), Ok(DiskOk::Done));
        assert_eq!(files.perform(DiskOp::Fsync { handle: FILE }), Err(DiskError::Io));
        assert_eq!(files.perform(append(b"x")), Err(DiskError::Io));
    }
}

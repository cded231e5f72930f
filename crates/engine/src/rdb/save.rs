//! The steps by which a file comes to its place, in the real servers' order: whatever happens, the old file stays
//! until the new one is whole and durable.

use resplay_base::{DiskError, DiskOk, DiskOp, Handle, Now, OpId};
use resplay_persistence::messages::{Line, rdb as messages};

/// With `rdb-save-incremental-fsync` the file is synced each time when it grew by so much, so that the last fsync finds
/// little to do.
const SYNC_EVERY_BYTES: u64 = 4 << 20;

/// A file being written.
#[derive(Clone, Debug)]
pub struct Save {
    /// What for.
    pub purpose: Purpose,
    /// When it began.
    pub began: Now,
    /// The dataset's count of changes then.
    pub dirty: u64,
    /// The operation that is under way.
    pub op: OpId,
    step: Step,
    handle: Handle,
    temporary: String,
    file: String,
    directory: String,
    syncs_on_the_way: bool,
    unsynced_bytes: u64,
}

/// What a save is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// BGSAVE, or a save point: the server goes on meanwhile.
    Background,
    /// SAVE of the client with this id.
    Command(u64),
    /// FLUSHALL, where there are save points.
    Flush,
    /// SHUTDOWN, or a signal.
    Shutdown,
    /// DEBUG RELOAD.
    Reload(Reload),
}

/// What DEBUG RELOAD was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reload {
    /// The client's id.
    pub client: u64,
    /// The data is removed before the file is read.
    pub flushes: bool,
    /// A key that is there already is replaced.
    pub merges: bool,
}

impl Purpose {
    /// Whether the process does nothing else meanwhile.
    pub fn is_awaited(self) -> bool {
        self != Purpose::Background
    }
}

/// Where a save stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Opening the temporary file.
    Open,
    /// Appending a piece of so many bytes.
    Append { bytes: u64, is_last: bool },
    /// Syncing what there is, on the way.
    SyncPart,
    /// Making the whole file durable.
    Sync,
    /// Closing it.
    Close,
    /// Giving it its name.
    Rename,
    /// Making the name durable.
    SyncDir,
}

/// What follows a step.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Do this.
    Disk(DiskOp),
    /// Hand the next piece over: [`Save::append`].
    Piece,
    /// The file is in its place.
    Done,
    /// It came to nothing: this line tells why, and these operations clean up.
    Failed(Line, Vec<DiskOp>),
}

/// Where files go.
#[derive(Clone, Debug)]
pub struct Paths {
    /// While it is written.
    pub temporary: String,
    /// When it is whole.
    pub file: String,
    /// The directory of both.
    pub directory: String,
}

impl Save {
    /// A save into these files, and its first operation. `op` is filled in when that is started.
    pub fn new(purpose: Purpose, paths: Paths, handle: Handle, began: Now, dirty: u64) -> (Save, DiskOp) {
        let Paths { temporary, file, directory } = paths;
        let open = DiskOp::Open { path: temporary.clone(), handle, create: true, truncate: true };
        let save = Save {
            purpose,
            began,
            dirty,
            op: OpId(0),
            step: Step::Open,
            handle,
            temporary,
            file,
            directory,
            syncs_on_the_way: false,
            unsynced_bytes: 0,
        };
        (save, open)
    }

    /// `rdb-save-incremental-fsync`.
    pub fn sync_on_the_way(&mut self, on: bool) {
        self.syncs_on_the_way = on;
    }

    /// The next piece; whether it is the last.
    pub fn append(&mut self, bytes: Vec<u8>, is_last: bool) -> DiskOp {
        self.step = Step::Append { bytes: bytes.len() as u64, is_last };
        DiskOp::Append { handle: self.handle, bytes }
    }

    /// The operation under way is over.
    pub fn done(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        let result = match (self.step, result) {
            (Step::Append { bytes, .. }, Ok(DiskOk::Wrote(wrote))) if wrote < bytes => {
                Err(DiskError::NoSpace)
            }
            (_, result) => result,
        };
        if let Err(why) = result {
            return self.failed(why);
        }
        match self.step {
            Step::Open | Step::SyncPart => Next::Piece,
            Step::Append { bytes, is_last } => self.appended(bytes, is_last),
            Step::Sync => self.go_on(Step::Close, DiskOp::Close { handle: self.handle }),
            Step::Close => {
                let (from, to) = (self.temporary.clone(), self.file.clone());
                self.go_on(Step::Rename, DiskOp::Rename { from, to })
            }
            Step::Rename => self.go_on(Step::SyncDir, DiskOp::SyncDir { dir: self.directory.clone() }),
            Step::SyncDir => Next::Done,
        }
    }

    fn go_on(&mut self, step: Step, what: DiskOp) -> Next {
        self.step = step;
        Next::Disk(what)
    }

    fn appended(&mut self, bytes: u64, is_last: bool) -> Next {
        self.unsynced_bytes += bytes;
        let sync = DiskOp::Fsync { handle: self.handle };
        if is_last {
            return self.go_on(Step::Sync, sync);
        }
        if self.syncs_on_the_way && self.unsynced_bytes >= SYNC_EVERY_BYTES {
            self.unsynced_bytes = 0;
            return self.go_on(Step::SyncPart, sync);
        }
        Next::Piece
    }

    fn failed(&self, why: DiskError) -> Next {
        let line = match self.step {
            Step::Open => {
                let line = messages::cannot_open_temporary(&self.temporary, &self.directory, why);
                return Next::Failed(line, Vec::new());
            }
            Step::Append { .. } | Step::SyncPart => messages::write_error("rdbSaveRio", why),
            Step::Sync => messages::write_error("fsync", why),
            Step::Close => messages::write_error("fclose", why),
            Step::Rename => messages::cannot_rename(&self.temporary, &self.file, &self.directory, why),
            Step::SyncDir => return Next::Failed(messages::cannot_sync_directory(why), Vec::new()),
        };
        Next::Failed(line, self.clean_up())
    }

    /// What removes the temporary file.
    pub fn clean_up(&self) -> Vec<DiskOp> {
        let unlink = DiskOp::Unlink { path: self.temporary.clone() };
        match self.step {
            Step::Rename | Step::SyncDir => vec![unlink],
            _ => vec![DiskOp::Close { handle: self.handle }, unlink],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLE: Handle = Handle(1);

    fn begin() -> (Save, DiskOp) {
        let paths =
            Paths { temporary: "d/temp-9.rdb".into(), file: "d/dump.rdb".into(), directory: "d".into() };
        Save::new(Purpose::Background, paths, HANDLE, Now::default(), 0)
    }

    fn done(save: &mut Save) -> Next {
        save.done(Ok(DiskOk::Done))
    }

    fn append(save: &mut Save, bytes: usize, is_last: bool) -> Next {
        let DiskOp::Append { handle: HANDLE, bytes } = save.append(vec![0; bytes], is_last) else {
            panic!("it appends");
        };
        save.done(Ok(DiskOk::Wrote(bytes.len() as u64)))
    }

    #[test]
    fn the_name_comes_after_the_bytes_are_durable_and_is_made_durable_itself() {
        let (mut save, open) = begin();
        let path = "d/temp-9.rdb".to_string();
        assert_eq!(open, DiskOp::Open { path: path.clone(), handle: HANDLE, create: true, truncate: true });
        assert_eq!(done(&mut save), Next::Piece);
        assert_eq!(append(&mut save, 5, false), Next::Piece);
        assert_eq!(append(&mut save, 7, true), Next::Disk(DiskOp::Fsync { handle: HANDLE }));
        assert_eq!(done(&mut save), Next::Disk(DiskOp::Close { handle: HANDLE }));
        assert_eq!(done(&mut save), Next::Disk(DiskOp::Rename { from: path, to: "d/dump.rdb".into() }));
        assert_eq!(done(&mut save), Next::Disk(DiskOp::SyncDir { dir: "d".into() }));
        assert_eq!(done(&mut save), Next::Done);
    }

    #[test]
    fn a_long_file_is_synced_on_the_way_if_asked() {
        for asked in [true, false] {
            let (mut save, _) = begin();
            save.sync_on_the_way(asked);
            done(&mut save);
            assert_eq!(append(&mut save, 3 << 20, false), Next::Piece);
            let next = append(&mut save, 1 << 20, false);
            match asked {
                true => {
                    assert_eq!(next, Next::Disk(DiskOp::Fsync { handle: HANDLE }));
                    assert_eq!(done(&mut save), Next::Piece);
                    assert_eq!(append(&mut save, 1 << 20, false), Next::Piece, "it counts anew");
                }
                false => assert_eq!(next, Next::Piece),
            }
        }
    }

    #[test]
    fn whatever_fails_before_the_name_is_given_leaves_no_temporary_file() {
        let fail = |steps: usize| {
            let (mut save, _) = begin();
            let advance = |save: &mut Save| match save.step {
                Step::Open => {
                    save.done(Ok(DiskOk::Done));
                    save.append(vec![0; 4], true);
                }
                _ => drop(save.done(Ok(DiskOk::Wrote(4)))),
            };
            (0..steps).for_each(|_| advance(&mut save));
            let Next::Failed(line, clean_up) = save.done(Err(DiskError::Io)) else { panic!("it fails") };
            (line.text.split(['(', ':']).next().unwrap_or_default().to_string(), clean_up.len())
        };
        let write = "Write error while saving DB to the disk".to_string();
        assert_eq!(fail(0), ("Failed opening the temp RDB file d/temp-9.rdb ".to_string(), 0));
        assert_eq!([fail(1), fail(2), fail(3)], [(write.clone(), 2), (write.clone(), 2), (write, 2)]);
        let moving = "Error moving temp DB file d/temp-9.rdb on the final destination d/dump.rdb ";
        assert_eq!(fail(4), (moving.to_string(), 1));
        assert_eq!(fail(5), ("Failed to fsync directory while saving DB".to_string(), 0));
    }

    #[test]
    fn a_disk_that_takes_only_part_of_a_piece_is_full() {
        let (mut save, _) = begin();
        done(&mut save);
        save.append(vec![0; 4], false);
        let Next::Failed(line, _) = save.done(Ok(DiskOk::Wrote(3))) else { panic!("it fails") };
        let text = "Write error while saving DB to the disk(rdbSaveRio): No space left on device";
        assert_eq!(line.text, text);
    }
}

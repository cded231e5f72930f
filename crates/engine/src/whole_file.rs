//! The steps by which a file comes to its place, in the real servers' order: whatever happens, the old file stays
//! until the new one is whole and durable.

use resplay_base::{DiskError, DiskOk, DiskOp, Handle};

/// If asked, the file is synced each time when it grew by so much, so that the last fsync finds little to do.
const SYNC_EVERY_BYTES: u64 = 4 << 20;

/// A file being written.
#[derive(Clone, Debug)]
pub struct WholeFile {
    step: Step,
    handle: Handle,
    paths: Paths,
    syncs_on_the_way: bool,
    unsynced_bytes: u64,
    written: u64,
}

/// Where a file goes.
#[derive(Clone, Debug)]
pub struct Paths {
    /// While it is written.
    pub temporary: String,
    /// When it is whole.
    pub file: String,
    /// The directory in which that name is to be durable, if it is.
    pub directory: Option<String>,
}

/// Where the writing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Opening the temporary file.
    Open,
    /// Appending a piece of so many bytes.
    Append {
        /// Its length.
        bytes: u64,
        /// There is no other.
        is_last: bool,
    },
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
    /// Hand the next piece over: [`WholeFile::append`].
    Piece,
    /// The file is in its place.
    Done,
    /// It came to nothing, in this step and for this reason; these operations clean up.
    Failed(Step, DiskError, Vec<DiskOp>),
}

impl WholeFile {
    /// A file for these places, and its first operation; whether it is synced on the way.
    pub fn new(paths: Paths, handle: Handle, syncs_on_the_way: bool) -> (WholeFile, DiskOp) {
        let open = DiskOp::Open { path: paths.temporary.clone(), handle, create: true, truncate: true };
        let file =
            WholeFile { step: Step::Open, handle, paths, syncs_on_the_way, unsynced_bytes: 0, written: 0 };
        (file, open)
    }

    /// Where it goes.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Its length so far, in bytes.
    pub fn len(&self) -> u64 {
        self.written
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
                let Paths { temporary, file, .. } = self.paths.clone();
                self.go_on(Step::Rename, DiskOp::Rename { from: temporary, to: file })
            }
            Step::Rename => match self.paths.directory.clone() {
                Some(dir) => self.go_on(Step::SyncDir, DiskOp::SyncDir { dir }),
                None => Next::Done,
            },
            Step::SyncDir => Next::Done,
        }
    }

    fn go_on(&mut self, step: Step, what: DiskOp) -> Next {
        self.step = step;
        Next::Disk(what)
    }

    fn appended(&mut self, bytes: u64, is_last: bool) -> Next {
        self.unsynced_bytes += bytes;
        self.written += bytes;
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
        let clean_up = match self.step {
            Step::Open | Step::SyncDir => Vec::new(),
            _ => self.clean_up(),
        };
        Next::Failed(self.step, why, clean_up)
    }

    /// What removes the temporary file.
    pub fn clean_up(&self) -> Vec<DiskOp> {
        let unlink = DiskOp::Unlink { path: self.paths.temporary.clone() };
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

    fn begin(syncs_on_the_way: bool) -> (WholeFile, DiskOp) {
        let [temporary, file] = ["d/temp-9.rdb", "d/dump.rdb"].map(str::to_string);
        let paths = Paths { temporary, file, directory: Some("d".into()) };
        WholeFile::new(paths, HANDLE, syncs_on_the_way)
    }

    fn done(file: &mut WholeFile) -> Next {
        file.done(Ok(DiskOk::Done))
    }

    fn append(file: &mut WholeFile, bytes: usize, is_last: bool) -> Next {
        let DiskOp::Append { handle: HANDLE, bytes } = file.append(vec![0; bytes], is_last) else {
            panic!("it appends");
        };
        file.done(Ok(DiskOk::Wrote(bytes.len() as u64)))
    }

    #[test]
    fn the_name_comes_after_the_bytes_are_durable_and_is_made_durable_itself() {
        let (mut file, open) = begin(false);
        let path = "d/temp-9.rdb".to_string();
        assert_eq!(open, DiskOp::Open { path: path.clone(), handle: HANDLE, create: true, truncate: true });
        assert_eq!(done(&mut file), Next::Piece);
        assert_eq!(append(&mut file, 5, false), Next::Piece);
        assert_eq!(append(&mut file, 7, true), Next::Disk(DiskOp::Fsync { handle: HANDLE }));
        assert_eq!(done(&mut file), Next::Disk(DiskOp::Close { handle: HANDLE }));
        assert_eq!(done(&mut file), Next::Disk(DiskOp::Rename { from: path, to: "d/dump.rdb".into() }));
        assert_eq!(done(&mut file), Next::Disk(DiskOp::SyncDir { dir: "d".into() }));
        assert_eq!(done(&mut file), Next::Done);
        assert_eq!(file.len(), 12);
    }

    #[test]
    fn a_long_file_is_synced_on_the_way_if_asked() {
        for asked in [true, false] {
            let (mut file, _) = begin(asked);
            done(&mut file);
            assert_eq!(append(&mut file, 3 << 20, false), Next::Piece);
            let next = append(&mut file, 1 << 20, false);
            match asked {
                true => {
                    assert_eq!(next, Next::Disk(DiskOp::Fsync { handle: HANDLE }));
                    assert_eq!(done(&mut file), Next::Piece);
                    assert_eq!(append(&mut file, 1 << 20, false), Next::Piece, "it counts anew");
                }
                false => assert_eq!(next, Next::Piece),
            }
        }
    }

    #[test]
    fn whatever_fails_before_the_name_is_given_leaves_no_temporary_file() {
        let fail = |steps: usize| {
            let (mut file, _) = begin(false);
            let advance = |file: &mut WholeFile| match file.step {
                Step::Open => {
                    file.done(Ok(DiskOk::Done));
                    file.append(vec![0; 4], true);
                }
                _ => drop(file.done(Ok(DiskOk::Wrote(4)))),
            };
            (0..steps).for_each(|_| advance(&mut file));
            let Next::Failed(step, _, clean_up) = file.done(Err(DiskError::Io)) else { panic!("it fails") };
            (step, clean_up.len())
        };
        assert_eq!(fail(0), (Step::Open, 0));
        assert_eq!(fail(1), (Step::Append { bytes: 4, is_last: true }, 2));
        assert_eq!([fail(2), fail(3)], [(Step::Sync, 2), (Step::Close, 2)]);
        assert_eq!([fail(4), fail(5)], [(Step::Rename, 1), (Step::SyncDir, 0)]);
    }

    #[test]
    fn a_disk_that_takes_only_part_of_a_piece_is_full() {
        let (mut file, _) = begin(false);
        done(&mut file);
        file.append(vec![0; 4], false);
        let step = Step::Append { bytes: 4, is_last: false };
        let Next::Failed(failed, DiskError::NoSpace, _) = file.done(Ok(DiskOk::Wrote(3))) else {
            panic!("it fails");
        };
        assert_eq!(failed, step);
    }
}

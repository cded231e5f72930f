//! The steps of reading a file.

use super::{Intake, Refusal, Reload};
use resplay_base::{DiskError, DiskOk, DiskOp, Handle, Now, OpId, READ_MAX};
use resplay_persistence::messages::rdb as messages;
use resplay_persistence::rdb::{Limits, Reader};

/// A file being read.
#[derive(Clone, Debug)]
pub struct Load {
    /// What for.
    pub purpose: LoadFor,
    /// When it began.
    pub began: Now,
    /// The operation that is under way.
    pub op: OpId,
    /// What has been read.
    pub reader: Reader,
    /// What was taken of it.
    pub intake: Intake,
    step: Step,
    file: String,
    handle: Handle,
    offset: u64,
    len: u64,
    /// The piece just read was its last.
    is_whole: bool,
}

/// What a file is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadFor {
    /// The start of the process; clients are told so meanwhile.
    Boot,
    /// DEBUG RELOAD, during which there is nothing else.
    Reload(Reload),
}

/// Where a reading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Opening the file.
    Open,
    /// How long is it?
    Stat,
    /// Reading a piece.
    Read,
    /// Closing it.
    Close,
}

/// What follows a step.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Do this.
    Disk(DiskOp),
    /// Take what the reader has, then call [`Load::taken`].
    Take,
    /// There is no such file.
    Missing,
    /// Everything is read.
    Whole,
    /// It is not to be read.
    Refuse(Refusal),
}

impl Load {
    /// A reading of this file, and its first operation. `op` is filled in when that is started.
    pub fn new(
        purpose: LoadFor,
        file: String,
        handle: Handle,
        began: Now,
        limits: &Limits,
        verifies: bool,
    ) -> (Load, DiskOp) {
        let open = DiskOp::Open { path: file.clone(), handle, create: false, truncate: false };
        let load = Load {
            purpose,
            began,
            op: OpId(0),
            reader: Reader::new(limits, verifies),
            intake: Intake::new(began.wall),
            step: Step::Open,
            file,
            handle,
            offset: 0,
            len: 0,
            is_whole: false,
        };
        (load, open)
    }

    /// Bytes read, and bytes in the file.
    pub fn progress(&self) -> (u64, u64) {
        (self.offset, self.len)
    }

    /// Whether the operation that is under way is one between two pieces of a long file.
    pub fn is_between_pieces(&self) -> bool {
        self.step == Step::Read && self.offset > 0
    }

    /// The operation under way is over.
    pub fn done(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        match (self.step, result) {
            (Step::Open, Ok(_)) => self.go_on(Step::Stat, DiskOp::Stat { path: self.file.clone() }),
            (Step::Open, Err(DiskError::NotFound)) => Next::Missing,
            (Step::Open, Err(why)) => {
                let lines = vec![messages::cannot_open(&self.file, why)];
                Next::Refuse(Refusal { lines, is_harmless: true })
            }
            (Step::Stat, result) => {
                if let Ok(DiskOk::Stat(Some(len))) = result {
                    self.len = len;
                    self.reader.expect_len(len);
                }
                self.read_on()
            }
            (Step::Read, Ok(DiskOk::Bytes(bytes))) => {
                self.is_whole = bytes.len() < READ_MAX as usize;
                self.offset += bytes.len() as u64;
                self.reader.feed(&bytes);
                Next::Take
            }
            // What cannot be read is as good as not there: the reader says where the file ends too early.
            (Step::Read, _) => {
                self.is_whole = true;
                Next::Take
            }
            (Step::Close, _) => Next::Whole,
        }
    }

    fn go_on(&mut self, step: Step, what: DiskOp) -> Next {
        self.step = step;
        Next::Disk(what)
    }

    fn read_on(&mut self) -> Next {
        let what = DiskOp::Read { handle: self.handle, offset: self.offset, len: READ_MAX };
        self.go_on(Step::Read, what)
    }

    /// What the reader had is taken.
    pub fn taken(&mut self) -> Next {
        match self.reader.finish() {
            Ok(()) => self.go_on(Step::Close, DiskOp::Close { handle: self.handle }),
            Err(_) if !self.is_whole => self.read_on(),
            Err(error) => Next::Refuse(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use resplay_persistence::rdb::{Options, Writer};

    const HANDLE: Handle = Handle(3);

    fn begin() -> Load {
        let limits = crate::limits::of_values(&Config::default().settings, 0, 0);
        let (load, open) = Load::new(LoadFor::Boot, "dump.rdb".into(), HANDLE, Now::default(), &limits, true);
        assert_eq!(
            open,
            DiskOp::Open { path: "dump.rdb".into(), handle: HANDLE, create: false, truncate: false }
        );
        load
    }

    /// A file of a little more than one piece: auxiliary fields only.
    fn file() -> Vec<u8> {
        let mut writer = Writer::new(Options { compress: false, ..Options::default() });
        writer.begin();
        (0..1_100).for_each(|n: u32| writer.aux(n.to_string().as_bytes(), &[b'x'; 1_000]));
        writer.end();
        writer.take()
    }

    fn read(offset: u64) -> Next {
        Next::Disk(DiskOp::Read { handle: HANDLE, offset, len: READ_MAX })
    }

    fn take(load: &mut Load) -> Next {
        while load.reader.next_item().expect("a good file").is_some() {}
        load.taken()
    }

    #[test]
    fn a_file_is_read_piece_by_piece_and_closed() {
        let (mut load, bytes) = (begin(), file());
        let piece = READ_MAX as usize;
        assert_eq!(load.done(Ok(DiskOk::Done)), Next::Disk(DiskOp::Stat { path: "dump.rdb".into() }));
        assert_eq!(load.done(Ok(DiskOk::Stat(Some(bytes.len() as u64)))), read(0));
        assert!(!load.is_between_pieces());
        assert_eq!(load.done(Ok(DiskOk::Bytes(bytes[..piece].to_vec()))), Next::Take);
        assert_eq!(take(&mut load), read(piece as u64));
        assert!(load.is_between_pieces());
        assert_eq!(load.progress(), (piece as u64, bytes.len() as u64));
        assert_eq!(load.done(Ok(DiskOk::Bytes(bytes[piece..].to_vec()))), Next::Take);
        assert_eq!(take(&mut load), Next::Disk(DiskOp::Close { handle: HANDLE }));
        assert_eq!(load.done(Ok(DiskOk::Done)), Next::Whole);
    }

    #[test]
    fn a_missing_file_is_not_like_one_that_cannot_be_opened() {
        assert_eq!(begin().done(Err(DiskError::NotFound)), Next::Missing);
        let Next::Refuse(refusal) = begin().done(Err(DiskError::Denied)) else { panic!("it is refused") };
        let text = "Fatal error: can't open the RDB file dump.rdb for reading: Permission denied";
        assert_eq!(refusal.lines[0].text, text);
    }

    #[test]
    fn a_file_that_ends_too_early_or_cannot_be_read_is_refused() {
        for result in [Ok(DiskOk::Bytes(file()[..100].to_vec())), Err(DiskError::Io)] {
            let mut load = begin();
            load.done(Ok(DiskOk::Done));
            load.done(Err(DiskError::Io));
            assert_eq!(load.done(result), Next::Take);
            let Next::Refuse(refusal) = take(&mut load) else { panic!("it is refused") };
            assert!(!refusal.is_harmless);
            assert!(refusal.lines[0].text.starts_with("Short read or OOM loading DB."));
        }
    }
}

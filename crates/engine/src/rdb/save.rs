//! A save: what it is for, and how it goes.

use crate::keyspace::snapshot::Snapshot;
use crate::whole_file::{Step, WholeFile};
use resplay_base::{DiskError, Now, OpId};
use resplay_persistence::messages::{Line, rdb as messages};

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
    /// The file.
    pub file: WholeFile,
    /// The point in time of a save that is awaited: nothing changes meanwhile. The other kind is the dataset's.
    pub awaited: Option<Box<Snapshot>>,
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

/// Why a save came to nothing, for the log.
pub fn failure(file: &WholeFile, step: Step, why: DiskError) -> Line {
    let paths = file.paths();
    let (temporary, directory) = (&paths.temporary, paths.directory.as_deref().unwrap_or("."));
    match step {
        Step::Open => messages::cannot_open_temporary(temporary, directory, why),
        Step::Append { .. } | Step::SyncPart => messages::write_error("rdbSaveRio", why),
        Step::Sync => messages::write_error("fsync", why),
        Step::Close => messages::write_error("fclose", why),
        Step::Rename => messages::cannot_rename(temporary, &paths.file, directory, why),
        Step::SyncDir => messages::cannot_sync_directory(why),
    }
}

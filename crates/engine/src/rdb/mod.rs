//! RDB files: when the data is saved, how a file comes to its place, and reading it back. The format is
//! `resplay_persistence`'s, the point in time is [`crate::keyspace::snapshot`]'s.
//!
//! - [`Save`] (with [`crate::whole_file`]) and [`Load`] are the steps of a file: a disk operation's result in, what is to be
//!   done next out.
//! - `saving` and `loading` are what the server does about them.
//!
//! One save is under way at a time. A background save (BGSAVE, a save point) asks for a piece of the snapshot, appends it,
//! and asks for the next when that is done: in between the server serves its clients. All others are awaited, as in the
//! real servers: no client is served until the file is in its place.

mod intake;
mod load;
mod loading;
mod save;
mod saving;

use crate::config::Settings;
pub use intake::{Counts, Intake, Refusal};
pub use load::{Load, LoadFor};
use resplay_base::{DiskOp, Effect, Handle, Host, Mono, Now, OpId};
pub use save::{Purpose, Reload, Save};
pub(crate) use saving::{PIECE_BYTES, rdb_options, write_head};
use std::time::Duration;

/// Operations and handles of RDB files are numbered from here on: below are those of the append-only file.
const NUMBERS: u64 = 1 << 62;
/// After a background save failed, the next attempt waits so long.
const RETRY_DELAY_S: u64 = 5;

/// The state of RDB files.
#[derive(Clone, Debug)]
pub struct Rdb {
    /// The file being written.
    save: Option<Save>,
    /// The file being read.
    load: Option<Load>,
    /// The sources of libraries of functions that came in a file: the next file has them too.
    pub functions: Vec<Vec<u8>>,
    /// A background save shall begin as soon as it may.
    is_scheduled: bool,
    last_number: u64,
    /// What is known of the last saves.
    pub history: History,
}

/// What save points and INFO know of saves.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// `Dataset::dirty` as of the last snapshot that reached its place.
    saved_dirty: u64,
    /// When that was. The start counts as a save.
    pub saved_at: Now,
    /// When a background save was last begun.
    tried_at: Option<Now>,
    /// The last background save failed.
    pub has_failed: bool,
    /// How long the last background save took.
    pub took: Option<Duration>,
    /// SAVE and background saves since the last CONFIG RESETSTAT.
    pub saves: u64,
    /// The most memory that the last background save took besides the data, in bytes.
    pub extra_bytes: u64,
    /// What the last file that was read came to.
    pub read: Counts,
}

impl Rdb {
    /// Nothing was saved or read yet.
    pub fn new(started: Now) -> Rdb {
        Rdb {
            save: None,
            load: None,
            functions: Vec::new(),
            is_scheduled: false,
            last_number: NUMBERS,
            history: History { saved_at: started, ..History::default() },
        }
    }

    /// Whether an operation is one of RDB files.
    pub fn owns(op: OpId) -> bool {
        op.0 >= NUMBERS
    }

    /// Whether the process waits for a file, so that no command may run.
    pub fn is_awaiting(&self) -> bool {
        self.save.as_ref().is_some_and(|save| save.purpose.is_awaited())
            || self.load.as_ref().is_some_and(|load| load.purpose != LoadFor::Boot)
    }

    /// The reading at the start, while it goes on.
    pub fn loading(&self) -> Option<&Load> {
        self.load.as_ref()
    }

    /// The background save, while it goes on.
    pub fn background(&self) -> Option<&Save> {
        self.save.as_ref().filter(|save| !save.purpose.is_awaited())
    }

    /// Changes since the last save; `dirty` is the dataset's count.
    pub fn changes(&self, dirty: u64) -> u64 {
        dirty.saturating_sub(self.history.saved_dirty)
    }

    /// A background save shall begin as soon as it may.
    pub fn schedule(&mut self) {
        self.is_scheduled = true;
    }

    /// Why commands that write are refused, if they are: `stop-writes-on-bgsave-error`.
    pub fn refuses_writes(&self, settings: &Settings) -> bool {
        settings.stop_writes_on_bgsave_error && !settings.save.is_empty() && self.history.has_failed
    }

    /// When a background save is due by itself: the point that asks for it, and from when on; `dirty` is the dataset's
    /// count.
    fn due(&self, settings: &Settings, dirty: u64) -> Option<(Option<SavePoint>, Mono)> {
        if self.save.is_some() {
            return None;
        }
        if self.is_scheduled {
            return Some((None, self.may_try_at()));
        }
        let changes = self.changes(dirty);
        let reached = settings.save.iter().filter(|point| changes >= point.changes);
        let due = reached.map(|point| {
            let at = after_seconds(self.history.saved_at, point.seconds);
            (Some(*point), at.max(self.may_try_at()))
        });
        due.min_by_key(|(_, at)| *at)
    }

    fn may_try_at(&self) -> Mono {
        match self.history.tried_at.filter(|_| self.history.has_failed) {
            Some(tried_at) => after_seconds(tried_at, RETRY_DELAY_S),
            None => Mono(0),
        }
    }

    /// Starts a disk operation, and has the process wait for it if asked.
    fn start(&mut self, host: &mut dyn Host, what: DiskOp, is_awaited: bool) -> OpId {
        let op = OpId(self.number());
        host.effect(Effect::Disk { op, what });
        if is_awaited {
            host.effect(Effect::AwaitDisk { op });
        }
        op
    }

    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn handle(&mut self) -> Handle {
        Handle(self.number())
    }
}

/// A row of `save`: after so many seconds, if there were so many changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavePoint {
    /// More seconds than this must have passed since the last save.
    pub seconds: u64,
    /// So many changes, or more.
    pub changes: u64,
}

/// When the wall clock, which counts whole seconds, shows more than so many seconds since then.
fn after_seconds(then: Now, seconds: u64) -> Mono {
    let begun = then.wall.0.rem_euclid(1_000_000).unsigned_abs();
    then.mono + Duration::from_micros((seconds + 1) * 1_000_000 - begun)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use resplay_base::WallUs;

    fn now(millis: u64) -> Now {
        Now { mono: Mono(millis * 1_000_000), wall: WallUs(millis as i64 * 1_000) }
    }

    fn due_ms(rdb: &Rdb, dirty: u64) -> Option<u64> {
        let mut settings = Config::default().settings;
        settings.save =
            [(60, 10), (20, 1_000)].map(|(seconds, changes)| SavePoint { seconds, changes }).to_vec();
        rdb.due(&settings, dirty).map(|(_, at)| at.0 / 1_000_000)
    }

    #[test]
    fn a_save_point_is_due_when_more_than_its_seconds_have_passed_since_the_last_save() {
        let mut rdb = Rdb::new(now(1_300));
        assert_eq!(due_ms(&rdb, 9), None);
        assert_eq!(due_ms(&rdb, 10), Some(62_000), "the clock shows 1 and then 62");
        assert_eq!(due_ms(&rdb, 1_000), Some(22_000));
        rdb.history.saved_dirty = 991;
        assert_eq!(due_ms(&rdb, 1_000), None);
    }

    #[test]
    fn after_a_failure_the_next_attempt_waits_five_seconds() {
        let mut rdb = Rdb::new(now(0));
        rdb.history.tried_at = Some(now(100_000));
        assert_eq!(due_ms(&rdb, 10), Some(61_000));
        rdb.history.has_failed = true;
        assert_eq!(due_ms(&rdb, 10), Some(106_000));
        rdb.schedule();
        assert_eq!(due_ms(&rdb, 0), Some(106_000), "BGSAVE SCHEDULE waits as well");
    }
}

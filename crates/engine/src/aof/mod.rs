//! The append-only file: when bytes are appended, when they are synced, and what an error means. The file's
//! format is `resplay_persistence`'s; reading it back is [`load`]'s.
//!
//! The order is the real servers': what a batch of commands changed is appended when the batch is over
//! ([`Aof::flush`]), before any of its replies is sent. Under `always` the file is then synced and awaited, and
//! only then are replies sent. Under `everysec` a sync is started once a second in the background; while one is
//! under way, appends wait for it up to two seconds (the postponement rule), replies do not.

mod load;

use crate::config::Fsync;
use crate::log::{log, log_line};
use crate::propagation::Propagation;
pub use load::{Load, Next};
use resplay_base::{DiskDone, DiskError, DiskOk, DiskOp, Effect, Exit, Handle, Host, Mono, OpId};
use resplay_persistence::messages;
use resplay_resp::encode_request;
use std::time::Duration;

/// While a sync is under way, an append waits that long for it before it goes ahead all the same.
const POSTPONE_MAX: Duration = Duration::from_secs(2);
/// How often the file is synced under `everysec`, and how often a failed append is tried again.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// The state of the append-only file.
#[derive(Clone, Debug, Default)]
pub struct Aof {
    stage: Stage,
    /// Encoded commands not yet appended.
    buffer: Vec<u8>,
    /// The database that a reader of the file has selected so far.
    selected: Option<u32>,
    handle: Option<Handle>,
    append: Option<(OpId, u64)>,
    sync: Option<Sync>,
    /// Bytes in the file: appended, and known to be durable.
    size: u64,
    size_at_start: u64,
    synced: u64,
    last_sync: Mono,
    postponed: Option<Mono>,
    error: Option<DiskError>,
    retry_at: Option<Mono>,
    /// The process waits for the disk: no reply may be sent.
    is_awaiting: bool,
    last_op: u64,
    /// For INFO: appends that went ahead of an unfinished sync.
    pub delayed_syncs: u64,
}

/// What the append-only file is doing.
#[derive(Clone, Debug, Default)]
enum Stage {
    /// `appendonly no`.
    #[default]
    Off,
    /// Reading it back at the start.
    Loading(Box<Load>),
    /// Appending.
    On,
}

#[derive(Clone, Copy, Debug)]
struct Sync {
    op: OpId,
    /// The file's size when it began: so much is durable when it is done.
    covers: u64,
}

impl Aof {
    /// Names a disk operation.
    pub fn next_op(&mut self) -> OpId {
        self.last_op += 1;
        OpId(self.last_op)
    }

    /// Bytes waiting to be appended.
    pub fn buffered_bytes(&self) -> u64 {
        self.buffer.len() as u64
    }

    /// Whether commands are appended.
    pub fn is_on(&self) -> bool {
        matches!(self.stage, Stage::On)
    }

    /// Whether the file is being read back.
    pub fn is_loading(&self) -> bool {
        matches!(self.stage, Stage::Loading(_))
    }

    /// Takes the reading in progress out, to go on with it.
    pub fn take_load(&mut self) -> Option<Load> {
        match std::mem::take(&mut self.stage) {
            Stage::Loading(load) => Some(*load),
            other => {
                self.stage = other;
                None
            }
        }
    }

    /// The reading goes on with this operation. The process waits for it, as the real servers' does; only between
    /// the pieces of a long file does it look after its clients, to tell them that it is loading.
    pub fn read_on(&mut self, host: &mut dyn Host, load: Load, what: DiskOp) {
        let op = self.next_op();
        let is_long = matches!(what, DiskOp::Read { offset, .. } if offset > 0);
        host.effect(Effect::Disk { op, what });
        if !is_long {
            host.effect(Effect::AwaitDisk { op });
        }
        self.stage = Stage::Loading(Box::new(load));
    }

    /// From now on commands are appended to this open file, which has that many bytes.
    pub fn start(&mut self, handle: Handle, size: u64, now: Mono) {
        self.stage = Stage::On;
        self.handle = Some(handle);
        (self.size, self.synced, self.last_sync) = (size, size, now);
        self.size_at_start = size;
        self.selected = None;
    }

    /// The file's size, in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The file's size when the server started, in bytes.
    pub fn size_at_start(&self) -> u64 {
        self.size_at_start
    }

    /// Where the file ends when everything is appended, in bytes; zero while there is none.
    pub fn end(&self) -> u64 {
        self.size + self.buffer.len() as u64
    }

    /// How much of the file is durable, in bytes.
    pub fn durable(&self) -> u64 {
        self.synced
    }

    /// Whether a sync is under way in the background.
    pub fn is_syncing(&self) -> bool {
        self.sync.is_some()
    }

    /// Why writes are refused, if they are.
    pub fn write_error(&self) -> Option<DiskError> {
        self.error
    }

    /// Whether replies must wait for the disk.
    pub fn is_awaiting(&self) -> bool {
        self.is_awaiting
    }

    /// Takes over what an execution did, in MULTI and EXEC if it was more than one command.
    pub fn feed(&mut self, commands: &Propagation) {
        if !self.is_on() {
            return;
        }
        let is_transaction = commands.len() > 1;
        if is_transaction {
            encode_request(&mut self.buffer, &[b"MULTI"]);
        }
        for (db, encoded) in commands.iter() {
            self.select(db);
            self.buffer.extend_from_slice(encoded);
        }
        if is_transaction {
            encode_request(&mut self.buffer, &[b"EXEC"]);
        }
    }

    fn select(&mut self, db: u32) {
        if self.selected != Some(db) {
            encode_request(&mut self.buffer, &[b"SELECT", db.to_string().as_bytes()]);
            self.selected = Some(db);
        }
    }

    /// A batch of input is over: append what it did, and sync as the policy says.
    pub fn flush(&mut self, host: &mut dyn Host, policy: Fsync) {
        if !self.is_on() || self.is_awaiting {
            return;
        }
        let now = host.now().mono;
        if !self.buffer.is_empty() && self.may_append(host, now, policy) {
            self.append(host);
        } else if policy == Fsync::Everysec {
            self.sync_if_due(host, now);
        }
    }

    /// The postponement rule, and the pause between attempts after an error.
    fn may_append(&mut self, host: &mut dyn Host, now: Mono, policy: Fsync) -> bool {
        if self.retry_at.is_some_and(|at| now < at) {
            return false;
        }
        if policy != Fsync::Everysec || self.sync.is_none() {
            self.postponed = None;
            return true;
        }
        let since = *self.postponed.get_or_insert(now);
        if now.since(since) < POSTPONE_MAX {
            return false;
        }
        self.postponed = None;
        self.delayed_syncs += 1;
        log_line(host, messages::slow_fsync());
        true
    }

    fn append(&mut self, host: &mut dyn Host) {
        let Some(handle) = self.handle else { return };
        let op = self.next_op();
        let bytes = std::mem::take(&mut self.buffer);
        self.append = Some((op, bytes.len() as u64));
        // Kept until the disk has taken it: a full disk takes only part.
        self.buffer.clone_from(&bytes);
        host.effect(Effect::Disk { op, what: DiskOp::Append { handle, bytes } });
        self.wait_for(host, op);
    }

    fn wait_for(&mut self, host: &mut dyn Host, op: OpId) {
        host.effect(Effect::AwaitDisk { op });
        self.is_awaiting = true;
    }

    fn start_sync(&mut self, host: &mut dyn Host) -> OpId {
        let op = self.next_op();
        if let Some(handle) = self.handle {
            host.effect(Effect::Disk { op, what: DiskOp::Fsync { handle } });
        }
        self.sync = Some(Sync { op, covers: self.size });
        self.last_sync = host.now().mono;
        op
    }

    fn sync_if_due(&mut self, host: &mut dyn Host, now: Mono) {
        let is_due = now.since(self.last_sync) >= SYNC_EVERY;
        if is_due && self.synced < self.size && self.sync.is_none() {
            self.start_sync(host);
        }
    }

    /// A disk operation of the append-only file is over.
    pub fn disk_done(&mut self, host: &mut dyn Host, done: &DiskDone, policy: Fsync) {
        if let Some((op, asked)) = self.append
            && op == done.op
        {
            self.append = None;
            self.is_awaiting = false;
            self.appended(host, asked, &done.result, policy);
        } else if let Some(sync) = self.sync
            && sync.op == done.op
        {
            self.sync = None;
            self.is_awaiting = false;
            self.synced(host, sync, &done.result, policy);
        }
    }

    fn appended(
        &mut self,
        host: &mut dyn Host,
        asked: u64,
        result: &Result<DiskOk, DiskError>,
        policy: Fsync,
    ) {
        let (wrote, error) = match result {
            Ok(DiskOk::Wrote(n)) if *n < asked => (*n, Some(DiskError::NoSpace)),
            Ok(_) => (asked, None),
            Err(error) => (0, Some(*error)),
        };
        match error {
            None => self.append_succeeded(host, wrote, policy),
            Some(error) => self.append_failed(host, wrote, asked, error, policy),
        }
    }

    fn append_succeeded(&mut self, host: &mut dyn Host, wrote: u64, policy: Fsync) {
        self.size += wrote;
        self.forget_appended(wrote);
        if self.error.take().is_some() {
            log_line(host, messages::write_error_over());
        }
        self.retry_at = None;
        match policy {
            Fsync::Always => {
                let op = self.start_sync(host);
                self.wait_for(host, op);
            }
            Fsync::Everysec => {
                let now = host.now().mono;
                self.sync_if_due(host, now);
            }
            Fsync::No => {}
        }
    }

    fn forget_appended(&mut self, n: u64) {
        if n as usize == self.buffer.len() {
            self.buffer.clear();
        } else {
            self.buffer.drain(..n as usize);
        }
    }

    fn append_failed(
        &mut self,
        host: &mut dyn Host,
        wrote: u64,
        asked: u64,
        error: DiskError,
        policy: Fsync,
    ) {
        if wrote > 0 {
            log_line(host, messages::short_write(wrote, asked));
            self.take_back(host);
        } else {
            log_line(host, messages::write_error(error));
        }
        if policy == Fsync::Always {
            log_line(host, messages::cannot_recover());
            host.effect(Effect::Exit(Exit(1)));
            return;
        }
        self.error = Some(error);
        self.retry_at = Some(host.now().mono + SYNC_EVERY);
    }

    /// Half a command must not stay at the end: the next append would follow it.
    fn take_back(&mut self, host: &mut dyn Host) {
        let op = self.next_op();
        if let Some(handle) = self.handle {
            host.effect(Effect::Disk { op, what: DiskOp::Truncate { handle, len: self.size } });
        }
    }

    fn synced(&mut self, host: &mut dyn Host, sync: Sync, result: &Result<DiskOk, DiskError>, policy: Fsync) {
        match result {
            Ok(_) => self.synced = self.synced.max(sync.covers),
            Err(error) if policy == Fsync::Always => {
                log_line(host, messages::fsync_error(error));
                host.effect(Effect::Exit(Exit(1)));
            }
            Err(error) => {
                log(host, '#', &format!("Fail to fsync the AOF file: {error}"));
                self.error = Some(*error);
            }
        }
    }

    /// When the file next wants attention without any input.
    pub fn deadline(&self, policy: Fsync) -> Option<Mono> {
        if !self.is_on() || self.is_awaiting {
            return None;
        }
        let retry = self.retry_at.filter(|_| !self.buffer.is_empty());
        let postponed = self.postponed.map(|since| since + POSTPONE_MAX);
        let unsynced = policy == Fsync::Everysec && self.synced < self.size && self.sync.is_none();
        let sync = unsynced.then(|| self.last_sync + SYNC_EVERY);
        [retry, postponed, sync].into_iter().flatten().min()
    }

    /// Whether everything is in the file and durable.
    pub fn is_settled(&self) -> bool {
        !self.is_on() || (self.buffer.is_empty() && self.synced == self.size && !self.is_awaiting)
    }

    /// The process is about to end: append and sync whatever is left, and wait for it.
    pub fn settle(&mut self, host: &mut dyn Host) {
        if self.is_awaiting || self.is_settled() {
            return;
        }
        if !self.buffer.is_empty() {
            self.append(host);
        } else if let Some(sync) = self.sync {
            self.wait_for(host, sync.op);
        } else {
            let op = self.start_sync(host);
            self.wait_for(host, op);
        }
    }
}

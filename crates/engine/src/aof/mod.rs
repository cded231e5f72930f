//! The append-only file: when bytes are appended, when they are synced, and what an error means. The file's
//! format is `resplay_persistence`'s; reading it back is [`load`]'s.
//!
//! The order is the real servers': what a batch of commands changed is appended when the batch is over
//! ([`Aof::flush`]), before any of its replies is sent. Under `always` the file is then synced and awaited, and
//! only then are replies sent. Under `everysec` a sync is started once a second in the background; while one is
//! under way, appends wait for it up to two seconds (the postponement rule), replies do not.

mod files;
mod load;
mod loading;
mod rewrite;
mod rewriting;
mod script;

use crate::config::Fsync;
use crate::log::{log, log_line};
use crate::propagation::Propagation;
pub use files::Files;
pub use load::{Load, LoadFor, Next, Start};
pub use loading::Replayer;
use resplay_base::{DiskDone, DiskError, DiskOk, DiskOp, Effect, Exit, Handle, Host, Mono, OpId};
use resplay_persistence::{aof, messages};
use resplay_resp::encode_request;
pub use rewrite::AskedBy;
pub use rewriting::{Rewriting, fresh_base};
use script::Script;
use std::time::Duration;

/// While a sync is under way, an append waits that long for it before it goes ahead all the same.
const POSTPONE_MAX: Duration = Duration::from_secs(2);
/// How often the file is synced under `everysec`, and how often a failed append is tried again.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// The state of the append-only file.
#[derive(Clone, Debug, Default)]
pub struct Aof {
    stage: Stage,
    load: Option<Box<Load>>,
    /// Which files there are.
    pub files: Files,
    /// What replaces them now and then.
    pub rewriting: Rewriting,
    /// Encoded commands not yet appended.
    buffer: Vec<u8>,
    /// The database that a reader of the file has selected so far.
    selected: Option<u32>,
    /// The last second that was noted in the file (`aof-timestamp-enabled`).
    noted_s: i64,
    /// The file that is appended to.
    handle: Option<Handle>,
    /// The one before, as soon as it is durable.
    closing: Option<Handle>,
    append: Option<(OpId, u64)>,
    sync: Option<Sync>,
    sizes: Sizes,
    last_sync: Mono,
    postponed: Option<Mono>,
    write_error: Option<DiskError>,
    sync_error: Option<DiskError>,
    /// The process is about to end: what cannot be written now never will be.
    is_ending: bool,
    retry_at: Option<Mono>,
    /// The process waits for the disk: no reply may be sent.
    is_awaiting: bool,
    last_op: u64,
    /// For INFO: appends that went ahead of an unfinished sync.
    pub delayed_syncs: u64,
}

/// What the append-only file is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// `appendonly no`.
    #[default]
    Off,
    /// Turned on at run time: it takes the first rewrite to have all data.
    AwaitsBase,
    /// Whatever changes is in it.
    On,
}

/// Lengths, in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Sizes {
    /// Appended in all, whatever the file: what clients wait for is a place in this sequence.
    appended: u64,
    /// How much of that is durable.
    synced: u64,
    /// How much of it a sync was begun for: one that fails is not tried again until there is more, as in the real
    /// servers (and on a disk that drops what it could not write, another try would only seem to help).
    tried: u64,
    /// What was appended when the file was new.
    file_began: u64,
    /// Of the files before it.
    before: u64,
    /// Of all files when the last rewrite ended; of the base when the server started.
    after_rewrite: u64,
}

#[derive(Clone, Copy, Debug)]
struct Sync {
    op: OpId,
    /// What was appended when it began: so much is durable when it is done.
    covers: u64,
    /// It is the last of its file: what comes next is in another, and must not be durable before.
    is_last: bool,
}

/// How the file is written, as configured at the moment.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// `appendfsync`.
    pub fsync: Fsync,
    /// `no-appendfsync-on-rewrite`, while a snapshot is written: no sync now.
    pub holds_syncs: bool,
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

    /// Whether the file has all data and gets all changes.
    pub fn is_on(&self) -> bool {
        self.stage == Stage::On
    }

    /// `appendonly yes`, whether or not the file has all data yet.
    pub fn is_enabled(&self) -> bool {
        self.stage != Stage::Off
    }

    /// The reading in progress.
    pub fn loading(&self) -> Option<&Load> {
        self.load.as_deref()
    }

    /// Takes the reading in progress out, to go on with it.
    pub fn take_load(&mut self) -> Option<Load> {
        self.load.take().map(|load| *load)
    }

    /// The reading goes on with this operation. The process waits for it, as the real servers' does; only between
    /// the pieces of a long file at the start does it look after its clients, to tell them that it is loading.
    pub fn read_on(&mut self, host: &mut dyn Host, mut load: Load, what: DiskOp) {
        load.op = self.start_op(host, what);
        if load.purpose != LoadFor::Boot || !load.is_between_pieces() {
            host.effect(Effect::AwaitDisk { op: load.op });
        }
        self.load = Some(Box::new(load));
    }

    /// From now on commands are appended to the file that the reading ended with.
    pub fn start(&mut self, load: Load, now: Mono) {
        let (handle, len, base, all) = load.outcome();
        self.files = load.files;
        self.stage = Stage::On;
        self.handle = Some(handle);
        self.sizes = Sizes {
            appended: len,
            synced: len,
            tried: len,
            file_began: 0,
            before: all - len,
            after_rewrite: base,
        };
        self.last_sync = now;
        self.selected = None;
    }

    /// The lengths of all files together, and what they were after the last rewrite, in bytes.
    pub fn len(&self) -> (u64, u64) {
        let Sizes { appended, file_began, before, after_rewrite, .. } = self.sizes;
        (before + (appended - file_began), after_rewrite)
    }

    /// By how many percent the files have grown since the last rewrite.
    fn growth(&self) -> u64 {
        let (len, after_rewrite) = self.len();
        (u128::from(len) * 100 / u128::from(after_rewrite.max(1))).saturating_sub(100) as u64
    }

    /// Where what was appended will end when everything is.
    pub fn end(&self) -> u64 {
        self.sizes.appended + self.buffer.len() as u64
    }

    /// How much of what was appended is sure to come back after a crash.
    pub fn durable(&self) -> u64 {
        if self.is_on() { self.sizes.synced } else { 0 }
    }

    /// Whether a sync is under way in the background.
    pub fn is_syncing(&self) -> bool {
        self.sync.is_some()
    }

    /// Why writes are refused, if they are.
    pub fn error(&self) -> Option<DiskError> {
        self.sync_error.or(self.write_error)
    }

    /// Whether replies must wait for the disk.
    pub fn is_awaiting(&self) -> bool {
        self.is_awaiting
    }

    /// Takes over what an execution did, in MULTI and EXEC if it was more than one command; `second`: the time to
    /// note before it, if it is to be noted.
    pub fn feed(&mut self, commands: &Propagation, second: Option<i64>) {
        if self.handle.is_none() {
            return;
        }
        if let Some(second) = second.filter(|second| *second != self.noted_s) {
            aof::encode_timestamp(&mut self.buffer, second);
            self.noted_s = second;
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
    pub fn flush(&mut self, host: &mut dyn Host, policy: Policy) {
        if self.handle.is_none() || self.is_awaiting {
            return;
        }
        let now = host.now().mono;
        if !self.buffer.is_empty() && self.may_append(host, now, policy) {
            self.append(host);
        } else if policy.fsync == Fsync::Everysec && !policy.holds_syncs {
            self.sync_if_due(host, now);
        }
    }

    /// The postponement rule, and the pause between attempts after an error.
    fn may_append(&mut self, host: &mut dyn Host, now: Mono, policy: Policy) -> bool {
        if self.retry_at.is_some_and(|at| now < at) {
            return false;
        }
        let is_last = self.sync.map(|sync| sync.is_last);
        if is_last.is_none() || (policy.fsync != Fsync::Everysec && is_last == Some(false)) {
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
        self.sizes.tried = self.sizes.appended;
        self.sync = Some(Sync { op, covers: self.sizes.appended, is_last: false });
        self.last_sync = host.now().mono;
        op
    }

    /// From now on another file is appended to. The one before is synced and closed; until it is durable appends wait,
    /// or what is in the new file might outlast what came before it.
    pub fn change_file(&mut self, host: &mut dyn Host, to: Handle) {
        if let Some(old) = self.handle {
            match &mut self.sync {
                Some(sync) if sync.covers == self.sizes.appended => sync.is_last = true,
                _ if self.sizes.synced < self.sizes.appended => {
                    self.start_sync(host);
                    self.sync.iter_mut().for_each(|sync| sync.is_last = true);
                }
                _ => {}
            }
            self.closing = Some(old);
            self.close_if_durable(host);
        }
        let Sizes { appended, file_began, .. } = self.sizes;
        self.sizes.before += appended - file_began;
        self.sizes.file_began = appended;
        self.handle = Some(to);
        self.selected = None;
        self.noted_s = 0;
    }

    /// A rewrite made a base of so many bytes: the files before the one that is appended to are of the past.
    fn rewritten(&mut self, base_bytes: u64) {
        self.sizes.before = base_bytes;
        self.sizes.after_rewrite = self.len().0;
        if self.stage == Stage::AwaitsBase {
            self.stage = Stage::On;
        }
    }

    /// Appends what is to be appended at once, whatever the policy.
    pub fn append_now(&mut self, host: &mut dyn Host) {
        if !self.buffer.is_empty() {
            self.append(host);
        }
    }

    /// Nothing is appended any more. What was to be is, and is made durable: the process waits for that.
    fn stop(&mut self, host: &mut dyn Host) {
        self.stage = Stage::Off;
        let Some(handle) = self.handle.take() else { return };
        let bytes = std::mem::take(&mut self.buffer);
        self.sizes.appended += bytes.len() as u64;
        if !bytes.is_empty() {
            self.start_op(host, DiskOp::Append { handle, bytes });
        }
        let op = self.start_op(host, DiskOp::Fsync { handle });
        host.effect(Effect::AwaitDisk { op });
        self.start_op(host, DiskOp::Close { handle });
        self.forget_errors();
    }

    /// The first rewrite of a log that was turned on came to nothing: so did what was written meanwhile.
    fn forget_first(&mut self, host: &mut dyn Host) {
        self.buffer.clear();
        if let Some(handle) = self.handle.take() {
            self.start_op(host, DiskOp::Close { handle });
        }
        self.forget_errors();
    }

    /// There is no file: nothing is on its way to it, and nothing is wrong with it.
    fn forget_errors(&mut self) {
        let Sizes { appended, .. } = self.sizes;
        self.sizes = Sizes {
            appended,
            synced: appended,
            tried: appended,
            file_began: appended,
            before: 0,
            after_rewrite: 0,
        };
        (self.append, self.sync, self.closing) = (None, None, None);
        (self.write_error, self.sync_error) = (None, None);
        (self.retry_at, self.postponed) = (None, None);
        self.is_awaiting = false;
    }

    fn start_op(&mut self, host: &mut dyn Host, what: DiskOp) -> OpId {
        let op = self.next_op();
        host.effect(Effect::Disk { op, what });
        op
    }

    fn close_if_durable(&mut self, host: &mut dyn Host) {
        if self.sync.is_none()
            && let Some(handle) = self.closing.take()
        {
            self.start_op(host, DiskOp::Close { handle });
        }
    }

    fn sync_if_due(&mut self, host: &mut dyn Host, now: Mono) {
        let is_due = now.since(self.last_sync) >= SYNC_EVERY;
        if is_due && self.sizes.tried < self.sizes.appended && self.sync.is_none() {
            self.start_sync(host);
        }
    }

    /// A disk operation of the append-only file is over.
    pub fn disk_done(&mut self, host: &mut dyn Host, done: &DiskDone, policy: Policy) {
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
            self.synced(host, sync, &done.result, policy.fsync);
            self.close_if_durable(host);
        }
    }

    fn appended(
        &mut self,
        host: &mut dyn Host,
        asked: u64,
        result: &Result<DiskOk, DiskError>,
        policy: Policy,
    ) {
        let (wrote, error) = match result {
            Ok(DiskOk::Wrote(n)) if *n < asked => (*n, Some(DiskError::NoSpace)),
            Ok(_) => (asked, None),
            Err(error) => (0, Some(*error)),
        };
        match error {
            None => self.append_succeeded(host, wrote, policy),
            Some(error) => self.append_failed(host, wrote, asked, error, policy.fsync),
        }
    }

    fn append_succeeded(&mut self, host: &mut dyn Host, wrote: u64, policy: Policy) {
        self.sizes.appended += wrote;
        self.forget_appended(wrote);
        if self.write_error.take().is_some() {
            log_line(host, messages::write_error_over());
        }
        self.retry_at = None;
        match policy.fsync {
            _ if policy.holds_syncs => {}
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
        self.write_error = Some(error);
        self.retry_at = Some(host.now().mono + SYNC_EVERY);
        if self.is_ending {
            self.buffer.clear();
        }
    }

    /// Half a command must not stay at the end: the next append would follow it.
    fn take_back(&mut self, host: &mut dyn Host) {
        let op = self.next_op();
        let len = self.sizes.appended - self.sizes.file_began;
        if let Some(handle) = self.handle {
            host.effect(Effect::Disk { op, what: DiskOp::Truncate { handle, len } });
        }
    }

    fn synced(&mut self, host: &mut dyn Host, sync: Sync, result: &Result<DiskOk, DiskError>, policy: Fsync) {
        match result {
            Ok(_) => {
                self.sizes.synced = self.sizes.synced.max(sync.covers);
                self.sync_error = None;
            }
            Err(error) if policy == Fsync::Always => {
                log_line(host, messages::fsync_error(error));
                host.effect(Effect::Exit(Exit(1)));
            }
            Err(error) => {
                if self.sync_error.replace(*error).is_none() {
                    log(host, '#', &format!("Fail to fsync the AOF file: {error}"));
                }
            }
        }
    }

    /// When the file next wants attention without any input.
    pub fn deadline(&self, policy: Policy) -> Option<Mono> {
        if self.handle.is_none() || self.is_awaiting {
            return None;
        }
        let retry = self.retry_at.filter(|_| !self.buffer.is_empty());
        let postponed = self.postponed.map(|since| since + POSTPONE_MAX);
        let unsynced = policy.fsync == Fsync::Everysec
            && !policy.holds_syncs
            && self.sizes.tried < self.sizes.appended
            && self.sync.is_none();
        let sync = unsynced.then(|| self.last_sync + SYNC_EVERY);
        [retry, postponed, sync].into_iter().flatten().min()
    }

    /// The process is about to end: once more everything is written and synced, whatever happened before.
    pub fn begin_end(&mut self) {
        self.is_ending = true;
        self.sizes.tried = self.sizes.tried.min(self.sizes.synced);
    }

    /// The process does not end.
    pub fn give_up_end(&mut self) {
        self.is_ending = false;
    }

    /// Whether everything is in the file and durable, as far as that can be.
    pub fn is_settled(&self) -> bool {
        let is_tried = self.sizes.tried == self.sizes.appended && self.sync.is_none();
        self.handle.is_none() || (self.buffer.is_empty() && is_tried && !self.is_awaiting)
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

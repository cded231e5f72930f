//! What the server does about rewrites: beginning them, handing pieces over, what follows from their end; and turning the
//! append-only file on and off.

use super::load::FreshBase;
use super::rewrite::{AskedBy, Kind, Next, Plan, Rewrite};
use super::{Aof, Stage};
use crate::config::Config;
use crate::keyspace::Dataset;
use crate::keyspace::snapshot::{Form, Sink, Snapshot};
use crate::log::log_line;
use crate::memory;
use crate::rdb::{PIECE_BYTES, rdb_options, write_head};
use crate::server::{Server, adopt_settings};
use crate::state::State;
use resplay_base::{DiskDone, DiskOp, Effect, Handle, Host, Mono, Now, Work};
use resplay_persistence::messages::rewrite as messages;
use resplay_persistence::{aof, rdb};
use resplay_resp::Error;
use std::time::Duration;

/// After so many failures one after the other, there is a pause before the next attempt.
const FAILURES_WITHOUT_PAUSE: u64 = 3;
/// It doubles each time, up to this.
const LONGEST_PAUSE_MIN: u64 = 60;

/// One that cannot even begin is tried again so much later.
const TICK: Duration = Duration::from_millis(100);

/// What is known of rewrites.
#[derive(Clone, Debug, Default)]
pub struct Rewriting {
    current: Option<Rewrite>,
    /// One shall begin as soon as it may.
    is_scheduled: bool,
    /// None may begin before.
    paused_until: Option<Mono>,
    pause_min: u64,
    /// Begun since the last CONFIG RESETSTAT.
    pub begun: u64,
    /// How many of the last have failed one after the other.
    pub failures: u64,
    /// The last one failed.
    pub has_failed: bool,
    /// How long the last one took.
    pub took: Option<Duration>,
    /// The most memory that the last one took besides the data, in bytes.
    pub extra_bytes: u64,
}

impl Rewriting {
    /// When the rewrite began that is under way.
    pub fn began(&self) -> Option<Now> {
        self.current.as_ref().map(|rewrite| rewrite.began)
    }

    /// Whether one shall begin as soon as it may.
    pub fn is_scheduled(&self) -> bool {
        self.is_scheduled
    }

    /// Whether nobody is served until it goes on.
    pub fn is_awaited(&self) -> bool {
        self.current.as_ref().is_some_and(Rewrite::is_awaited)
    }

    /// One shall begin as soon as it may.
    fn schedule(&mut self) {
        self.is_scheduled = true;
    }

    /// Somebody wants one: however often the last have failed, one shall begin as soon as it may.
    pub fn schedule_at_once(&mut self) {
        (self.failures, self.paused_until, self.pause_min) = (0, None, 0);
        self.schedule();
    }

    fn note_failure(&mut self, host: &mut dyn Host) {
        self.has_failed = true;
        self.failures += 1;
        if self.failures >= FAILURES_WITHOUT_PAUSE {
            self.pause_min = (self.pause_min * 2).clamp(1, LONGEST_PAUSE_MIN);
            self.paused_until = Some(host.now().mono + Duration::from_secs(60 * self.pause_min));
            log_line(host, messages::limited(self.pause_min));
        }
    }

    fn note_success(&mut self) {
        *self = Rewriting {
            has_failed: false,
            failures: 0,
            paused_until: None,
            pause_min: 0,
            ..std::mem::take(self)
        };
    }
}

/// The base of a server without data, as configured.
pub fn fresh_base(state: &State, data: &Dataset, now: Now) -> FreshBase {
    let settings = &state.config.settings;
    let temporary = state.root.path(&format!("temp-rewriteaof-{}.aof", state.identity.pid));
    let mut bytes = Vec::new();
    if settings.aof_use_rdb_preamble {
        let mut writer = rdb::Writer::new(rdb_options(settings));
        write_head(&mut writer, now.wall, memory::of(data), true, &[]);
        writer.end();
        bytes = writer.take();
    } else if settings.aof_timestamp_enabled {
        aof::encode_timestamp(&mut bytes, now.wall.as_secs());
    }
    FreshBase { temporary, is_rdb: settings.aof_use_rdb_preamble, bytes }
}

impl State {
    /// Begins a rewrite; another one, and a background save, must have been ended before. The client, if there is one,
    /// hears of it when what is written meanwhile has its file.
    pub fn start_rewrite(&mut self, data: &mut Dataset, host: &mut dyn Host, asked_by: Option<AskedBy>) {
        let now = host.now();
        self.aof.rewriting.is_scheduled = false;
        self.aof.files.root = self.root.clone();
        data.snapshot = Some(Box::new(self.snapshot_for_base(data, now)));
        let settings = &self.config.settings;
        let plan = Plan {
            kind: match self.aof.stage {
                Stage::Off => Kind::Off,
                Stage::AwaitsBase => Kind::First,
                Stage::On => Kind::On,
            },
            is_rdb: settings.aof_use_rdb_preamble,
            pid: self.identity.pid,
            syncs_on_the_way: settings.aof_rewrite_incremental_fsync,
        };
        let rewrite = Rewrite::new(&plan, &mut self.aof.files, asked_by, now);
        self.aof.rewriting.current = Some(rewrite);
        if self.aof.is_settled() {
            self.begin_files(host);
        } else {
            self.aof.settle(host);
        }
    }

    fn snapshot_for_base(&self, data: &Dataset, now: Now) -> Snapshot {
        let settings = &self.config.settings;
        let form = match settings.aof_use_rdb_preamble {
            true => Form::Rdb(rdb_options(settings)),
            false => Form::Commands,
        };
        let mut snapshot = data.snapshot_of_now(form);
        match snapshot.head() {
            Sink::Rdb(head) => write_head(head, now.wall, memory::of(data), true, &self.rdb.functions),
            Sink::Commands(head) => {
                if settings.aof_timestamp_enabled {
                    head.timestamp(now.wall.as_secs());
                }
                self.rdb.functions.iter().for_each(|source| head.function(source));
            }
        }
        snapshot
    }

    /// What came before the rewrite is in its file.
    fn begin_files(&mut self, host: &mut dyn Host) {
        let Some(mut rewrite) = self.aof.rewriting.current.take() else { return };
        let (line, next) = rewrite.begin(&mut self.aof.files);
        line.into_iter().for_each(|line| log_line(host, line));
        if let Next::Disk(what) = next {
            self.aof.rewrite_on(host, rewrite, what);
        }
    }

    /// Whether something is written in the background, of which there is one at a time.
    pub fn is_writing_in_background(&self) -> bool {
        self.rdb.background().is_some() || self.aof.rewriting.current.is_some()
    }

    /// When a rewrite is due by itself, and by how much the file has grown if that is why.
    pub fn rewrite_due(&self) -> Option<(Option<u64>, Mono)> {
        let rewriting = &self.aof.rewriting;
        if self.is_writing_in_background() || self.is_loading() {
            return None;
        }
        let from = rewriting.paused_until.unwrap_or(Mono(0));
        if rewriting.is_scheduled {
            return Some((None, from));
        }
        let settings = &self.config.settings;
        let percentage = settings.auto_aof_rewrite_percentage;
        let is_long = self.aof.is_on() && self.aof.len().0 > settings.auto_aof_rewrite_min_size;
        let growth = self.aof.growth();
        (percentage > 0 && is_long && growth >= percentage).then_some((Some(growth), from))
    }

    /// Begins a rewrite if it is due.
    pub fn rewrite_if_due(&mut self, data: &mut Dataset, host: &mut dyn Host) {
        let now = host.now().mono;
        let Some((growth, _)) = self.rewrite_due().filter(|(_, at)| *at <= now) else { return };
        if let Some(growth) = growth {
            log_line(host, messages::automatic(growth));
        }
        self.start_rewrite(data, host, None);
    }

    /// Gives up the rewrite that is under way, if its base is not yet made.
    pub fn end_rewrite(&mut self, data: &mut Dataset, host: &mut dyn Host) {
        let Some(rewrite) = self.aof.rewriting.current.take_if(|rewrite| rewrite.needs_snapshot()) else {
            return;
        };
        log_line(host, messages::killed(self.identity.pid));
        data.snapshot = None;
        for what in rewrite.clean_up(&self.aof.files) {
            self.aof.start_op(host, what);
        }
    }

    /// SHUTDOWN: gives up a rewrite; false if without it there is no log, unless the end `is_forced`.
    pub fn kill_rewrite(&mut self, data: &mut Dataset, host: &mut dyn Host, is_forced: bool) -> bool {
        if self.aof.rewriting.current.as_ref().is_some_and(Rewrite::needs_snapshot) {
            if self.aof.stage == Stage::AwaitsBase {
                log_line(host, messages::shutdown_meets_first(is_forced));
                if !is_forced {
                    return false;
                }
            }
            log_line(host, messages::killed_by_shutdown());
            self.end_rewrite(data, host);
        }
        if self.aof.is_enabled() {
            log_line(host, messages::final_sync());
        }
        true
    }

    /// `appendonly yes`: begins the rewrite without which the file would not have all data. `asked_by` is nobody within a
    /// transaction, which cannot wait. Whether whoever asked has to wait.
    pub fn turn_on_aof(
        &mut self,
        data: &mut Dataset,
        host: &mut dyn Host,
        asked_by: Option<AskedBy>,
    ) -> bool {
        self.aof.stage = Stage::AwaitsBase;
        if self.rdb.background().is_some() {
            log_line(host, messages::enabled_while_busy());
        } else if asked_by.is_none() {
            log_line(host, messages::enabled_in_transaction());
        } else {
            if self.aof.rewriting.current.is_some() {
                log_line(host, messages::enabled_while_rewriting());
                self.end_rewrite(data, host);
            }
            self.start_rewrite(data, host, asked_by);
            return true;
        }
        self.aof.rewriting.schedule();
        false
    }

    /// `appendonly no`: what was done is written and made durable, and nothing more.
    pub fn turn_off_aof(&mut self, data: &mut Dataset, host: &mut dyn Host) {
        if self.aof.rewriting.is_scheduled {
            log_line(host, messages::disabled_while_scheduled());
            self.aof.rewriting.is_scheduled = false;
        }
        self.aof.stop(host);
        data.propagation.is_on = false;
        self.end_rewrite(data, host);
    }
}

impl Aof {
    /// The rewrite goes on with this operation. Nobody is served until the incremental file is there.
    fn rewrite_on(&mut self, host: &mut dyn Host, mut rewrite: Rewrite, what: DiskOp) {
        rewrite.op = self.start_op(host, what);
        if rewrite.is_awaited() {
            host.effect(Effect::AwaitDisk { op: rewrite.op });
        }
        self.rewriting.current = Some(rewrite);
    }
}

impl Server {
    /// A disk operation of the append-only file is over that may be one of a rewrite, or one that a rewrite waits for.
    pub(crate) fn rewrite_done(&mut self, host: &mut dyn Host, done: &DiskDone) {
        let rewriting = &mut self.state.aof.rewriting;
        if let Some(mut rewrite) = rewriting.current.take_if(|rewrite| rewrite.op == done.op) {
            let (lines, next) = rewrite.done(&mut self.state.aof.files, done.result.clone());
            lines.into_iter().for_each(|line| log_line(host, line));
            self.rewrite_goes_on(host, rewrite, next);
        } else if rewriting.current.as_ref().is_some_and(Rewrite::is_draining) {
            self.drained(host);
        }
    }

    /// What came before the rewrite went to its file, or could not.
    fn drained(&mut self, host: &mut dyn Host) {
        let aof = &mut self.state.aof;
        if aof.is_awaiting() {
            return;
        }
        if aof.write_error.is_some()
            && let Some(rewrite) = aof.rewriting.current.take()
        {
            self.rewrite_failed(host, rewrite, Vec::new());
        } else if aof.is_settled() {
            self.state.begin_files(host);
        } else {
            aof.settle(host);
        }
    }

    fn rewrite_goes_on(&mut self, host: &mut dyn Host, mut rewrite: Rewrite, next: Next) {
        let aof = &mut self.state.aof;
        match next {
            Next::Disk(what) => aof.rewrite_on(host, rewrite, what),
            Next::Begun(handle) => self.rewrite_begun(host, rewrite, handle),
            Next::Piece => {
                let (bytes, is_last) = self.data.snapshot_piece(PIECE_BYTES);
                host.charge(Work { bytes: bytes.len() as u64, ..Work::default() });
                let what = rewrite.append(bytes, is_last);
                aof.rewrite_on(host, rewrite, what);
            }
            Next::Published(bytes) => self.rewrite_published(host, rewrite, bytes),
            Next::Done => {
                aof.rewriting.took = Some(host.now().mono.since(rewrite.began.mono));
                log_line(host, messages::finished());
            }
            Next::Failed(clean_up) => self.rewrite_failed(host, rewrite, clean_up),
        }
    }

    fn rewrite_begun(&mut self, host: &mut dyn Host, mut rewrite: Rewrite, handle: Option<Handle>) {
        let aof = &mut self.state.aof;
        if let Some(handle) = handle {
            aof.change_file(host, handle);
            self.data.propagation.is_on = true;
        }
        log_line(host, messages::started(self.state.identity.pid));
        aof.rewriting.begun += 1;
        let asked_by = rewrite.asked_by.take();
        let open = rewrite.begin_base(&mut aof.files);
        aof.rewrite_on(host, rewrite, open);
        match asked_by {
            Some(AskedBy::Command(client)) => {
                self.finish_waiting(host, client, Ok("Background append only file rewriting started"));
            }
            Some(AskedBy::Config(client, _)) => self.finish_waiting(host, client, Ok("OK")),
            None => {}
        }
    }

    fn rewrite_published(&mut self, host: &mut dyn Host, mut rewrite: Rewrite, bytes: u64) {
        let aof = &mut self.state.aof;
        let snapshot = self.data.snapshot.take();
        aof.rewriting.extra_bytes = snapshot.map_or(0, |snapshot| snapshot.peak_bytes());
        aof.rewriting.note_success();
        aof.rewritten(bytes);
        let keeps_history = self.state.config.settings.aof_disable_auto_gc;
        let (lines, next) = rewrite.clean(&mut aof.files, keeps_history);
        lines.into_iter().for_each(|line| log_line(host, line));
        self.rewrite_goes_on(host, rewrite, next);
        self.serve_synced(host);
    }

    fn rewrite_failed(&mut self, host: &mut dyn Host, rewrite: Rewrite, clean_up: Vec<DiskOp>) {
        log_line(host, messages::failed());
        self.data.snapshot = None;
        let aof = &mut self.state.aof;
        for what in clean_up {
            aof.start_op(host, what);
        }
        aof.rewriting.took = Some(host.now().mono.since(rewrite.began.mono));
        if rewrite.is_begun() {
            aof.rewriting.note_failure(host);
        } else {
            aof.rewriting.has_failed = true;
            aof.rewriting.paused_until = Some(host.now().mono + TICK);
        }
        if aof.stage == Stage::AwaitsBase {
            aof.forget_first(host);
            self.data.propagation.is_on = false;
            aof.rewriting.schedule();
        }
        match rewrite.asked_by {
            Some(AskedBy::Command(client)) => {
                let why = "ERR Can't execute an AOF background rewriting. Please check the server logs for more \
                    information.";
                self.finish_waiting(host, client, Err(Error::Custom(why.to_string())));
            }
            Some(AskedBy::Config(client, before)) => self.aof_refused(host, client, *before),
            None => {}
        }
    }

    /// Nothing came of `appendonly yes`: everything is as it was.
    fn aof_refused(&mut self, host: &mut dyn Host, client: u64, before: Config) {
        log_line(host, messages::cannot_enable());
        let aof = &mut self.state.aof;
        aof.stage = Stage::Off;
        aof.rewriting.is_scheduled = false;
        self.state.config = before;
        adopt_settings(&mut self.data, &self.state);
        let why = "Unable to turn on AOF. Check server logs.".to_string();
        self.finish_waiting(host, client, Err(Error::ConfigSet("appendonly".into(), why)));
    }
}

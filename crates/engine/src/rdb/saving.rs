//! What the server does about saves: beginning them, handing pieces over, and what follows from their end.

use super::save::failure;
use super::{Purpose, Rdb, Save, SavePoint};
use crate::config::Settings;
use crate::info::VALKEY_VERSION;
use crate::keyspace::Dataset;
use crate::keyspace::snapshot::{Form, Sink};
use crate::log::{log, log_line};
use crate::memory;
use crate::server::Server;
use crate::state::State;
use crate::whole_file::{Next, Paths, WholeFile};
use resplay_base::{DiskDone, DiskOp, Effect, Host, Mono, OpId, WallUs, Work};
use resplay_persistence::messages::rdb as messages;
use resplay_persistence::rdb::{Options, Version, Writer};
use resplay_resp::Error;

/// A piece of a background save: what a client may have to wait for.
pub(crate) const PIECE_BYTES: usize = 64 << 10;
/// A piece of a save that everybody waits for anyway.
const LARGE_PIECE_BYTES: usize = 1 << 20;

/// What the real servers reply when a save fails: the log tells why.
fn bare_error() -> Error {
    Error::Custom("ERR".to_string())
}

impl State {
    /// Begins to save everything as it is now. A background save that is under way must have been ended before one
    /// begins that takes its place.
    pub fn start_save(&mut self, data: &mut Dataset, host: &mut dyn Host, purpose: Purpose) {
        let now = host.now();
        let settings = &self.config.settings;
        let mut snapshot = Box::new(data.snapshot_of_now(Form::Rdb(rdb_options(settings))));
        if let Sink::Rdb(head) = snapshot.head() {
            write_head(head, now.wall, memory::of(data), false, &self.rdb.functions);
        }
        let paths = Paths {
            temporary: self.root.path(&format!("temp-{}.rdb", self.identity.pid)),
            file: self.root.path(&settings.dbfilename),
            directory: Some(self.root.directory()),
        };
        let handle = self.rdb.handle();
        let (file, open) = WholeFile::new(paths, handle, settings.rdb_save_incremental_fsync);
        let history = &mut self.rdb.history;
        if matches!(purpose, Purpose::Background | Purpose::Command(_)) {
            history.saves += 1;
        }
        let mut awaited = None;
        if purpose == Purpose::Background {
            history.tried_at = Some(now);
            log_line(host, messages::background_started(self.identity.pid));
            data.snapshot = Some(snapshot);
        } else {
            awaited = Some(snapshot);
        }
        let save = Save { purpose, began: now, dirty: data.dirty, op: OpId(0), file, awaited };
        self.rdb.save_on(host, save, open);
    }

    /// Gives a background save up: something must be saved at once.
    pub fn end_background_save(&mut self, data: &mut Dataset, host: &mut dyn Host) {
        let Some(save) = self.drop_background_save(data, host) else { return };
        self.rdb.history.took = Some(host.now().mono.since(save.began.mono));
        log_line(host, messages::background_killed());
    }

    /// SHUTDOWN: as [`State::end_background_save`], in the words of the real servers.
    pub fn kill_background_save(&mut self, data: &mut Dataset, host: &mut dyn Host) {
        if self.rdb.background().is_some() {
            log_line(host, messages::kills_background());
            self.drop_background_save(data, host);
        }
    }

    fn drop_background_save(&mut self, data: &mut Dataset, host: &mut dyn Host) -> Option<Save> {
        let save = self.rdb.save.take_if(|save| !save.purpose.is_awaited())?;
        data.snapshot = None;
        self.rdb.clean_up(host, save.file.clean_up());
        Some(save)
    }

    /// When a background save is due by itself, and for what save point (`None`: BGSAVE asked for it); `dirty` is the
    /// dataset's count of changes.
    pub fn save_due(&self, dirty: u64) -> Option<(Option<SavePoint>, Mono)> {
        self.rdb
            .due(&self.config.settings, dirty)
            .filter(|_| !self.is_loading() && !self.is_writing_in_background())
    }

    /// Begins a background save if a save point or BGSAVE SCHEDULE asks for it now.
    pub fn save_if_due(&mut self, data: &mut Dataset, host: &mut dyn Host) {
        let now = host.now().mono;
        let Some((point, _)) = self.save_due(data.dirty).filter(|(_, at)| *at <= now) else { return };
        match point {
            Some(point) => log_line(host, messages::save_point(point.changes, point.seconds)),
            None => self.rdb.is_scheduled = false,
        }
        self.start_save(data, host, Purpose::Background);
    }
}

/// How files are written, as configured.
pub(crate) fn rdb_options(settings: &Settings) -> Options {
    Options { version: Version::V11, compress: settings.rdbcompression, checksum: settings.rdbchecksum }
}

/// What comes before all keys, as in Valkey's files; whether it is the base of an append-only file.
pub(crate) fn write_head(
    head: &mut Writer,
    now: WallUs,
    used_bytes: u64,
    is_aof_base: bool,
    functions: &[Vec<u8>],
) {
    head.begin();
    head.aux(b"valkey-ver", VALKEY_VERSION.as_bytes());
    head.aux(b"redis-bits", b"64");
    head.aux(b"ctime", now.as_secs().to_string().as_bytes());
    head.aux(b"used-mem", used_bytes.to_string().as_bytes());
    head.aux(b"aof-base", if is_aof_base { b"1" } else { b"0" });
    functions.iter().for_each(|source| head.function(source));
}

impl Rdb {
    /// The save goes on with this operation.
    fn save_on(&mut self, host: &mut dyn Host, mut save: Save, what: DiskOp) {
        save.op = self.start(host, what, save.purpose.is_awaited());
        self.save = Some(save);
    }

    /// Nobody waits for these operations, and nobody asks how they went.
    fn clean_up(&mut self, host: &mut dyn Host, operations: Vec<DiskOp>) {
        for what in operations {
            self.start(host, what, false);
        }
    }
}

impl Server {
    /// A disk operation of RDB files is over.
    pub(crate) fn rdb_done(&mut self, host: &mut dyn Host, done: DiskDone) {
        if let Some(save) = self.state.rdb.save.take_if(|save| save.op == done.op) {
            self.save_done(host, save, done);
        } else if let Some(load) = self.state.rdb.load.take_if(|load| load.op == done.op) {
            self.load_done(host, load, done);
        }
    }

    fn save_done(&mut self, host: &mut dyn Host, mut save: Save, done: DiskDone) {
        match save.file.done(done.result) {
            Next::Disk(what) => self.state.rdb.save_on(host, save, what),
            Next::Piece => {
                let (bytes, is_last) = match &mut save.awaited {
                    Some(snapshot) => self.data.piece_of(snapshot, LARGE_PIECE_BYTES),
                    None => self.data.snapshot_piece(PIECE_BYTES),
                };
                host.charge(Work { bytes: bytes.len() as u64, ..Work::default() });
                let what = save.file.append(bytes, is_last);
                self.state.rdb.save_on(host, save, what);
            }
            Next::Done => self.save_succeeded(host, &save),
            Next::Failed(step, why, clean_up) => {
                log_line(host, failure(&save.file, step, why));
                self.state.rdb.clean_up(host, clean_up);
                self.save_failed(host, &save);
            }
        }
    }

    fn save_succeeded(&mut self, host: &mut dyn Host, save: &Save) {
        log_line(host, messages::saved());
        let now = host.now();
        let history = &mut self.state.rdb.history;
        (history.saved_dirty, history.saved_at, history.has_failed) = (save.dirty, now, false);
        match save.purpose {
            Purpose::Background => {
                let snapshot = self.data.snapshot.take();
                history.extra_bytes = snapshot.map_or(0, |snapshot| snapshot.peak_bytes());
                history.took = Some(now.mono.since(save.began.mono));
                log_line(host, messages::background_done());
            }
            Purpose::Command(client) => self.finish_waiting(host, client, Ok("OK")),
            Purpose::Flush => {}
            Purpose::Shutdown => self.exit(host),
            Purpose::Reload(reload) => self.reload(host, reload),
        }
    }

    fn save_failed(&mut self, host: &mut dyn Host, save: &Save) {
        match save.purpose {
            Purpose::Background => {
                self.data.snapshot = None;
                let history = &mut self.state.rdb.history;
                history.has_failed = true;
                history.took = Some(host.now().mono.since(save.began.mono));
                log_line(host, messages::background_failed());
            }
            Purpose::Command(client) => self.finish_waiting(host, client, Err(bare_error())),
            Purpose::Reload(reload) => self.finish_waiting(host, reload.client, Err(bare_error())),
            Purpose::Flush => {}
            Purpose::Shutdown => self.final_save_failed(host),
        }
    }

    /// SHUTDOWN's save before the process ends.
    pub(crate) fn save_finally(&mut self, host: &mut dyn Host) {
        log_line(host, messages::final_save());
        self.state.start_save(&mut self.data, host, Purpose::Shutdown);
    }

    fn final_save_failed(&mut self, host: &mut dyn Host) {
        let is_forced = self.state.shutdown.is_some_and(|shutdown| shutdown.flags.force);
        log_line(host, messages::final_save_failed(is_forced));
        if is_forced {
            self.exit(host);
            return;
        }
        self.give_up_shutdown(host);
    }

    pub(crate) fn exit(&mut self, host: &mut dyn Host) {
        log(host, '#', "Valkey is now ready to exit, bye bye...");
        host.effect(Effect::Exit(resplay_base::Exit(0)));
    }
}

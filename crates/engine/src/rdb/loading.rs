//! What the server does about files that are read: at the start, and for DEBUG RELOAD.

use super::load::Next;
use super::{Counts, Load, LoadFor, Rdb, Refusal, Reload};
use crate::boot;
use crate::keyspace::Dataset;
use crate::limits;
use crate::log::log_line;
use crate::server::Server;
use crate::state::State;
use resplay_base::{DiskDone, DiskOp, Effect, Exit, Host};
use resplay_persistence::messages::rdb as messages;
use resplay_resp::Error;

impl State {
    /// Begins to read the file that `dbfilename` names.
    pub fn start_load(&mut self, data: &mut Dataset, host: &mut dyn Host, purpose: LoadFor) {
        data.is_loading = true;
        let settings = &self.config.settings;
        let limits = limits::of_values(settings, data.seed(), self.packed_threshold);
        let (file, verifies) = (self.root.path(&settings.dbfilename), settings.rdbchecksum);
        let handle = self.rdb.handle();
        let (mut load, open) = Load::new(purpose, file, handle, host.now(), &limits, verifies);
        load.intake.replaces = matches!(purpose, LoadFor::Reload(Reload { merges: true, .. }));
        self.rdb.history.read = Counts::default();
        self.rdb.load_on(host, load, open);
    }

    /// Begins to read the file for DEBUG RELOAD.
    pub fn start_reload(&mut self, data: &mut Dataset, host: &mut dyn Host, reload: Reload) {
        if reload.flushes {
            data.flush_before_reload();
        }
        self.start_load(data, host, LoadFor::Reload(reload));
    }
}

impl Rdb {
    /// The reading goes on with this operation. The process waits for it, except between the pieces of a long file at
    /// the start: then it looks after its clients, to tell them that it is loading.
    fn load_on(&mut self, host: &mut dyn Host, mut load: Load, what: DiskOp) {
        let is_awaited = load.purpose != LoadFor::Boot || !load.is_between_pieces();
        load.op = self.start(host, what, is_awaited);
        self.load = Some(load);
    }
}

impl Server {
    pub(super) fn load_done(&mut self, host: &mut dyn Host, mut load: Load, done: DiskDone) {
        let mut next = load.done(done.result);
        if next == Next::Take {
            next = match load.intake.take(&mut self.data, host, &mut load.reader) {
                Ok(_) => load.taken(),
                Err(refusal) => Next::Refuse(refusal),
            };
            self.state.rdb.history.read = load.intake.counts;
        }
        match next {
            Next::Disk(what) => self.state.rdb.load_on(host, load, what),
            Next::Missing => self.load_missing(host, &load),
            Next::Whole => self.load_succeeded(host, load),
            Next::Refuse(refusal) => self.load_refused(host, &load, refusal),
            Next::Take => unreachable!("what there was is taken"),
        }
    }

    fn load_missing(&mut self, host: &mut dyn Host, load: &Load) {
        self.data.is_loading = false;
        match load.purpose {
            LoadFor::Boot => self.boot_is_over(host),
            LoadFor::Reload(reload) => self.reload_failed(host, reload),
        }
    }

    fn load_succeeded(&mut self, host: &mut dyn Host, load: Load) {
        load.intake.finish(host);
        self.state.rdb.functions = load.intake.functions;
        self.data.is_loading = false;
        match load.purpose {
            LoadFor::Boot => {
                let seconds = host.now().mono.since(load.began.mono).as_secs_f64();
                log_line(host, messages::loaded(seconds));
                self.boot_is_over(host);
            }
            LoadFor::Reload(reload) => {
                log_line(host, messages::reloaded());
                self.finish_waiting(host, reload.client, Ok("OK"));
            }
        }
    }

    fn boot_is_over(&mut self, host: &mut dyn Host) {
        self.replayer = None;
        boot::ready(host, &self.state.config.settings);
    }

    /// A file that makes no sense ends the process, at the start in any case.
    fn load_refused(&mut self, host: &mut dyn Host, load: &Load, refusal: Refusal) {
        for line in refusal.lines {
            log_line(host, line);
        }
        match load.purpose {
            LoadFor::Reload(reload) if refusal.is_harmless => {
                self.data.is_loading = false;
                self.reload_failed(host, reload);
            }
            _ => {
                if refusal.is_harmless {
                    log_line(host, messages::cannot_load());
                }
                host.effect(Effect::Exit(Exit(1)));
            }
        }
    }

    /// DEBUG RELOAD: the data is in the file now, if it was to be saved.
    pub(crate) fn reload(&mut self, host: &mut dyn Host, reload: Reload) {
        self.data.begin(host.now(), 0);
        self.state.start_reload(&mut self.data, host, reload);
    }

    fn reload_failed(&mut self, host: &mut dyn Host, reload: Reload) {
        let why = "ERR Error trying to load the RDB dump, check server logs.";
        self.finish_waiting(host, reload.client, Err(Error::Custom(why.to_string())));
    }
}

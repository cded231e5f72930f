//! What the server does about files that are read: at the start, and for DEBUG RELOAD.

use super::load::{Next, Refusal};
use super::{Counts, Load, LoadFor, Rdb, Reload};
use crate::boot;
use crate::keyspace::Dataset;
use crate::limits;
use crate::log::log_line;
use crate::server::Server;
use crate::state::State;
use resplay_base::journal::Event;
use resplay_base::{DiskDone, DiskOp, Effect, Exit, Host, Work};
use resplay_persistence::aof;
use resplay_persistence::messages::rdb as messages;
use resplay_persistence::rdb::{Checksum, Item, Key};
use resplay_resp::Error;

/// So many empty keys are named in the log.
const EMPTY_KEYS_TOLD: u64 = 10;

impl State {
    /// Begins to read the file that `dbfilename` names.
    pub fn start_load(&mut self, data: &mut Dataset, host: &mut dyn Host, purpose: LoadFor) {
        data.is_loading = true;
        let settings = &self.config.settings;
        let limits = limits::of_values(settings, data.seed(), self.packed_threshold);
        let (file, verifies) = (self.rdb.path(&settings.dbfilename), settings.rdbchecksum);
        let handle = self.rdb.handle();
        let (load, open) = Load::new(purpose, file, handle, host.now(), &limits, verifies);
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
            next = match self.take_items(host, &mut load) {
                Ok(()) => load.taken(),
                Err(refusal) => Next::Refuse(refusal),
            };
            self.state.rdb.history.read = load.counts;
        }
        match next {
            Next::Disk(what) => self.state.rdb.load_on(host, load, what),
            Next::Missing => self.load_missing(host, &load),
            Next::Whole => self.load_succeeded(host, load),
            Next::Refuse(refusal) => self.load_refused(host, &load, refusal),
            Next::Take => unreachable!("what there was is taken"),
        }
    }

    fn take_items(&mut self, host: &mut dyn Host, load: &mut Load) -> Result<(), Refusal> {
        self.data.begin(load.began, 0);
        let before = load.counts.loaded;
        while let Some(item) = load.reader.next_item()? {
            self.take_item(host, load, item)?;
        }
        host.charge(Work { elements: load.counts.loaded - before, ..Work::default() });
        Ok(())
    }

    fn take_item(&mut self, host: &mut dyn Host, load: &mut Load, item: Item) -> Result<(), Refusal> {
        match item {
            Item::Aux { name, value } => {
                if name == b"used-mem" {
                    load.used_bytes = String::from_utf8_lossy(&value).parse().unwrap_or_default();
                }
                let line = messages::aux(&name, &value, load.began.wall.as_secs());
                line.into_iter().for_each(|line| log_line(host, line));
            }
            Item::SelectDb(db) => {
                let databases = self.data.databases();
                let known = u32::try_from(db).ok().filter(|db| *db < databases);
                load.db = known.ok_or_else(|| Refusal {
                    lines: vec![messages::too_few_databases(databases)],
                    is_harmless: false,
                })?;
            }
            Item::ResizeDb { .. } => {}
            Item::Key(key) => self.take_key(load, key)?,
            Item::EmptyKey(key) => {
                load.counts.empty += 1;
                if load.counts.empty <= EMPTY_KEYS_TOLD {
                    log_line(host, messages::empty_key(&key));
                }
            }
            Item::Function(source) => load.functions.push(source),
            Item::End(Checksum::Off) => log_line(host, messages::no_checksum()),
            Item::End(_) => {}
        }
        Ok(())
    }

    /// A key whose time was over when the reading began is left out.
    fn take_key(&mut self, load: &mut Load, key: Key) -> Result<(), Refusal> {
        if key.expire_ms.is_some_and(|at_ms| at_ms < load.began.wall.as_millis()) {
            load.counts.expired += 1;
            return Ok(());
        }
        load.counts.loaded += 1;
        let (db, name) = (load.db, key.key.clone());
        let may_replace = matches!(load.purpose, LoadFor::Reload(Reload { merges: true, .. }));
        self.tell_loaded(db, &key, may_replace);
        if self.data.load(db, key) || may_replace {
            return Ok(());
        }
        Err(Refusal { lines: vec![messages::duplicate(&name, db)], is_harmless: false })
    }

    /// The journal has commands that make the key: whoever follows it knows no files.
    fn tell_loaded(&mut self, db: u32, key: &Key, may_be_there: bool) {
        if self.data.journal.is_none() {
            return;
        }
        let mut record = |argv: Vec<Vec<u8>>| self.data.record(|| Event::Loaded { db, argv });
        if may_be_there {
            record(vec![b"DEL".to_vec(), key.key.clone()]);
        }
        aof::rebuild(&key.key, &key.value, key.expire_ms, |words| {
            record(words.iter().map(|word| word.to_vec()).collect());
        });
    }

    fn load_missing(&mut self, host: &mut dyn Host, load: &Load) {
        self.data.is_loading = false;
        match load.purpose {
            LoadFor::Boot => self.boot_is_over(host),
            LoadFor::Reload(reload) => self.reload_failed(host, reload),
        }
    }

    fn load_succeeded(&mut self, host: &mut dyn Host, load: Load) {
        let Counts { loaded, expired, empty } = load.counts;
        log_line(host, messages::done(loaded, expired, empty));
        if !load.functions.is_empty() {
            log_line(host, messages::functions_kept(load.functions.len()));
        }
        self.state.rdb.functions = load.functions;
        self.data.is_loading = false;
        match load.purpose {
            LoadFor::Boot => {
                let seconds = host.now().mono.since(load.began.mono).as_secs_f64();
                log_line(host, messages::loaded(seconds));
                self.boot_is_over(host);
            }
            LoadFor::Reload(reload) => {
                log_line(host, messages::reloaded());
                self.finish_waiting(host, reload.client, Ok(()));
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

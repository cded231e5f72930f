//! What a server has besides its data and its clients.

use crate::aof::{Aof, Load, LoadFor, Policy};
use crate::blocking::Nudge;
use crate::commands::Table;
use crate::config::Config;
use crate::keyspace::Dataset;
use crate::keyspace::evict::Pool;
use crate::pubsub::PubSub;
use crate::rdb::Rdb;
use crate::root::Root;
use crate::slowlog::Slowlog;
use crate::stats::Stats;
use resplay_base::{Mono, Now, Random};
use std::collections::BTreeSet;

/// Everything that is neither data nor a client.
#[derive(Clone, Debug)]
pub struct State {
    /// Every parameter.
    pub config: Config,
    /// Counters.
    pub stats: Stats,
    /// Commands that took long.
    pub slowlog: Slowlog,
    /// The append-only file.
    pub aof: Aof,
    /// RDB files.
    pub rdb: Rdb,
    /// Where the files are.
    pub root: Root,
    /// Which commands there are.
    pub table: Table,
    /// Candidates for eviction.
    pub pool: Pool,
    /// For every choice a command makes.
    pub random: Random,
    /// Who this process is.
    pub identity: Identity,
    /// Eviction ran out of time and goes on at the next timer.
    pub is_evicting: bool,
    /// When the waiting of blocked clients ends: a time and a client id each.
    pub timeouts: BTreeSet<(Mono, u64)>,
    /// Clients that CLIENT UNBLOCK asked to wait no longer.
    pub nudges: Vec<(u64, Nudge)>,
    /// An element of a list of at least so many bytes has a node of its own (DEBUG QUICKLIST-PACKED-THRESHOLD); 0: one
    /// that is larger than a node may be.
    pub packed_threshold: usize,
    /// Subscriptions and messages on their way.
    pub pubsub: PubSub,
    /// Clients beyond their soft limit of output: when each will be closed.
    pub soft_limits: BTreeSet<(Mono, u64)>,
    /// Clients that WAITAOF lets wait for the append-only file, in the order in which they came.
    pub awaiting_sync: Vec<u64>,
    /// Somebody asked the process to end.
    pub shutdown: Option<Shutdown>,
}

/// Who this process is.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// 40 random hexadecimal digits, new at each start.
    pub run_id: String,
    /// The process id.
    pub pid: u32,
    /// When it started.
    pub started: Now,
    /// The configuration file's path, or nothing.
    pub config_file: String,
}

/// A request to end the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// Why, for the log.
    pub why: Why,
    /// How.
    pub flags: ShutdownFlags,
    /// What is written in the background was ended.
    pub is_begun: bool,
    /// The data is being saved for it.
    pub is_saving: bool,
}

/// How to end: the words of SHUTDOWN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShutdownFlags {
    /// Save, even if there are no save points.
    pub save: bool,
    /// Do not save, even if there are.
    pub no_save: bool,
    /// Do not wait for replicas, of which there are none.
    pub now: bool,
    /// End even if saving fails.
    pub force: bool,
}

impl ShutdownFlags {
    /// From the value of `shutdown-on-sigterm` or `shutdown-on-sigint`, which was checked when it was set.
    pub fn parse(words: &str) -> ShutdownFlags {
        let has = |flag: &str| words.split(' ').any(|word| word == flag);
        ShutdownFlags { save: has("save"), no_save: has("nosave"), now: has("now"), force: has("force") }
    }
}

/// Where a request to end came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The SHUTDOWN command.
    Command,
    /// SIGTERM or SIGINT.
    Signal,
}

impl State {
    /// Whether files are being read back at the start.
    pub fn is_loading(&self) -> bool {
        let is_booting = |load: &Load| !matches!(load.purpose, LoadFor::Debug(_));
        self.aof.loading().is_some_and(is_booting) || self.rdb.loading().is_some()
    }

    /// Whether the process waits for files, so that no command may run.
    pub fn awaits_files(&self) -> bool {
        let is_reloading = self.aof.loading().is_some_and(|load| matches!(load.purpose, LoadFor::Debug(_)));
        self.rdb.is_awaiting() || self.aof.rewriting.is_awaited() || is_reloading
    }

    /// What was done goes to the append-only file, if there is one.
    pub fn feed_aof(&mut self, data: &mut Dataset) {
        let second = data.now_ms().div_euclid(1000);
        let noted = self.config.settings.aof_timestamp_enabled.then_some(second);
        self.aof.feed(&data.propagation, noted);
        data.propagation.clear();
    }

    /// How the append-only file is to be written at the moment.
    pub fn aof_policy(&self, data: &Dataset) -> Policy {
        let settings = &self.config.settings;
        let holds_syncs = settings.no_appendfsync_on_rewrite && data.snapshot.is_some();
        Policy { fsync: settings.appendfsync, holds_syncs }
    }

    /// What a process with this configuration and seed starts from.
    pub fn new(config: Config, seed: u64) -> State {
        let mut random = Random::stream(seed, "commands");
        let run_id = (0..5).map(|_| format!("{:08x}", random.next_u32())).collect();
        State {
            config,
            stats: Stats::default(),
            slowlog: Slowlog::default(),
            aof: Aof::default(),
            rdb: Rdb::new(Now::default()),
            root: Root::default(),
            table: Table::new(),
            pool: Pool::default(),
            random,
            identity: Identity { run_id, ..Identity::default() },
            is_evicting: false,
            timeouts: BTreeSet::new(),
            nudges: Vec::new(),
            packed_threshold: 0,
            pubsub: PubSub::default(),
            soft_limits: BTreeSet::new(),
            awaiting_sync: Vec::new(),
            shutdown: None,
        }
    }
}

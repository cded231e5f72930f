//! What the server reads of its configuration, typed, so that a check costs a field access.

use super::Values;
use crate::keyspace::access::Stamps;
use crate::keyspace::notify;
use crate::rdb::SavePoint;
use crate::state::ShutdownFlags;
use resplay_resp::number;

/// What to remove when memory is over the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nothing: refuse what needs memory.
    NoEviction,
    /// The key not used for the longest time.
    AllkeysLru,
    /// The key used least often.
    AllkeysLfu,
    /// Any key.
    AllkeysRandom,
    /// The key with a time to live not used for the longest time.
    VolatileLru,
    /// The key with a time to live used least often.
    VolatileLfu,
    /// Any key with a time to live.
    VolatileRandom,
    /// The key that will expire first.
    VolatileTtl,
}

/// In the order in which the real servers name them.
const POLICIES: &[(&str, Policy)] = &[
    ("volatile-lru", Policy::VolatileLru),
    ("volatile-lfu", Policy::VolatileLfu),
    ("volatile-random", Policy::VolatileRandom),
    ("volatile-ttl", Policy::VolatileTtl),
    ("allkeys-lru", Policy::AllkeysLru),
    ("allkeys-lfu", Policy::AllkeysLfu),
    ("allkeys-random", Policy::AllkeysRandom),
    ("noeviction", Policy::NoEviction),
];

impl Policy {
    fn parse(word: &str) -> Policy {
        POLICIES.iter().find(|(name, _)| *name == word).map_or(Policy::NoEviction, |(_, policy)| *policy)
    }

    /// As `maxmemory-policy` spells it.
    pub fn name(self) -> &'static str {
        POLICIES.iter().find(|(_, policy)| *policy == self).map_or("noeviction", |(name, _)| name)
    }

    /// What it goes by.
    pub fn stamps(self) -> Stamps {
        match self {
            Policy::AllkeysLru | Policy::VolatileLru => Stamps::Idle,
            Policy::AllkeysLfu | Policy::VolatileLfu => Stamps::Frequency,
            _ => Stamps::Untold,
        }
    }

    /// It reads access stamps, so every key needs its own.
    pub fn needs_stamps(self) -> bool {
        self.stamps() != Stamps::Untold
    }
}

/// When the append-only file is synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fsync {
    /// Before any reply of the batch.
    Always,
    /// Once a second, in the background.
    Everysec,
    /// When the operating system likes.
    No,
}

impl Fsync {
    fn parse(word: &str) -> Fsync {
        match word {
            "always" => Fsync::Always,
            "no" => Fsync::No,
            _ => Fsync::Everysec,
        }
    }
}

/// Who may do something dangerous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Nobody.
    No,
    /// Everybody.
    Yes,
    /// Clients on this machine.
    Local,
}

impl Allowed {
    fn parse(word: &str) -> Allowed {
        match word {
            "yes" => Allowed::Yes,
            "local" => Allowed::Local,
            _ => Allowed::No,
        }
    }

    /// Whether a client may, given whether it is on this machine.
    pub fn permits(self, is_local: bool) -> bool {
        self == Allowed::Yes || (self == Allowed::Local && is_local)
    }
}

/// How much a class of clients may leave unread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutputLimit {
    /// Closed at once beyond this many bytes; zero: no limit.
    pub hard_bytes: u64,
    /// Closed when beyond this many bytes for `soft_secs`; zero: no limit.
    pub soft_bytes: u64,
    /// How long it may stay beyond `soft_bytes`, in seconds.
    pub soft_secs: u64,
}

/// The parameters that this server reads; the names are the parameters' own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named and documented as the parameters of the real servers")]
#[expect(clippy::struct_excessive_bools, reason = "each is a parameter of its own")]
pub struct Settings {
    pub databases: u32,
    pub maxclients: u64,
    pub maxmemory: u64,
    pub maxmemory_policy: Policy,
    pub maxmemory_samples: usize,
    pub maxmemory_eviction_tenacity: u32,
    pub appendonly: bool,
    pub appendfsync: Fsync,
    pub appendfilename: String,
    pub appenddirname: String,
    pub aof_disable_auto_gc: bool,
    pub aof_load_truncated: bool,
    pub aof_rewrite_incremental_fsync: bool,
    pub aof_timestamp_enabled: bool,
    pub aof_use_rdb_preamble: bool,
    pub auto_aof_rewrite_min_size: u64,
    pub auto_aof_rewrite_percentage: u64,
    pub no_appendfsync_on_rewrite: bool,
    pub dir: String,
    pub save: Vec<SavePoint>,
    pub dbfilename: String,
    pub rdbchecksum: bool,
    pub rdb_save_incremental_fsync: bool,
    pub stop_writes_on_bgsave_error: bool,
    pub shutdown_on_sigint: ShutdownFlags,
    pub shutdown_on_sigterm: ShutdownFlags,
    pub port: u16,
    pub bind: Vec<String>,
    pub unixsocket: String,
    pub protected_mode: bool,
    pub requirepass: Vec<u8>,
    pub enable_protected_configs: Allowed,
    pub timeout: u32,
    pub proto_max_bulk_len: u64,
    pub client_query_buffer_limit: u64,
    /// Normal clients, replicas, subscribers.
    pub client_output_buffer_limit: [OutputLimit; 3],
    pub slowlog_log_slower_than: i64,
    pub slowlog_max_len: u64,
    pub hz: u32,
    pub active_expire_effort: u32,
    /// Switched by DEBUG SET-ACTIVE-EXPIRE only.
    pub active_expire_enabled: bool,
    pub hash_max_listpack_entries: usize,
    pub hash_max_listpack_value: usize,
    pub set_max_intset_entries: usize,
    pub set_max_listpack_entries: usize,
    pub set_max_listpack_value: usize,
    pub zset_max_listpack_entries: usize,
    pub zset_max_listpack_value: usize,
    /// Positive: elements in a node; negative: a size class of a node.
    pub list_max_listpack_size: i32,
    pub stream_node_max_bytes: u64,
    pub stream_node_max_entries: u64,
    pub hll_sparse_max_bytes: usize,
    /// Classes of `keyspace::notify`.
    pub notify_keyspace_events: u32,
    pub enable_debug_command: Allowed,
    pub lazyfree_lazy_expire: bool,
    pub lazyfree_lazy_server_del: bool,
    pub rdbcompression: bool,
    pub lfu_log_factor: u32,
    pub lfu_decay_time: u32,
}

impl Settings {
    /// Reads them from values that were checked when they were set.
    pub(super) fn of(values: &Values, active_expire_enabled: bool) -> Settings {
        let read = Reader(values);
        Settings {
            databases: read.integer("databases"),
            maxclients: read.integer("maxclients"),
            maxmemory: read.memory("maxmemory"),
            maxmemory_policy: Policy::parse(&read.text("maxmemory-policy")),
            maxmemory_samples: read.integer("maxmemory-samples"),
            maxmemory_eviction_tenacity: read.integer("maxmemory-eviction-tenacity"),
            appendonly: read.flag("appendonly"),
            appendfsync: Fsync::parse(&read.text("appendfsync")),
            appendfilename: read.text("appendfilename"),
            appenddirname: read.text("appenddirname"),
            aof_disable_auto_gc: read.flag("aof-disable-auto-gc"),
            aof_load_truncated: read.flag("aof-load-truncated"),
            aof_rewrite_incremental_fsync: read.flag("aof-rewrite-incremental-fsync"),
            aof_timestamp_enabled: read.flag("aof-timestamp-enabled"),
            aof_use_rdb_preamble: read.flag("aof-use-rdb-preamble"),
            auto_aof_rewrite_min_size: read.memory("auto-aof-rewrite-min-size"),
            auto_aof_rewrite_percentage: read.integer("auto-aof-rewrite-percentage"),
            no_appendfsync_on_rewrite: read.flag("no-appendfsync-on-rewrite"),
            dir: read.text("dir"),
            save: read.save_points(),
            dbfilename: read.text("dbfilename"),
            rdbchecksum: read.flag("rdbchecksum"),
            rdb_save_incremental_fsync: read.flag("rdb-save-incremental-fsync"),
            stop_writes_on_bgsave_error: read.flag("stop-writes-on-bgsave-error"),
            shutdown_on_sigint: ShutdownFlags::parse(&read.text("shutdown-on-sigint")),
            shutdown_on_sigterm: ShutdownFlags::parse(&read.text("shutdown-on-sigterm")),
            port: read.integer("port"),
            bind: read.text("bind").split(' ').filter(|host| !host.is_empty()).map(str::to_string).collect(),
            unixsocket: read.text("unixsocket"),
            protected_mode: read.flag("protected-mode"),
            requirepass: values.get("requirepass").to_vec(),
            enable_protected_configs: Allowed::parse(&read.text("enable-protected-configs")),
            timeout: read.integer("timeout"),
            proto_max_bulk_len: read.memory("proto-max-bulk-len"),
            client_query_buffer_limit: read.memory("client-query-buffer-limit"),
            client_output_buffer_limit: read.output_limits(),
            slowlog_log_slower_than: read.integer("slowlog-log-slower-than"),
            slowlog_max_len: read.integer("slowlog-max-len"),
            hz: read.integer("hz"),
            active_expire_effort: read.integer("active-expire-effort"),
            active_expire_enabled,
            hash_max_listpack_entries: read.integer("hash-max-listpack-entries"),
            hash_max_listpack_value: read.memory("hash-max-listpack-value") as usize,
            set_max_intset_entries: read.integer("set-max-intset-entries"),
            set_max_listpack_entries: read.integer("set-max-listpack-entries"),
            set_max_listpack_value: read.integer("set-max-listpack-value"),
            zset_max_listpack_entries: read.integer("zset-max-listpack-entries"),
            zset_max_listpack_value: read.memory("zset-max-listpack-value") as usize,
            list_max_listpack_size: read.integer("list-max-listpack-size"),
            stream_node_max_bytes: read.memory("stream-node-max-bytes"),
            stream_node_max_entries: read.integer("stream-node-max-entries"),
            hll_sparse_max_bytes: read.memory("hll-sparse-max-bytes") as usize,
            notify_keyspace_events: notify::class::parse(&read.text("notify-keyspace-events")),
            enable_debug_command: Allowed::parse(&read.text("enable-debug-command")),
            lazyfree_lazy_expire: read.flag("lazyfree-lazy-expire"),
            lazyfree_lazy_server_del: read.flag("lazyfree-lazy-server-del"),
            rdbcompression: read.flag("rdbcompression"),
            lfu_log_factor: read.integer("lfu-log-factor"),
            lfu_decay_time: read.integer("lfu-decay-time"),
        }
    }
}

/// Reads canonical values; they were checked when set, so what does not parse is a wrong row.
struct Reader<'a>(&'a Values);

impl Reader<'_> {
    fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(self.0.get(name)).into_owned()
    }

    fn flag(&self, name: &str) -> bool {
        self.0.get(name) == b"yes"
    }

    fn integer<T: TryFrom<i64>>(&self, name: &str) -> T {
        let value = number::parse_i64(self.0.get(name)).and_then(|value| T::try_from(value).ok());
        value.unwrap_or_else(|| panic!("{name} does not fit its setting"))
    }

    fn memory(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or_else(|_| panic!("{name} is no number of bytes"))
    }

    fn save_points(&self) -> Vec<SavePoint> {
        let text = self.text("save");
        let numbers: Vec<u64> = text.split(' ').filter_map(|word| word.parse().ok()).collect();
        numbers.chunks_exact(2).map(|pair| SavePoint { seconds: pair[0], changes: pair[1] }).collect()
    }

    fn output_limits(&self) -> [OutputLimit; 3] {
        let text = self.text("client-output-buffer-limit");
        let words: Vec<u64> = text.split(' ').filter_map(|word| word.parse().ok()).collect();
        std::array::from_fn(|class| {
            let at = |n: usize| words.get(class * 3 + n).copied().unwrap_or_default();
            OutputLimit { hard_bytes: at(0), soft_bytes: at(1), soft_secs: at(2) }
        })
    }
}

//! Parameters of memory: limits, eviction, expiry, and when values change their encoding.

use super::super::directive::Directive;
use super::super::directive::Kind::{Bool, Enum, Integer, Memory, MemoryOrPercent, Word, Words};
use super::super::special;
use super::{INT_MAX, INT_MIN, LONG_MAX};

/// Sorted by name.
pub(super) const ROWS: &[Directive] = &[
    Directive::new("active-defrag-cycle-max", Integer(1, 99), "25"),
    Directive::new("active-defrag-cycle-min", Integer(1, 99), "1"),
    Directive::new("active-defrag-ignore-bytes", Memory(1, LONG_MAX), "104857600"),
    Directive::new("active-defrag-max-scan-fields", Integer(1, i64::MAX), "1000"),
    Directive::new("active-defrag-threshold-lower", Integer(0, 1000), "10"),
    Directive::new("active-defrag-threshold-upper", Integer(0, 1000), "100"),
    Directive::new("active-expire-effort", Integer(1, 10), "1").acts(),
    Directive::new("activedefrag", Word(special::active_defrag), "no"),
    Directive::new("activerehashing", Bool, "yes"),
    Directive::new("hash-max-listpack-entries", Integer(0, i64::MAX), "512")
        .alias("hash-max-ziplist-entries")
        .acts(),
    Directive::new("hash-max-listpack-value", Memory(0, LONG_MAX), "64")
        .alias("hash-max-ziplist-value")
        .acts(),
    Directive::new("hll-sparse-max-bytes", Memory(0, LONG_MAX), "3000").acts(),
    Directive::new("lazyfree-lazy-eviction", Bool, "yes"),
    Directive::new("lazyfree-lazy-expire", Bool, "yes").acts(),
    Directive::new("lazyfree-lazy-server-del", Bool, "yes").acts(),
    Directive::new("lazyfree-lazy-user-del", Bool, "yes"),
    Directive::new("lazyfree-lazy-user-flush", Bool, "yes"),
    Directive::new("lfu-decay-time", Integer(0, INT_MAX), "1").acts(),
    Directive::new("lfu-log-factor", Integer(0, INT_MAX), "10").acts(),
    Directive::new("list-compress-depth", Integer(0, INT_MAX), "0"),
    Directive::new("list-max-listpack-size", Integer(INT_MIN, INT_MAX), "-2")
        .alias("list-max-ziplist-size")
        .acts(),
    Directive::new("maxmemory", Memory(0, u64::MAX), "0").acts(),
    Directive::new("maxmemory-clients", MemoryOrPercent, "0"),
    Directive::new("maxmemory-eviction-tenacity", Integer(0, 100), "10").acts(),
    Directive::new(
        "maxmemory-policy",
        Enum(&[
            "volatile-lru",
            "volatile-lfu",
            "volatile-random",
            "volatile-ttl",
            "allkeys-lru",
            "allkeys-lfu",
            "allkeys-random",
            "noeviction",
        ]),
        "noeviction",
    )
    .acts(),
    Directive::new("maxmemory-samples", Integer(1, 64), "5").acts(),
    Directive::new("oom-score-adj", Word(special::oom_score_adj), "no"),
    Directive::new("oom-score-adj-values", Words(special::oom_score_adj_values), "0 200 800"),
    Directive::new("set-max-intset-entries", Integer(0, i64::MAX), "512").acts(),
    Directive::new("set-max-listpack-entries", Integer(0, i64::MAX), "128").acts(),
    Directive::new("set-max-listpack-value", Integer(0, i64::MAX), "64").acts(),
    Directive::new("stream-node-max-bytes", Memory(0, LONG_MAX), "4096").acts(),
    Directive::new("stream-node-max-entries", Integer(0, i64::MAX), "100").acts(),
    Directive::new("zset-max-listpack-entries", Integer(0, i64::MAX), "128")
        .alias("zset-max-ziplist-entries")
        .acts(),
    Directive::new("zset-max-listpack-value", Memory(0, LONG_MAX), "64")
        .alias("zset-max-ziplist-value")
        .acts(),
];

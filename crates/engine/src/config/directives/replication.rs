//! Parameters of replication.

use super::super::directive::Directive;
use super::super::directive::Kind::{Bool, Enum, Integer, Text, Word, Words};
use super::super::special;
use super::INT_MAX;

/// Sorted by name.
pub(super) const ROWS: &[Directive] = &[
    Directive::new("dual-channel-replication-enabled", Bool, "no"),
    Directive::new("min-replicas-max-lag", Integer(0, INT_MAX), "10").alias("min-slaves-max-lag"),
    Directive::new("min-replicas-to-write", Integer(0, INT_MAX), "0").alias("min-slaves-to-write"),
    Directive::new("primaryauth", Text, "").alias("masterauth").secret(),
    Directive::new("primaryuser", Text, "").alias("masteruser").secret(),
    Directive::new("repl-backlog-size", Word(special::backlog_size), "10485760"),
    Directive::new("repl-backlog-ttl", Integer(0, i64::MAX), "3600"),
    Directive::new("repl-disable-tcp-nodelay", Bool, "no"),
    Directive::new("repl-diskless-load", Enum(&["disabled", "on-empty-db", "swapdb"]), "disabled"),
    Directive::new("repl-diskless-sync", Bool, "yes"),
    Directive::new("repl-diskless-sync-delay", Integer(0, INT_MAX), "5"),
    Directive::new("repl-diskless-sync-max-replicas", Integer(0, INT_MAX), "0"),
    Directive::new("repl-ping-replica-period", Integer(1, INT_MAX), "10").alias("repl-ping-slave-period"),
    Directive::new("repl-timeout", Integer(1, INT_MAX), "60"),
    Directive::new("replica-announce-ip", Text, "").alias("slave-announce-ip"),
    Directive::new("replica-announce-port", Integer(0, 65_535), "0").alias("slave-announce-port"),
    Directive::new("replica-announced", Bool, "yes"),
    Directive::new("replica-ignore-disk-write-errors", Bool, "no"),
    Directive::new("replica-ignore-maxmemory", Bool, "yes").alias("slave-ignore-maxmemory"),
    Directive::new("replica-lazy-flush", Bool, "yes").alias("slave-lazy-flush"),
    Directive::new("replica-priority", Integer(0, INT_MAX), "100").alias("slave-priority"),
    Directive::new("replica-read-only", Bool, "yes").alias("slave-read-only"),
    Directive::new("replica-serve-stale-data", Bool, "yes").alias("slave-serve-stale-data"),
    Directive::new("replicaof", Words(special::replica_of), "").alias("slaveof").immutable(),
];

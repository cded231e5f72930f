//! Parameters of the append-only file and of snapshots.

use super::super::directive::Directive;
use super::super::directive::Kind::{Bool, Enum, Integer, Memory, Text, Word, Words};
use super::super::special;
use super::{INT_MAX, INT_MIN, LONG_MAX};

/// Sorted by name.
pub(super) const ROWS: &[Directive] = &[
    Directive::new("aof-disable-auto-gc", Bool, "no").hidden().acts(),
    Directive::new("aof-load-truncated", Bool, "yes").acts(),
    Directive::new("aof-rewrite-cpulist", Text, "").alias("aof_rewrite_cpulist").immutable(),
    Directive::new("aof-rewrite-incremental-fsync", Bool, "yes").acts(),
    Directive::new("aof-timestamp-enabled", Bool, "no").acts(),
    Directive::new("aof-use-rdb-preamble", Bool, "yes").acts(),
    Directive::new("appenddirname", Word(special::append_dir_name), "appendonlydir").immutable().acts(),
    Directive::new("appendfilename", Word(special::append_file_name), "appendonly.aof").immutable().acts(),
    Directive::new("appendfsync", Enum(&["everysec", "always", "no"]), "everysec").acts(),
    Directive::new("appendonly", Bool, "no").acts(),
    Directive::new("auto-aof-rewrite-min-size", Memory(0, LONG_MAX), "67108864").acts(),
    Directive::new("auto-aof-rewrite-percentage", Integer(0, INT_MAX), "100").acts(),
    Directive::new("dbfilename", Word(special::db_file_name), "dump.rdb").protected().acts(),
    Directive::new("dir", Text, ".").protected().acts(),
    Directive::new("key-load-delay", Integer(INT_MIN, INT_MAX), "0").hidden(),
    Directive::new("loading-process-events-interval-bytes", Integer(1024, INT_MAX), "2097152").hidden(),
    Directive::new("no-appendfsync-on-rewrite", Bool, "no").acts(),
    Directive::new("rdb-del-sync-files", Bool, "no"),
    Directive::new("rdb-key-save-delay", Integer(INT_MIN, INT_MAX), "0").hidden(),
    Directive::new("rdb-save-incremental-fsync", Bool, "yes").acts(),
    Directive::new("rdbchecksum", Bool, "yes").immutable().acts(),
    Directive::new("rdbcompression", Bool, "yes").acts(),
    Directive::new("sanitize-dump-payload", Enum(&["no", "yes", "clients"]), "no"),
    Directive::new("save", Words(special::save), "3600 1 300 100 60 10000").acts(),
    Directive::new("stop-writes-on-bgsave-error", Bool, "yes").acts(),
];

//! Files go both ways between this server and the real ones: Valkey loads the append-only files and RDB files that are
//! written here, and theirs load here; so do those of Redis 7.0, which takes the older forms. Hundreds of sets of data, of all
//! types, encodings and sizes, in several databases, some with a time to live, are the same data afterwards; the real
//! programs for checks accept every file. What is damaged is judged as by the real server.
//!
//! A set of data is one history that is loaded and compared on its own. `RESPLAY_INTERCHANGE_DATASETS` is how many there
//! are in all.

#[path = "support/bench.rs"]
#[expect(dead_code, reason = "nothing fails and nobody ends here")]
mod bench;
#[path = "interchange/damaged.rs"]
mod damaged;
#[path = "interchange/datasets.rs"]
mod datasets;
#[path = "interchange/logs.rs"]
mod logs;
#[path = "interchange/rdb.rs"]
mod rdb;
#[path = "support/rdb_files.rs"]
mod rdb_files;
#[path = "support/real.rs"]
mod real;
#[path = "support/switch.rs"]
mod switch;
#[path = "interchange/timestamps.rs"]
mod timestamps;

//! RDB files between us and the real servers, in both directions: what they save is read, what is written from that is
//! accepted by their programs and gives them the same data (DEBUG DIGEST); and DUMP gives the same bytes.
//!
//! `RESPLAY_RDB_DATASETS` is how many random sets of data are tried.

#[path = "support/rdb_files.rs"]
mod rdb_files;
#[path = "support/real.rs"]
mod real;
#[path = "support/switch.rs"]
mod switch;

use rdb_files::{Keyed, LIMITS, read, write};
use real::Real;
use resplay_conform::random::history;
use resplay_persistence::rdb::{Version, dump, restore};
use resplay_resp::Reply;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

const DATASETS: u64 = 60;
const COMMANDS: usize = 400;

/// What [`rdb_files::LIMITS`] says, for the servers.
const ARGS: &[&str] = &[
    "--save",
    "",
    "--enable-debug-command",
    "yes",
    "--list-max-listpack-size",
    "5",
    "--set-max-intset-entries",
    "6",
    "--zset-max-listpack-entries",
    "5",
    "--zset-max-listpack-value",
    "20",
    "--hash-max-listpack-entries",
    "5",
    "--hash-max-listpack-value",
    "20",
    "--stream-node-max-entries",
    "3",
];
const VALKEY_ARGS: &[&str] = &["--set-max-listpack-entries", "5", "--set-max-listpack-value", "20"];

/// Commands that make data and wait for nothing.
const MAKERS: &[&str] = &[
    "APPEND",
    "COPY",
    "DEL",
    "GEOADD",
    "HDEL",
    "HINCRBY",
    "HSET",
    "INCR",
    "INCRBYFLOAT",
    "LINSERT",
    "LPOP",
    "LPUSH",
    "LREM",
    "LSET",
    "LTRIM",
    "PFADD",
    "RENAME",
    "RPOP",
    "RPUSH",
    "SADD",
    "SELECT",
    "SET",
    "SETBIT",
    "SETRANGE",
    "SREM",
    "SUNIONSTORE",
    "XACK",
    "XADD",
    "XCLAIM",
    "XDEL",
    "XGROUP",
    "XTRIM",
    "ZADD",
    "ZINCRBY",
    "ZREM",
    "ZUNIONSTORE",
];

/// A real server with its program for checks.
struct Checked {
    real: Real,
    check: &'static str,
}

impl Checked {
    fn start(program: &str, version: &str, check: &'static str, more: &[&str]) -> Option<Checked> {
        let real = Real::start(program, version, &[ARGS, more].concat())?;
        Some(Checked { real, check })
    }

    /// Random data; commands that fail are no matter.
    fn fill(&mut self, seed: u64) {
        self.real.do_it(&[b"FLUSHALL"]);
        let is_maker = |name: &str| MAKERS.contains(&name.to_ascii_uppercase().as_str());
        let steps = history(seed, COMMANDS, None, &is_maker);
        let mut commands: Vec<_> = steps.into_iter().map(|step| step.words).collect();
        for consumer in ["one", "two"] {
            let read = format!("XREADGROUP GROUP g {consumer} COUNT 3 STREAMS stream >");
            for line in ["XADD stream * f v", "XADD stream * f v", "XGROUP CREATE stream g 0", &read] {
                commands.push(line.split(' ').map(|word| word.as_bytes().to_vec()).collect());
            }
        }
        self.real.ask_each(&commands);
        for database in [b"2", b"1", b"0"] {
            self.real.do_it(&[b"SELECT", database]);
            self.set_times();
        }
    }

    /// Some keys live very long, the others for ever: none dies while it is compared.
    fn set_times(&mut self) {
        let keys = self.real.ask(&[b"KEYS", b"*"]);
        for (n, key) in keys.as_slice().unwrap_or_default().iter().enumerate() {
            let key = key.as_bytes().expect("a key");
            match n % 3 {
                0 => self.real.ask(&[b"PEXPIREAT", key, b"33333333333333"]),
                _ => self.real.ask(&[b"PERSIST", key]),
            };
        }
    }

    /// Saves, and gives what is in the file, by database.
    fn saved(&mut self) -> Vec<(u64, Keyed)> {
        read(&self.real.saved())
    }

    /// Has the program for checks look at a file, and the server load it; then the digest.
    fn load(&mut self, file: &[u8]) -> Reply {
        let path = self.real.file();
        fs::write(&path, file).expect("the file");
        let output = Command::new(self.check).arg(&path).output().expect("it is installed with the server");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{} says: {said}", self.check);
        self.real.read(file);
        self.digest()
    }

    fn digest(&mut self) -> Reply {
        self.real.ask(&[b"DEBUG", b"DIGEST"])
    }
}

#[expect(clippy::disallowed_methods, reason = "a knob for people, read by a test alone")]
fn datasets() -> u64 {
    std::env::var("RESPLAY_RDB_DATASETS").ok().and_then(|text| text.parse().ok()).unwrap_or(DATASETS)
}

fn valkey() -> Option<Checked> {
    Checked::start("valkey-server", "8.0.1", "valkey-check-rdb", VALKEY_ARGS)
}

#[test]
fn what_valkey_saves_is_read_and_what_is_written_valkey_and_redis_load() {
    let Some(mut valkey) = valkey() else { return };
    let Some(mut redis) = Checked::start("redis-server", "7.0.15", "redis-check-rdb", &[]) else { return };
    for seed in 1..=datasets() {
        valkey.fill(seed);
        let digest = valkey.digest();
        let keys = valkey.saved();
        assert!(!keys.is_empty(), "seed {seed}: there are no keys");
        assert_eq!(valkey.load(&write(&keys, Version::V11)), digest, "seed {seed}: valkey loads version 11");
        assert_eq!(valkey.load(&write(&keys, Version::V10)), digest, "seed {seed}: valkey loads version 10");
        // Redis 7.0 prints scores with more digits into its digest, so what it understood is seen on the way back.
        redis.load(&write(&keys, Version::V10));
        let keys = redis.saved();
        assert_eq!(valkey.load(&write(&keys, Version::V11)), digest, "seed {seed}: what redis saved");
    }
}

#[test]
fn payloads_have_the_real_bytes() {
    let Some(mut valkey) = valkey() else { return };
    let mut compared = BTreeSet::new();
    for seed in 1..=datasets() {
        valkey.fill(seed);
        let keys = valkey.saved();
        // What had shrunk may have another form now, there as well as here.
        valkey.real.do_it(&[b"DEBUG", b"RELOAD", b"NOSAVE"]);
        for (database, (key, value, _)) in keys {
            valkey.real.do_it(&[b"SELECT", database.to_string().as_bytes()]);
            let Reply::Bulk(theirs) = valkey.real.ask(&[b"DUMP", &key]) else { continue };
            let ours = dump(&value, Version::V11, true);
            let story = || format!("seed {seed}: {} is {value:?}", key.escape_ascii());
            if value.encoding() != "hashtable" {
                assert!(ours == theirs, "{}", story());
                compared.insert(value.encoding());
            }
            let restored = restore(&theirs, &LIMITS).unwrap_or_else(|error| panic!("{}: {error}", story()));
            assert_eq!(restored.elements(), value.elements(), "{}", story());
            valkey.real.do_it(&[b"RESTORE", &key, b"0", &ours, b"REPLACE"]);
        }
        valkey.real.do_it(&[b"SELECT", b"0"]);
    }
    let all = ["embstr", "int", "intset", "listpack", "quicklist", "raw", "skiplist", "stream"];
    assert_eq!(compared.into_iter().collect::<Vec<_>>(), all);
}

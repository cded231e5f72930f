//! Files go both ways between this server and the real ones: random data of all types, in several databases, some of it
//! with a time to live, have the same digest afterwards.

use crate::bench::{BOOT_WALL, Bench, disk_with};
use crate::real::Real;
use resplay_base::Mono;
use resplay_conform::MemoryDisk;
use resplay_conform::random::history;
use resplay_resp::Reply;
use std::time::Duration;

/// Sets of data for each direction and server.
const DATASETS: u64 = 6;
const COMMANDS: usize = 1_200;
const WORDS: &[&str] = &["--save", "", "--enable-debug-command", "yes"];
/// They need another connection, wait, or end something.
const LEFT_OUT: &[&str] = &[
    "BLMOVE",
    "BLMPOP",
    "BLPOP",
    "BRPOP",
    "BRPOPLPUSH",
    "BZMPOP",
    "BZPOPMAX",
    "BZPOPMIN",
    "CLIENT",
    "CONFIG",
    "DEBUG",
    "DUMP",
    "HELLO",
    "MULTI",
    "PSUBSCRIBE",
    "QUIT",
    "RESET",
    "RESTORE",
    "SHUTDOWN",
    "SSUBSCRIBE",
    "SUBSCRIBE",
    "WAIT",
    "WAITAOF",
    "WATCH",
    "XREAD",
    "XREADGROUP",
];

const VALKEY: (&str, &str) = ("valkey-server", "8.0.1");

/// Nothing expires soon any more.
fn keep_all(real: &mut Real) {
    for db in 0..16 {
        real.ask(&[b"SELECT", db.to_string().as_bytes()]);
        let Reply::Array(keys) = real.ask(&[b"KEYS", b"*"]) else { panic!("keys") };
        for key in keys.iter().filter_map(Reply::as_bytes) {
            if matches!(real.ask(&[b"TTL", key]), Reply::Int(0..10_000)) {
                real.ask(&[b"PERSIST", key]);
            }
        }
    }
}

/// An hour after the real server's time, on a bench's clock. Whatever expires there is alive in the real server, and nothing
/// is left out.
fn in_an_hour(real: &mut Real) -> Mono {
    let Reply::Array(parts) = real.ask(&[b"TIME"]) else { panic!("a time") };
    let seconds: u64 = String::from_utf8_lossy(parts[0].as_bytes().expect("digits")).parse().expect("digits");
    let booted = Duration::from_micros(BOOT_WALL.0.unsigned_abs());
    Mono(0) + (Duration::from_secs(seconds + 3_600) - booted)
}

/// The commands that make a set of data.
fn commands(seed: u64) -> Vec<Vec<Vec<u8>>> {
    let is_taken = |name: &str| !LEFT_OUT.contains(&name);
    let words = |text: &str| text.split(' ').map(|word| word.as_bytes().to_vec()).collect();
    let mut all: Vec<Vec<Vec<u8>>> =
        history(seed, COMMANDS, None, &is_taken).into_iter().map(|step| step.words).collect();
    all.extend(["SELECT 3", "SET there 1", "SET later 2 EX 5000", "SELECT 0", "XADD str * f v"].map(words));
    all.extend(["XGROUP CREATE str g 0", "XREADGROUP GROUP g alice COUNT 1 STREAMS str >"].map(words));
    all
}

/// What this server saves, the real one has.
fn ours_is_read_by(program: &str, version: &str) {
    let Some(mut real) = Real::start(program, version, WORDS) else { return };
    for seed in 0..DATASETS {
        let mut bench = Bench::boot(WORDS, MemoryDisk::default(), in_an_hour(&mut real));
        bench.judge = None;
        for words in commands(seed) {
            bench.try_ask(&words.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
        assert_eq!(bench.ask("SAVE"), "OK");
        let digest = bench.ask("DEBUG DIGEST");
        let bytes = bench.disk.bytes("dump.rdb").expect("it was saved");
        real.read(bytes);
        assert_eq!(real.digest(), digest, "{program}, seed {seed}");
    }
}

/// What the real server saves, this one has. The digest is Valkey's: that of Redis 7.0 prints scores another way.
fn theirs_is_read_here(program: &str, version: &str) {
    let (Some(mut real), Some(mut valkey)) =
        (Real::start(program, version, WORDS), Real::start(VALKEY.0, VALKEY.1, WORDS))
    else {
        return;
    };
    for seed in 0..DATASETS {
        real.ask(&[b"FLUSHALL"]);
        real.ask(&[b"SELECT", b"0"]);
        for words in commands(seed) {
            real.ask(&words.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
        keep_all(&mut real);
        let bytes = real.saved();
        valkey.read(&bytes);
        let digest = valkey.digest();
        let mut bench = Bench::boot(WORDS, disk_with("dump.rdb", &bytes), Mono(0));
        assert_eq!(bench.ask("DEBUG DIGEST"), digest, "{program}, seed {seed}");
        assert_eq!(bench.ask("DEBUG RELOAD"), "OK");
        assert_eq!(bench.ask("DEBUG DIGEST"), digest, "{program}, seed {seed}, saved and read once more");
    }
}

/// What these do depends on chance or on the order of a table.
const UNLIKE: &[&str] = &["FLUSHALL", "SORT", "SPOP", "XADD", "XAUTOCLAIM", "XCLAIM"];

#[test]
fn changes_are_counted_as_the_real_server_counts_them() {
    let Some(mut real) = Real::start(VALKEY.0, VALKEY.1, WORDS) else { return };
    let field = b"rdb_changes_since_last_save:";
    let mut total = 0;
    for seed in 0..DATASETS {
        real.ask(&[b"FLUSHALL"]);
        real.ask(&[b"SAVE"]);
        real.ask(&[b"SELECT", b"0"]);
        let mut bench = Bench::boot(WORDS, MemoryDisk::default(), in_an_hour(&mut real));
        bench.judge = None;
        let mut last = (0, 0);
        for words in commands(seed) {
            let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            let name = String::from_utf8_lossy(words[0]).to_ascii_uppercase();
            if UNLIKE.contains(&name.as_str()) {
                continue;
            }
            let replies = (bench.try_ask(&words), real.ask(&words));
            let ours: u64 = bench.info("rdb_changes_since_last_save").parse().expect("a number");
            let Reply::Bulk(info) = real.ask(&[b"INFO", b"persistence"]) else { panic!("a text") };
            let line =
                info.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(field)).expect("a field");
            let theirs: u64 = String::from_utf8_lossy(line).trim().parse().expect("a number");
            let text = words.iter().map(|word| word.escape_ascii().to_string()).collect::<Vec<_>>().join(" ");
            assert_eq!(ours - last.0, theirs - last.1, "seed {seed}: {text}: {replies:?}");
            last = (ours, theirs);
        }
        total += last.0;
    }
    assert!(total > 1_000, "hardly anything changed");
}

#[test]
fn valkey_reads_what_is_saved_here() {
    ours_is_read_by(VALKEY.0, VALKEY.1);
}

#[test]
fn what_valkey_saves_is_read_here() {
    theirs_is_read_here(VALKEY.0, VALKEY.1);
}

#[test]
fn what_redis_7_saves_is_read_here() {
    theirs_is_read_here("redis-server", "7.0.15");
}

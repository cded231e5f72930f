//! How many changes a command counts for, which decides when a save point asks for a save.

use crate::bench::{BOOT_WALL, Bench};
use crate::real::Real;
use resplay_base::Mono;
use resplay_conform::MemoryDisk;
use resplay_conform::random::history;
use resplay_resp::Reply;
use std::time::Duration;

const HISTORIES: u64 = 6;
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

/// An hour after the real server's time, on a bench's clock. Whatever expires there is alive in the real server, and nothing
/// is left out.
fn in_an_hour(real: &mut Real) -> Mono {
    let Reply::Array(parts) = real.ask(&[b"TIME"]) else { panic!("a time") };
    let seconds: u64 = String::from_utf8_lossy(parts[0].as_bytes().expect("digits")).parse().expect("digits");
    let booted = Duration::from_micros(BOOT_WALL.0.unsigned_abs());
    Mono(0) + (Duration::from_secs(seconds + 3_600) - booted)
}

/// What a history sends.
fn commands(seed: u64) -> Vec<Vec<Vec<u8>>> {
    let is_taken = |name: &str| !LEFT_OUT.contains(&name);
    let words = |text: &str| text.split(' ').map(|word| word.as_bytes().to_vec()).collect();
    let mut all: Vec<Vec<Vec<u8>>> =
        history(seed, COMMANDS, None, &is_taken).into_iter().map(|step| step.words).collect();
    all.extend(["SELECT 3", "SET there 1", "SET later 2 EX 5000", "SELECT 0", "XADD str * f v"].map(words));
    all.extend(["XGROUP CREATE str g 0", "XREADGROUP GROUP g alice COUNT 1 STREAMS str >"].map(words));
    all
}

/// What these do depends on chance or on the order of a table.
const UNLIKE: &[&str] = &["FLUSHALL", "SORT", "SPOP", "XADD", "XAUTOCLAIM", "XCLAIM"];

#[test]
fn changes_are_counted_as_the_real_server_counts_them() {
    let Some(mut real) = Real::start(VALKEY.0, VALKEY.1, WORDS) else { return };
    let field = b"rdb_changes_since_last_save:";
    let mut total = 0;
    for seed in 0..HISTORIES {
        real.ask(&[b"FLUSHALL"]);
        real.ask(&[b"SAVE"]);
        real.ask(&[b"SELECT", b"0"]);
        let mut bench = Bench::boot_unjudged(WORDS, MemoryDisk::default(), in_an_hour(&mut real));
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

//! Rewrites of the append-only file, and turning it on and off, on a bench where time passes and disks fail as the test
//! says. Replies and log lines are what valkey-server 8.0.1 said in the same situations.

#[path = "support/bench.rs"]
mod bench;

use bench::{Bench, disk_with};
use resplay_base::{DiskError, DiskOp, Exit, Mono, Random};
use resplay_conform::MemoryDisk;
use resplay_conform::random::history;
use std::time::Duration;

const OFF: &[&str] = &["--save", "", "--enable-debug-command", "yes", "--rdbcompression", "no"];
const ON: &[&str] =
    &["--save", "", "--enable-debug-command", "yes", "--rdbcompression", "no", "--appendonly", "yes"];
const STARTED: &str = "Background append only file rewriting started";
const SCHEDULED: &str = "Background append only file rewriting scheduled";
const MANIFEST: &str = "appendonlydir/appendonly.aof.manifest";
/// They need another connection, or change how files are written.
const LEFT_OUT: &[&str] = &["CLIENT", "CONFIG", "DEBUG", "PSUBSCRIBE", "SHUTDOWN", "SSUBSCRIBE", "SUBSCRIBE"];

fn start(words: &[&str]) -> Bench {
    Bench::boot(words, MemoryDisk::default(), Mono(0))
}

fn restart(bench: &Bench, words: &[&str]) -> Bench {
    Bench::boot(words, bench.disk.clone(), bench.now())
}

/// The digest of what a server has that starts with these files.
fn digest_after_restart(bench: &Bench) -> String {
    let mut other = Bench::boot_unjudged(ON, bench.disk.clone(), bench.now());
    let digest = other.ask("DEBUG DIGEST");
    assert_eq!(digest.len(), 40, "{digest} {:?}", other.log);
    digest
}

fn manifest(bench: &Bench) -> String {
    String::from_utf8_lossy(bench.disk.bytes(MANIFEST).unwrap_or_default()).into_owned()
}

fn files(base: u32, form: &str, incremental: u32) -> String {
    format!(
        "file appendonly.aof.{base}.base.{form} seq {base} type b\nfile appendonly.aof.{incremental}.incr.aof seq \
         {incremental} type i\n"
    )
}

/// The last so many lines of the log.
fn told(bench: &Bench, lines: usize) -> Vec<&str> {
    bench.log[bench.log.len() - lines..].iter().map(String::as_str).collect()
}

/// Enough data that a base comes in many pieces. It is in no append-only file before that, as in the real servers.
fn populate(bench: &mut Bench) {
    assert_eq!(bench.ask("DEBUG POPULATE 5000 key 100"), "OK");
}

#[test]
fn a_fresh_server_makes_a_base_without_data_first() {
    for (preamble, form) in [("yes", "rdb"), ("no", "aof")] {
        let bench = start(&[ON, &["--aof-use-rdb-preamble", preamble]].concat());
        assert_eq!(manifest(&bench), files(1, form, 1));
        let base = format!("appendonlydir/appendonly.aof.1.base.{form}");
        let bytes = bench.disk.bytes(&base).expect("it is there");
        assert_eq!(
            (bytes.len(), bytes.starts_with(b"REDIS0011")),
            if form == "rdb" { (89, true) } else { (0, false) }
        );
        let created = format!("* Creating AOF base file appendonly.aof.1.base.{form} on server start");
        assert!(bench.log.contains(&created), "{:?}", bench.log);
    }
}

#[test]
fn a_rewrite_takes_its_steps_in_an_order_that_no_crash_can_break() {
    let mut bench = start(ON);
    bench.ask("SET a 1");
    bench.operations.clear();
    assert_eq!(bench.ask("BGREWRITEAOF"), STARTED);
    let dir = "appendonlydir";
    let switch = [
        // The old incremental file: it will not be the last.
        "fsync",
        "MakeDir { path: \"appendonlydir\" }",
        "syncdir .",
        "open appendonlydir/appendonly.aof.2.incr.aof",
        "open appendonlydir/temp-appendonly.aof.manifest",
        "fsync",
        "close",
        "rename appendonlydir/temp-appendonly.aof.manifest appendonlydir/appendonly.aof.manifest",
        "syncdir appendonlydir",
        "close",
        "open temp-rewriteaof-9.aof",
    ];
    assert_eq!(bench.operations, switch);
    bench.operations.clear();
    bench.finish();
    let publish = [
        "fsync",
        "close",
        "rename temp-rewriteaof-9.aof temp-rewriteaof-bg-9.aof",
        "rename temp-rewriteaof-bg-9.aof appendonlydir/appendonly.aof.2.base.rdb",
        "syncdir appendonlydir",
        "open appendonlydir/temp-appendonly.aof.manifest",
        "fsync",
        "close",
        "rename appendonlydir/temp-appendonly.aof.manifest appendonlydir/appendonly.aof.manifest",
        "syncdir appendonlydir",
        "unlink appendonlydir/appendonly.aof.1.incr.aof",
        "unlink appendonlydir/appendonly.aof.1.base.rdb",
        "open appendonlydir/temp-appendonly.aof.manifest",
        "fsync",
        "close",
        "rename appendonlydir/temp-appendonly.aof.manifest appendonlydir/appendonly.aof.manifest",
        "syncdir appendonlydir",
    ];
    assert_eq!(bench.operations, publish, "in {dir}");
    let lines = [
        "* Creating AOF incr file appendonly.aof.2.incr.aof on background rewrite",
        "* Background append only file rewriting started by pid 9",
        "* Successfully created the temporary AOF base file temp-rewriteaof-bg-9.aof",
        "* Background AOF rewrite terminated with success",
        "* Successfully renamed the temporary AOF base file temp-rewriteaof-bg-9.aof into appendonly.aof.2.base.rdb",
        "* Removing the history file appendonly.aof.1.incr.aof in the background",
        "* Removing the history file appendonly.aof.1.base.rdb in the background",
        "* Background AOF rewrite finished successfully",
    ];
    assert_eq!(told(&bench, 8), lines);
    assert_eq!(manifest(&bench), files(2, "rdb", 2));
}

#[test]
fn whatever_clients_do_meanwhile_nothing_is_lost_and_nothing_is_there_twice() {
    for (seed, preamble) in (0..12).zip(["yes", "no"].into_iter().cycle()) {
        let mut bench = start(&[ON, &["--aof-use-rdb-preamble", preamble]].concat());
        bench.judge = None;
        let mut random = Random::stream(seed, "pace");
        let is_told = |name: &str| !LEFT_OUT.contains(&name);
        let mut commands = history(seed, 1_500, None, &is_told).into_iter();
        bench.ask("DEBUG POPULATE 4000 filler 120");
        let mut run = |bench: &mut Bench, count: usize| {
            for step in commands.by_ref().take(count) {
                let words: Vec<&[u8]> = step.words.iter().map(Vec::as_slice).collect();
                // A client that waits hears no further command.
                if bench.try_ask(&words).is_none() {
                    bench.reconnect();
                }
            }
        };
        run(&mut bench, 500);
        bench.reconnect();
        assert_eq!(bench.ask("BGREWRITEAOF"), STARTED);
        let mut turns = 0;
        while bench.let_go() {
            run(&mut bench, random.index(40));
            turns += 1;
        }
        assert!(turns > 10, "seed {seed}: only {turns} turns");
        bench.reconnect();
        assert_eq!(bench.info("aof_last_bgrewrite_status"), "ok", "{:?}", bench.log);
        assert_eq!(bench.info("aof_rewrites"), "1");
        let digest = bench.ask("DEBUG DIGEST");
        assert_eq!(digest_after_restart(&bench), digest, "seed {seed}, preamble {preamble}");
    }
}

#[test]
fn one_thing_is_written_in_the_background_at_a_time() {
    let mut bench = start(ON);
    populate(&mut bench);
    assert_eq!(bench.ask("BGREWRITEAOF"), STARTED);
    assert_eq!(bench.info("aof_rewrite_in_progress"), "1");
    assert_eq!(bench.info("aof_current_rewrite_time_sec"), "0");
    let under_way = "-ERR Background append only file rewriting already in progress";
    assert_eq!(bench.ask("BGREWRITEAOF"), under_way);
    let busy = "-ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to \
                schedule a BGSAVE whenever possible.";
    assert_eq!(bench.ask("BGSAVE"), busy);
    assert_eq!(bench.ask("BGSAVE SCHEDULE"), "Background saving scheduled");
    assert_eq!(bench.ask("SAVE"), "OK", "which nobody else writes meanwhile");
    bench.finish();
    assert_eq!(bench.info("aof_rewrite_in_progress"), "0");
    assert_eq!(bench.info("aof_last_rewrite_time_sec"), "0");
    bench.wait(Duration::from_millis(1));
    assert_eq!(bench.info("rdb_saves"), "2", "what was scheduled has begun");
    assert_eq!(bench.ask("BGSAVE"), "Background saving started");
    assert_eq!(bench.ask("BGREWRITEAOF"), SCHEDULED);
    assert_eq!(bench.info("aof_rewrite_scheduled"), "1");
    bench.finish();
    bench.wait(Duration::from_millis(1));
    assert_eq!(bench.info("aof_rewrite_scheduled"), "0");
    assert_eq!(bench.info("aof_rewrites"), "2");
}

#[test]
fn the_file_is_rewritten_by_itself_when_it_has_grown_enough() {
    let growing = &["--auto-aof-rewrite-min-size", "1000", "--auto-aof-rewrite-percentage", "50"];
    let mut bench = start(&[ON, growing].concat());
    assert_eq!((bench.info("aof_current_size"), bench.info("aof_base_size")), ("89".into(), "89".into()));
    for _ in 0..20 {
        bench.ask("SET a 1234567890");
    }
    bench.wait(Duration::from_secs(1));
    assert_eq!(bench.info("aof_rewrites"), "0", "it is small");
    for _ in 0..20 {
        bench.ask("SET a 1234567890");
    }
    bench.wait(Duration::from_secs(1));
    assert_eq!(bench.info("aof_rewrites"), "1");
    let automatic = "* Starting automatic rewriting of AOF on ";
    assert!(bench.log.iter().any(|line| line.starts_with(automatic)), "{:?}", bench.log);
    assert_eq!(bench.info("aof_current_size"), bench.info("aof_base_size"));
    assert_eq!(bench.ask("CONFIG SET auto-aof-rewrite-percentage 0"), "OK");
    for _ in 0..100 {
        bench.ask("SET a 1234567890");
    }
    bench.wait(Duration::from_secs(1));
    assert_eq!(bench.info("aof_rewrites"), "1", "it is not to");
}

fn no_base(what: &DiskOp) -> Option<DiskError> {
    matches!(what, DiskOp::Open { path, .. } if path.contains("rewriteaof")).then_some(DiskError::NoSpace)
}

fn no_incremental(what: &DiskOp) -> Option<DiskError> {
    matches!(what, DiskOp::Open { path, .. } if path.contains("incr")).then_some(DiskError::Denied)
}

fn no_base_name(what: &DiskOp) -> Option<DiskError> {
    matches!(what, DiskOp::Rename { to, .. } if to.contains("base")).then_some(DiskError::Io)
}

fn no_manifest(what: &DiskOp) -> Option<DiskError> {
    matches!(what, DiskOp::Rename { to, .. } if to.contains("manifest")).then_some(DiskError::Io)
}

#[test]
fn after_a_failure_the_files_have_everything_and_the_next_rewrite_succeeds() {
    let table: [(bench::Fails, &str); 2] = [
        (
            no_base,
            "# Opening the temp file for AOF rewrite in rewriteAppendOnlyFile(): No space left on device",
        ),
        (
            no_base_name,
            "# Error trying to rename the temporary AOF base file temp-rewriteaof-bg-9.aof into \
             appendonly.aof.2.base.rdb: Input/output error",
        ),
    ];
    for (fails, line) in table {
        let mut bench = start(ON);
        bench.ask("SET a 1");
        bench.fails = fails;
        assert_eq!(bench.ask("BGREWRITEAOF"), STARTED);
        bench.ask("SET b 2");
        bench.finish();
        assert_eq!(bench.info("aof_last_bgrewrite_status"), "err");
        assert_eq!(bench.info("aof_rewrites_consecutive_failures"), "1");
        assert_eq!(told(&bench, 2), [line, "# Background AOF rewrite terminated with error"]);
        assert_eq!(bench.disk.bytes("temp-rewriteaof-9.aof"), None);
        assert_eq!(bench.disk.bytes("temp-rewriteaof-bg-9.aof"), None);
        bench.ask("SET c 3");
        let digest = bench.ask("DEBUG DIGEST");
        assert_eq!(digest_after_restart(&bench), digest);
        bench.fails = |_| None;
        assert_eq!(bench.ask("BGREWRITEAOF"), STARTED);
        bench.finish();
        assert_eq!(bench.info("aof_last_bgrewrite_status"), "ok");
        assert_eq!(bench.info("aof_rewrites_consecutive_failures"), "0");
        assert_eq!(manifest(&bench), files(2, "rdb", 3));
        assert_eq!(digest_after_restart(&bench), digest);
    }
}

#[test]
fn a_rewrite_that_cannot_even_begin_is_refused() {
    let fails: [bench::Fails; 2] = [no_incremental, no_manifest];
    for fails in fails {
        let mut bench = start(ON);
        bench.ask("SET a 1");
        bench.fails = fails;
        let why = "-ERR Can't execute an AOF background rewriting. Please check the server logs for more information.";
        assert_eq!(bench.ask("BGREWRITEAOF"), why);
        bench.fails = |_| None;
        bench.ask("SET b 2");
        let digest = bench.ask("DEBUG DIGEST");
        assert_eq!(digest_after_restart(&bench), digest);
        assert_eq!(bench.ask("BGREWRITEAOF"), STARTED);
        bench.finish();
        assert_eq!(manifest(&bench), files(2, "rdb", 2));
    }
}

#[test]
fn after_three_failures_the_pauses_between_attempts_double() {
    let mut bench = start(&[ON, &["--auto-aof-rewrite-min-size", "10"]].concat());
    bench.fails = no_base;
    for _ in 0..20 {
        bench.ask("SET a 1234567890");
    }
    bench.wait(Duration::from_secs(1));
    assert_eq!(bench.info("aof_rewrites_consecutive_failures"), "3");
    let pause =
        "# Background AOF rewrite has repeatedly failed and triggered the limit, will retry in 1 minutes";
    assert_eq!(told(&bench, 1), [pause]);
    bench.wait(Duration::from_secs(61));
    assert_eq!(bench.info("aof_rewrites_consecutive_failures"), "4");
    bench.wait(Duration::from_secs(100));
    assert_eq!(bench.info("aof_rewrites_consecutive_failures"), "4");
    bench.wait(Duration::from_secs(21));
    assert_eq!(bench.info("aof_rewrites_consecutive_failures"), "5");
    bench.fails = |_| None;
    assert_eq!(bench.ask("BGREWRITEAOF"), STARTED, "who asks does not wait");
    bench.finish();
    assert_eq!(bench.info("aof_rewrites_consecutive_failures"), "0");
}

#[test]
fn what_is_turned_on_has_everything_once_its_first_base_is_there() {
    let mut bench = start(OFF);
    populate(&mut bench);
    assert_eq!(bench.ask("CONFIG SET appendonly yes"), "OK");
    assert_eq!(bench.info("aof_enabled"), "1");
    bench.ask("SET key:1 new");
    assert_eq!(manifest(&bench), "", "it would not have everything");
    assert!(
        bench.disk.bytes("appendonlydir/temp-appendonly.aof.incr").is_some_and(|bytes| !bytes.is_empty())
    );
    assert_eq!(bench.ask("WAITAOF 1 0 0"), "", "it is not durable yet");
    bench.finish();
    bench.reconnect();
    assert_eq!(manifest(&bench), files(1, "rdb", 1));
    let renamed = "* Successfully renamed the temporary AOF incr file temp-appendonly.aof.incr into appendonly.aof.1.incr.aof";
    assert!(bench.log.iter().any(|line| line == renamed), "{:?}", bench.log);
    bench.ask("SET key:2 new");
    let digest = bench.ask("DEBUG DIGEST");
    assert_eq!(digest_after_restart(&bench), digest);
}

#[test]
fn what_was_turned_off_and_on_counts_its_files_further() {
    let mut bench = start(ON);
    bench.ask("SET a 1");
    assert_eq!(bench.ask("CONFIG SET appendonly no"), "OK");
    bench.ask("SET a 2");
    assert_eq!(restart(&bench, ON).ask("GET a"), "1", "nothing more was written");
    assert_eq!(bench.info("aof_enabled"), "0");
    let mut bench = restart(&bench, OFF);
    bench.ask("SET a 3");
    assert_eq!(bench.ask("CONFIG SET appendonly yes"), "OK");
    bench.finish();
    assert_eq!(manifest(&bench), files(2, "rdb", 2));
    assert_eq!(restart(&bench, ON).ask("GET a"), "3");
    assert_eq!(bench.disk.bytes("appendonlydir/appendonly.aof.1.base.rdb"), None);
}

#[test]
fn what_cannot_be_turned_on_stays_off() {
    let mut bench = start(OFF);
    bench.ask("SET a 1");
    bench.fails = no_incremental;
    let refused = "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server \
                   logs.";
    assert_eq!(bench.ask("CONFIG SET maxmemory-samples 7 appendonly yes"), refused);
    assert_eq!(bench.info("aof_enabled"), "0");
    assert_eq!(bench.ask("CONFIG GET appendonly"), "appendonly no");
    assert_eq!(
        bench.ask("CONFIG GET maxmemory-samples"),
        "maxmemory-samples 5",
        "all parameters are as before"
    );
    assert_eq!(bench.ask("SET a 2"), "OK");
}

#[test]
fn a_first_base_that_fails_is_tried_again() {
    let mut bench = start(OFF);
    bench.ask("SET a 1");
    bench.fails = no_base;
    assert_eq!(bench.ask("CONFIG SET appendonly yes"), "OK");
    bench.ask("SET b 1");
    bench.finish();
    assert_eq!(bench.disk.bytes("appendonlydir/temp-appendonly.aof.incr"), None);
    assert_eq!(bench.info("aof_rewrite_scheduled"), "1");
    bench.ask("SET c 1");
    bench.fails = |_| None;
    bench.wait(Duration::from_secs(1));
    assert_eq!(manifest(&bench), files(1, "rdb", 1));
    bench.ask("SET d 1");
    let digest = bench.ask("DEBUG DIGEST");
    assert_eq!(digest_after_restart(&bench), digest);
}

#[test]
fn while_a_snapshot_is_written_nothing_is_synced_if_asked() {
    for (asked, syncs) in [("no", 1), ("yes", 0)] {
        let words = &["--appendfsync", "always", "--no-appendfsync-on-rewrite", asked];
        let mut bench = start(&[ON, words].concat());
        populate(&mut bench);
        assert_eq!(bench.ask("BGSAVE"), "Background saving started");
        bench.operations.clear();
        bench.ask("SET a 1");
        let synced = |bench: &Bench| bench.operations.iter().filter(|what| *what == "fsync").count();
        assert_eq!(synced(&bench), syncs, "{asked}");
        bench.finish();
        bench.operations.clear();
        bench.ask("SET a 2");
        assert_eq!(synced(&bench), 1, "it is over");
    }
}

#[test]
fn a_shutdown_gives_up_a_rewrite_but_not_the_first() {
    let mut bench = start(ON);
    populate(&mut bench);
    bench.ask("BGREWRITEAOF");
    bench.ask("SET a 1");
    bench.terminate();
    assert_eq!(bench.exit, Some(Exit(0)));
    assert!(bench.log.iter().any(|line| line == "# There is a child rewriting the AOF. Killing it!"));
    assert_eq!(bench.disk.bytes("temp-rewriteaof-9.aof"), None);
    assert_eq!(restart(&bench, ON).ask("GET a"), "1");

    let mut bench = start(OFF);
    populate(&mut bench);
    bench.ask("CONFIG SET appendonly yes");
    assert_eq!(bench.ask("SHUTDOWN"), "-ERR Errors trying to SHUTDOWN. Check logs.");
    assert!(bench.log.iter().any(|line| line == "# Writing initial AOF, can't exit."));
    assert_eq!(bench.ask("SHUTDOWN FORCE"), "");
    assert_eq!(bench.exit, Some(Exit(0)));
    assert_eq!(bench.disk.bytes("appendonlydir/temp-appendonly.aof.incr"), None);
}

#[test]
fn turning_off_gives_up_a_rewrite() {
    let mut bench = start(ON);
    populate(&mut bench);
    bench.ask("BGREWRITEAOF");
    bench.ask("SET a 1");
    let digest = bench.ask("DEBUG DIGEST");
    assert_eq!(bench.ask("CONFIG SET appendonly no"), "OK");
    assert_eq!(bench.info("aof_rewrite_in_progress"), "0");
    assert_eq!(bench.disk.bytes("temp-rewriteaof-9.aof"), None);
    assert_eq!(restart(&bench, ON).ask("GET a"), "1");
    bench.finish();
    assert_eq!(bench.ask("CONFIG SET appendonly yes"), "OK");
    bench.finish();
    assert_eq!(digest_after_restart(&bench), digest);
}

#[test]
fn files_of_the_past_stay_if_asked() {
    let mut bench = start(&[ON, &["--aof-disable-auto-gc", "yes"]].concat());
    bench.ask("SET a 1");
    bench.ask("BGREWRITEAOF");
    bench.finish();
    let text = "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.1.incr.aof seq 1 type h\n\
                file appendonly.aof.1.base.rdb seq 1 type h\nfile appendonly.aof.2.incr.aof seq 2 type i\n";
    assert_eq!(manifest(&bench), text);
    assert!(bench.disk.bytes("appendonlydir/appendonly.aof.1.incr.aof").is_some());
    let bench = restart(&bench, ON);
    assert_eq!(manifest(&bench), files(2, "rdb", 2), "the next start deletes them");
    assert_eq!(bench.disk.bytes("appendonlydir/appendonly.aof.1.incr.aof"), None);
}

#[test]
fn seconds_are_noted_if_asked() {
    let mut bench =
        start(&[ON, &["--aof-timestamp-enabled", "yes", "--aof-use-rdb-preamble", "no"]].concat());
    for second in 0..3 {
        bench.ask(&format!("SET a {second}"));
        bench.ask("INCR b");
        bench.wait(Duration::from_secs(1));
    }
    let text = |bench: &Bench, file: &str| {
        let bytes = bench.disk.bytes(&format!("appendonlydir/appendonly.aof.{file}")).unwrap_or_default();
        String::from_utf8_lossy(bytes).into_owned()
    };
    let incremental = text(&bench, "1.incr.aof");
    let noted: Vec<&str> = incremental.lines().filter(|line| line.starts_with("#TS:")).collect();
    assert_eq!(noted, ["#TS:1767225600", "#TS:1767225601", "#TS:1767225602"]);
    bench.ask("BGREWRITEAOF");
    bench.finish();
    assert!(text(&bench, "2.base.aof").starts_with("#TS:1767225603\r\n*2\r\n$6\r\nSELECT"));
    let digest = bench.ask("DEBUG DIGEST");
    assert_eq!(digest_after_restart(&bench), digest);
}

#[test]
fn a_single_file_of_old_with_an_rdb_preamble_is_taken_over() {
    let mut bench = start(ON);
    bench.ask("SET a 1");
    bench.ask("BGREWRITEAOF");
    bench.finish();
    bench.ask("INCR a");
    let part =
        |file: &str| bench.disk.bytes(&format!("appendonlydir/appendonly.aof.2.{file}")).unwrap_or_default();
    let old = [part("base.rdb"), part("incr.aof"), b"*2\r\n$4\r\nINCR"].concat();
    let mut bench = Bench::boot(ON, disk_with("appendonly.aof", &old), Mono(0));
    assert_eq!(bench.ask("GET a"), "2");
    let lines = [
        "* Successfully migrated an old-style AOF file (appendonly.aof) into the AOF directory (appendonlydir).",
        "* Reading RDB preamble from AOF file...",
        "* Reading the remaining AOF tail...",
        "# AOF appendonly.aof loaded anyway because aof-load-truncated is enabled",
        "* Creating AOF incr file appendonly.aof.1.incr.aof on server start",
    ];
    let mut log = bench.log.iter();
    assert!(lines.iter().all(|line| log.any(|told| told == line)), "{:?}", bench.log);
    let manifest = "file appendonly.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n";
    assert_eq!(self::manifest(&bench), manifest);
    bench.ask("BGREWRITEAOF");
    bench.finish();
    assert_eq!(self::manifest(&bench), files(2, "rdb", 2));
    assert_eq!(restart(&bench, ON).ask("GET a"), "2");
}

fn no_sync(what: &DiskOp) -> Option<DiskError> {
    matches!(what, DiskOp::Fsync { .. }).then_some(DiskError::Io)
}

/// As valkey-server does whose fdatasync fails: it does not try again by itself.
#[test]
fn after_a_failed_sync_writes_are_refused_until_another_succeeds() {
    let mut bench = start(ON);
    bench.fails = no_sync;
    assert_eq!(bench.ask("SET a 1"), "OK");
    bench.wait(Duration::from_secs(2));
    let refused = "-MISCONF Errors writing to the AOF file: Input/output error";
    assert_eq!(bench.ask("SET b 1"), refused);
    assert_eq!(bench.ask("PING"), refused);
    assert_eq!(bench.info("aof_last_write_status"), "err");
    bench.fails = |_| None;
    bench.wait(Duration::from_secs(60));
    assert_eq!(bench.ask("SET b 1"), refused, "nobody looks whether the disk is well again");
    assert_eq!(bench.ask("BGREWRITEAOF"), STARTED);
    bench.finish();
    assert_eq!(bench.info("aof_last_write_status"), "ok");
    assert_eq!(bench.ask("SET b 1"), "OK");
    let failures = bench.log.iter().filter(|line| line.starts_with("# Fail to fsync the AOF file")).count();
    assert_eq!(failures, 1);
}

#[test]
fn a_manifest_that_is_not_durable_begins_no_rewrite() {
    let mut bench = start(ON);
    bench.ask("SET a 1");
    bench.wait(Duration::from_secs(2));
    bench.fails = no_sync;
    let why =
        "-ERR Can't execute an AOF background rewriting. Please check the server logs for more information.";
    assert_eq!(bench.ask("BGREWRITEAOF"), why);
    assert_eq!(bench.info("aof_last_bgrewrite_status"), "err");
    assert_eq!(bench.info("aof_rewrites_consecutive_failures"), "0", "it did not even begin");
    let line = "# Fail to fsync the temp AOF file temp-appendonly.aof.manifest: Input/output error.";
    assert!(bench.log.iter().any(|told| told == line), "{:?}", bench.log);
    bench.fails = |_| None;
    assert_eq!(bench.ask("SET b 1"), "OK");
}

#[test]
fn a_disk_that_takes_no_more_does_not_keep_the_process_from_ending() {
    fn full(what: &DiskOp) -> Option<DiskError> {
        matches!(what, DiskOp::Append { .. }).then_some(DiskError::NoSpace)
    }
    for fails in [full as bench::Fails, no_sync] {
        let mut bench = start(ON);
        bench.fails = fails;
        bench.ask("SET a 1");
        assert_eq!(bench.ask("SHUTDOWN"), "");
        assert_eq!(bench.exit, Some(Exit(0)), "{:?}", bench.log);
    }
}

#[test]
fn the_file_can_be_read_while_it_is_rewritten() {
    let mut bench = start(ON);
    for n in 0..2_000 {
        bench.ask(&format!("SET key:{n} {}", "x".repeat(100)));
    }
    assert_eq!(bench.ask("BGREWRITEAOF"), STARTED);
    assert!((0..4).all(|_| bench.let_go()), "it is not over yet");
    bench.ask("SET key:7 new");
    let digest = bench.ask("DEBUG DIGEST");
    assert_eq!(bench.ask("DEBUG LOADAOF"), "OK");
    assert_eq!(bench.ask("DEBUG DIGEST"), digest);
    bench.finish();
    assert_eq!(bench.info("aof_last_bgrewrite_status"), "ok");
    assert_eq!(digest_after_restart(&bench), digest);
}

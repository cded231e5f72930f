//! RDB files as a server writes and reads them, on a bench where time passes and disks fail as the test says. The texts of
//! errors and log lines are what valkey-server 8.0.1 said in the same situations.

#[path = "support/bench.rs"]
mod bench;
#[path = "saving/changes.rs"]
mod changes;
#[path = "support/real.rs"]
#[expect(dead_code, reason = "no file of a real server is looked at here")]
mod real;
#[path = "support/switch.rs"]
mod switch;

use bench::{Bench, disk_with};
use resplay_base::{DiskError, DiskOp, Exit, Mono, Random};
use resplay_conform::MemoryDisk;
use resplay_conform::random::history;
use resplay_persistence::rdb::{Options, Writer};
use resplay_resp::Reply;
use std::time::Duration;

const BARE: &[&str] = &["--save", "", "--enable-debug-command", "yes"];
const POINTS: &[&str] = &["--save", "60 2 3600 1", "--enable-debug-command", "yes"];
const CANNOT_SAVE: &str = "-MISCONF Valkey is configured to save RDB snapshots, but it's currently unable to persist to \
    disk. Commands that may modify the data set are disabled, because this instance is configured to report errors \
    during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Valkey logs for \
    details about the RDB error.";

/// They need another connection, or end the save.
const LEFT_OUT: &[&str] =
    &["CLIENT", "DEBUG", "FLUSHALL", "PSUBSCRIBE", "SHUTDOWN", "SSUBSCRIBE", "SUBSCRIBE"];

fn start(words: &[&str]) -> Bench {
    Bench::boot(words, MemoryDisk::default(), Mono(0))
}

/// The digest of what a server has that starts with these files.
fn digest_of(disk: &MemoryDisk, at: Mono) -> String {
    let mut bench = Bench::boot(BARE, disk.clone(), at);
    let digest = bench.ask("DEBUG DIGEST");
    assert_eq!(digest.len(), 40, "{digest} {:?}", bench.log);
    digest
}

#[test]
fn a_background_save_keeps_the_point_in_time_whatever_clients_do_meanwhile() {
    for seed in 0..12 {
        let mut bench = start(&[BARE, &["--rdbcompression", "no"]].concat());
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
        assert_eq!(bench.ask("SAVE"), "OK");
        let (wanted, at) = (digest_of(&bench.disk, bench.now()), bench.now());
        assert_eq!(bench.ask("BGSAVE"), "Background saving started");
        let mut turns = 0;
        while bench.let_go() {
            run(&mut bench, random.index(40));
            turns += 1;
        }
        assert!(turns > 10, "seed {seed}: only {turns} turns");
        bench.reconnect();
        assert_eq!(bench.info("rdb_last_bgsave_status"), "ok");
        assert_eq!(digest_of(&bench.disk, at), wanted, "seed {seed}");
    }
}

#[test]
fn a_file_takes_the_steps_of_the_real_servers() {
    let mut bench = start(BARE);
    bench.operations.clear();
    bench.ask("SET a 1");
    assert_eq!(bench.ask("SAVE"), "OK");
    let steps = ["open temp-9.rdb", "fsync", "close", "rename temp-9.rdb dump.rdb", "syncdir ."];
    assert_eq!(bench.operations, steps);
    assert_eq!(bench.log.last().map(String::as_str), Some("* DB saved on disk"));
    assert_eq!(bench.info("rdb_saves"), "1");
    assert_eq!(bench.info("rdb_changes_since_last_save"), "0");
    assert_eq!(bench.info("rdb_last_bgsave_time_sec"), "-1");
}

#[test]
fn one_background_save_at_a_time_and_clients_are_served_meanwhile() {
    let mut bench = start(&[BARE, &["--rdbcompression", "no"]].concat());
    bench.ask("DEBUG POPULATE 5000 key 100");
    let before = bench.ask("LASTSAVE");
    bench.wait(Duration::from_secs(3));
    assert_eq!(bench.ask("BGSAVE"), "Background saving started");
    for again in ["BGSAVE", "BGSAVE SCHEDULE", "SAVE"] {
        assert_eq!(bench.ask(again), "-ERR Background save already in progress");
    }
    assert!((0..4).all(|_| bench.let_go()), "it is not over yet");
    assert_eq!(bench.info("rdb_bgsave_in_progress"), "1");
    assert_eq!(bench.info("rdb_current_bgsave_time_sec"), "0");
    assert_eq!(bench.info("current_save_keys_total"), "5000");
    assert_eq!(bench.ask("SET key:4999 new"), "OK");
    assert_eq!(bench.ask("LASTSAVE"), before);
    bench.finish();
    assert_eq!(bench.info("rdb_bgsave_in_progress"), "0");
    assert_eq!(bench.info("rdb_last_bgsave_time_sec"), "0");
    assert_eq!(bench.info("rdb_changes_since_last_save"), "1");
    assert_ne!(bench.ask("LASTSAVE"), before);
    let cow: u64 = bench.info("rdb_last_cow_size").parse().expect("a number");
    assert!(cow > 0, "a key was written early");
    let told = [
        "* Background saving started by pid 9",
        "* DB saved on disk",
        "* Background saving terminated with success",
    ];
    assert_eq!(bench.log[bench.log.len() - 3..], told);
}

#[test]
fn save_points_ask_for_a_save_when_time_and_changes_are_enough() {
    let mut bench = start(POINTS);
    bench.ask("SET a 1");
    bench.wait(Duration::from_secs(120));
    assert_eq!(bench.info("rdb_changes_since_last_save"), "1");
    bench.ask("SET a 2");
    bench.wait(Duration::from_millis(1));
    assert_eq!(bench.info("rdb_changes_since_last_save"), "0");
    assert!(bench.log.contains(&"* 2 changes in 60 seconds. Saving...".to_string()));
    bench.ask("SET a 3");
    bench.wait(Duration::from_secs(3_600));
    assert_eq!(bench.info("rdb_changes_since_last_save"), "1", "more than so many seconds");
    bench.wait(Duration::from_secs(1));
    assert_eq!(bench.info("rdb_changes_since_last_save"), "0");
}

fn no_open(what: &DiskOp) -> Option<DiskError> {
    matches!(what, DiskOp::Open { create: true, .. }).then_some(DiskError::Denied)
}

fn no_sync(what: &DiskOp) -> Option<DiskError> {
    matches!(what, DiskOp::Fsync { .. }).then_some(DiskError::Io)
}

fn no_rename(what: &DiskOp) -> Option<DiskError> {
    matches!(what, DiskOp::Rename { .. }).then_some(DiskError::NoSpace)
}

#[test]
fn writes_and_pings_are_refused_after_a_failed_background_save_until_one_succeeds() {
    let mut bench = start(POINTS);
    bench.ask("SET a 1");
    bench.fails = no_sync;
    assert_eq!(bench.ask("BGSAVE"), "Background saving started");
    bench.finish();
    assert_eq!(bench.info("rdb_last_bgsave_status"), "err");
    assert_eq!(bench.disk.bytes("temp-9.rdb"), None);
    let told =
        ["# Write error while saving DB to the disk(fsync): Input/output error", "# Background saving error"];
    assert_eq!(bench.log[bench.log.len() - 2..], told);
    for refused in ["SET a 2", "PING", "FLUSHALL"] {
        assert_eq!(bench.ask(refused), CANNOT_SAVE);
    }
    assert_eq!(bench.ask("GET a"), "1");
    assert_eq!(bench.ask("MULTI"), "OK");
    assert_eq!(bench.ask("SET a 2"), CANNOT_SAVE);
    assert_eq!(bench.ask("EXEC"), "-EXECABORT Transaction discarded because of previous errors.");
    assert_eq!(bench.ask("CONFIG SET stop-writes-on-bgsave-error no"), "OK");
    assert_eq!(bench.ask("SET a 2"), "OK");
    assert_eq!(bench.ask("CONFIG SET stop-writes-on-bgsave-error yes"), "OK");
    bench.fails = |_| None;
    assert_eq!(bench.ask("SAVE"), "OK");
    assert_eq!(bench.info("rdb_last_bgsave_status"), "ok");
    assert_eq!(bench.ask("SET a 3"), "OK");
}

#[test]
fn without_save_points_a_failed_save_refuses_nothing() {
    let mut bench = start(BARE);
    bench.fails = no_open;
    assert_eq!(bench.ask("BGSAVE"), "Background saving started");
    bench.finish();
    assert_eq!(bench.info("rdb_last_bgsave_status"), "err");
    assert_eq!(bench.ask("SET a 2"), "OK");
}

#[test]
fn a_failed_save_is_tried_again_after_more_than_five_seconds() {
    let mut bench = start(POINTS);
    bench.ask("MSET a 1 b 2");
    bench.fails = no_rename;
    bench.wait(Duration::from_secs(61));
    assert_eq!(bench.info("rdb_saves"), "1");
    assert!(bench.operations.contains(&"unlink temp-9.rdb".to_string()));
    bench.fails = |_| None;
    bench.wait(Duration::from_secs(5));
    assert_eq!(bench.info("rdb_saves"), "1");
    bench.wait(Duration::from_secs(1));
    assert_eq!(bench.info("rdb_saves"), "2");
    assert_eq!(bench.info("rdb_last_bgsave_status"), "ok");
}

#[test]
fn a_save_that_fails_says_no_more_than_that() {
    let mut bench = start(BARE);
    bench.fails = no_rename;
    assert_eq!(bench.ask("SAVE"), "-ERR");
    let text = "# Error moving temp DB file temp-9.rdb on the final destination dump.rdb (in server root dir .): No space \
                left on device";
    assert_eq!(bench.log.last().map(String::as_str), Some(text));
    assert_eq!(bench.info("rdb_last_bgsave_status"), "ok", "it was none in the background");
    assert_eq!(bench.ask("DEBUG RELOAD"), "-ERR");
    assert_eq!(bench.ask("PING"), "PONG");
}

#[test]
fn flushall_ends_a_background_save_and_leaves_an_empty_file() {
    let mut bench = start(POINTS);
    bench.ask("DEBUG POPULATE 5000 key 100");
    bench.ask("BGSAVE");
    assert!((0..3).all(|_| bench.let_go()));
    assert_eq!(bench.ask("FLUSHALL"), "OK");
    bench.finish();
    assert_eq!(bench.info("rdb_bgsave_in_progress"), "0");
    assert_eq!(bench.info("rdb_last_bgsave_status"), "ok");
    assert_eq!(bench.disk.bytes("temp-9.rdb"), None);
    assert_eq!(digest_of(&bench.disk, bench.now()), "0".repeat(40));
}

#[test]
fn shutdown_saves_where_there_are_save_points_or_when_asked() {
    let table: [(&[&str], &str, bool); 5] = [
        (POINTS, "SHUTDOWN", true),
        (POINTS, "SHUTDOWN NOSAVE", false),
        (BARE, "SHUTDOWN", false),
        (BARE, "SHUTDOWN SAVE", true),
        (POINTS, "SHUTDOWN NOW FORCE", true),
    ];
    for (words, command, saves) in table {
        let mut bench = start(words);
        bench.ask("SET a 1");
        assert_eq!(bench.ask(command), "");
        assert_eq!(bench.exit, Some(Exit(0)), "{command}");
        assert_eq!(bench.disk.bytes("dump.rdb").is_some(), saves, "{command}");
        let line = "* Saving the final RDB snapshot before exiting.".to_string();
        assert_eq!(bench.log.contains(&line), saves);
    }
}

#[test]
fn shutdown_that_cannot_save_goes_on_serving_unless_forced() {
    let mut bench = start(POINTS);
    bench.ask("SET a 1");
    bench.fails = no_open;
    assert_eq!(bench.ask("SHUTDOWN"), "-ERR Errors trying to SHUTDOWN. Check logs.");
    assert_eq!(bench.exit, None);
    let told = [
        "# Failed opening the temp RDB file temp-9.rdb (in server root dir .) for saving: Permission denied",
        "# Error trying to save the DB, can't exit.",
        "# Errors trying to shut down the server. Check the logs for more information.",
    ];
    assert_eq!(bench.log[bench.log.len() - 3..], told);
    assert_eq!(bench.ask("GET a"), "1");
    bench.terminate();
    assert_eq!(bench.exit, None, "a signal asks for no more");
    assert_eq!(bench.ask("SHUTDOWN FORCE"), "");
    assert_eq!(bench.exit, Some(Exit(0)));
}

#[test]
fn a_signal_saves_as_shutdown_does_or_as_the_configuration_says() {
    for (flags, saves) in [("default", true), ("nosave", false)] {
        let mut bench = start(&[POINTS, &["--shutdown-on-sigterm", flags]].concat());
        bench.ask("SET a 1");
        bench.ask("BGSAVE");
        bench.terminate();
        assert_eq!(bench.exit, Some(Exit(0)));
        assert_eq!(bench.disk.bytes("dump.rdb").is_some(), saves);
        assert_eq!(bench.disk.bytes("temp-9.rdb"), None, "the background save was given up");
    }
}

/// A long file, and the digest of what it has.
fn long_file() -> (Vec<u8>, String) {
    let mut bench = start(&[BARE, &["--rdbcompression", "no"]].concat());
    bench.ask("DEBUG POPULATE 30000 key 100");
    bench.ask("SAVE");
    let bytes = bench.disk.bytes("dump.rdb").expect("it was saved").to_vec();
    (bytes, bench.ask("DEBUG DIGEST"))
}

#[test]
fn clients_are_told_while_a_long_file_is_read() {
    let (bytes, digest) = long_file();
    let mut bench = Bench::boot(BARE, disk_with("dump.rdb", &bytes), Mono(0));
    assert_eq!(bench.ask("GET key:1"), "-LOADING Valkey is loading the dataset in memory");
    assert_eq!(bench.info("loading"), "1");
    assert_eq!(bench.info("loading_total_bytes"), bytes.len().to_string());
    assert_eq!(bench.info("loading_loaded_bytes"), (1 << 20).to_string());
    assert!(
        bench.info("loading_loaded_perc").parse::<f64>().is_ok_and(|percent| (20.0..50.0).contains(&percent))
    );
    bench.finish();
    assert_eq!(bench.info("loading"), "0");
    assert_eq!(bench.info("rdb_last_load_keys_loaded"), "30000");
    assert_eq!(bench.info("rdb_changes_since_last_save"), "0");
    assert_eq!(bench.ask("DEBUG DIGEST"), digest);
    let ready = bench.log.iter().position(|line| line == "* Ready to accept connections tcp");
    let done =
        bench.log.iter().position(|line| line == "* Done loading RDB, keys loaded: 30000, keys expired: 0.");
    assert!(done.is_some() && done < ready, "{:?}", bench.log);
}

#[test]
fn a_shutdown_while_a_file_is_read_never_replaces_it() {
    let (bytes, _) = long_file();
    let mut bench = Bench::boot(POINTS, disk_with("dump.rdb", &bytes), Mono(0));
    bench.terminate();
    assert_eq!(bench.exit, Some(Exit(0)));
    assert!(bench.disk.bytes("dump.rdb") == Some(&bytes));
}

#[test]
fn what_had_expired_by_the_start_is_not_loaded() {
    let mut bench = start(BARE);
    bench.ask("SET dead 1 PX 1000");
    bench.ask("SET living 1 PX 9000");
    bench.ask("SAVE");
    bench.wait(Duration::from_secs(2));
    let mut again = Bench::boot(BARE, bench.disk.clone(), bench.now());
    assert_eq!(again.ask("DBSIZE"), "1");
    assert_eq!(again.info("rdb_last_load_keys_expired"), "1");
    assert_eq!(again.ask("PTTL living"), "7000");
}

/// A good file with this done to it: whether the server ends, and the last lines of its log.
fn boot_with(change: impl FnOnce(&mut Vec<u8>)) -> (bool, Vec<String>) {
    let mut bench = start(BARE);
    bench.ask("SET a 1");
    bench.ask("SAVE");
    let mut bytes = bench.disk.bytes("dump.rdb").expect("it was saved").to_vec();
    change(&mut bytes);
    let bench = Bench::boot(BARE, disk_with("dump.rdb", &bytes), Mono(0));
    let is_told = |line: &&String| {
        !line.contains("Valkey") && !line.contains("RDB age") && !line.contains("RDB memory")
    };
    (bench.exit == Some(Exit(1)), bench.log.iter().filter(is_told).cloned().collect())
}

#[test]
fn a_file_that_makes_no_sense_ends_the_process_and_one_without_checksum_does_not() {
    let (ends, log) = boot_with(|bytes| bytes.truncate(40));
    let short = "# Short read or OOM loading DB. Unrecoverable error, aborting now.";
    assert!(ends && log.contains(&short.to_string()), "{log:?}");
    let (ends, log) = boot_with(Vec::clear);
    assert!(ends && log.contains(&short.to_string()), "{log:?}");
    let (ends, log) = boot_with(|bytes| bytes[0] = b'X');
    let told = [
        "# Wrong signature trying to load DB from file",
        "# Fatal error loading the DB, check server logs. Exiting.",
    ];
    assert!(ends);
    assert_eq!(log, told);
    let (ends, log) = boot_with(|bytes| bytes[5..9].copy_from_slice(b"0099"));
    assert!(ends && log[0] == "# Can't handle RDB format version 99", "{log:?}");
    let (ends, log) = boot_with(|bytes| *bytes.last_mut().expect("a file") ^= 1);
    assert!(ends && log.iter().any(|line| line.starts_with("# Wrong RDB checksum expected: (")), "{log:?}");
    let (ends, log) = boot_with(|bytes| {
        let end = bytes.len() - 8;
        bytes[end..].fill(0);
    });
    assert!(!ends && log[0] == "* RDB file was saved with checksum disabled: no check performed.", "{log:?}");
    let (ends, _) = boot_with(|bytes| bytes.extend(b"what follows the end"));
    assert!(!ends);
}

#[test]
fn libraries_of_functions_stay_in_the_files() {
    let source = b"#!lua name=lib\nserver.register_function('f', function() return 1 end)";
    let mut writer = Writer::new(Options::default());
    writer.begin();
    writer.function(source);
    writer.end();
    let mut bench = Bench::boot(BARE, disk_with("dump.rdb", &writer.take()), Mono(0));
    let text = "# The RDB file has 1 libraries of functions. They stay in the files that are saved, but cannot be called.";
    assert!(bench.log.contains(&text.to_string()), "{:?}", bench.log);
    assert_eq!(bench.ask("FLUSHALL"), "OK");
    assert_eq!(bench.ask("SAVE"), "OK");
    assert_eq!(bench.ask("DEBUG RELOAD NOSAVE"), "OK");
    assert_eq!(bench.log.iter().filter(|line| **line == text).count(), 2);
}

#[test]
fn keys_of_a_database_that_is_not_there_end_the_process() {
    let mut bench = start(BARE);
    bench.ask("SELECT 15");
    bench.ask("SET a 1");
    bench.ask("SAVE");
    let few = [BARE, &["--databases", "4"]].concat();
    let bench = Bench::boot(&few, bench.disk.clone(), Mono(0));
    assert_eq!(bench.exit, Some(Exit(1)));
    let text = "# FATAL: Data file was created with a Valkey server configured to handle more than 4 databases. Exiting";
    assert!(bench.log.contains(&text.to_string()));
}

#[test]
fn with_appendonly_the_rdb_file_is_not_read() {
    let mut bench = start(BARE);
    bench.ask("SET a 1");
    bench.ask("SAVE");
    let words = [BARE, &["--appendonly", "yes"]].concat();
    let mut again = Bench::boot(&words, bench.disk.clone(), Mono(0));
    assert_eq!(again.ask("DBSIZE"), "0");
    again.ask("SET b 1");
    assert_eq!(again.ask("SAVE"), "OK");
    assert_eq!(again.ask("DEBUG RELOAD NOSAVE"), "OK");
    assert_eq!(again.ask("EXISTS b"), "1");
}

#[test]
fn both_files_are_awaited_one_after_the_other() {
    let words = ["--save", "3600 1", "--appendonly", "yes", "--appendfsync", "always"];
    let mut bench = start(&words);
    assert_eq!(bench.ask("SET a 1"), "OK");
    assert_eq!(bench.ask("FLUSHALL"), "OK");
    assert_eq!(bench.ask("SET b 1"), "OK");
    assert_eq!(bench.ask("SAVE"), "OK");
    bench.operations.clear();
    assert_eq!(bench.ask("SHUTDOWN"), "");
    assert_eq!(bench.exit, Some(Exit(0)));
    assert_eq!(bench.operations.last().map(String::as_str), Some("syncdir ."));
    let mut again = Bench::boot(&words, bench.disk.clone(), bench.now());
    assert_eq!(again.ask("DBSIZE"), "1");
    let mut from_rdb = Bench::boot(BARE, bench.disk.clone(), bench.now());
    assert_eq!(from_rdb.ask("GET b"), "1");
}

#[test]
fn debug_reload_without_a_file_fails_after_the_data_is_gone() {
    let mut bench = start(BARE);
    bench.ask("SET a 1");
    let error = "-ERR Error trying to load the RDB dump, check server logs.";
    assert_eq!(bench.ask("DEBUG RELOAD NOSAVE"), error);
    assert_eq!(bench.ask("DBSIZE"), "0");
    assert_eq!(bench.ask("MULTI"), "OK");
    assert_eq!(bench.ask("DEBUG RELOAD"), "QUEUED");
    let Some(Reply::Array(replies)) = bench.try_ask(&[b"EXEC"]) else { panic!("a transaction") };
    assert_eq!(replies, [Reply::Error(b"ERR DEBUG RELOAD is not possible inside MULTI".to_vec())]);
}

#[test]
fn used_and_idle_times_are_told_where_eviction_goes_by_them() {
    let lru = [BARE, &["--maxmemory-policy", "allkeys-lru"]].concat();
    let mut bench = start(&lru);
    bench.ask("SET a 1");
    bench.wait(Duration::from_secs(100));
    bench.ask("SAVE");
    let mut again = Bench::boot(&lru, bench.disk.clone(), bench.now());
    assert_eq!(again.ask("OBJECT IDLETIME a"), "100");
    let lfu = [BARE, &["--maxmemory-policy", "allkeys-lfu"]].concat();
    let mut bench = start(&lfu);
    bench.ask("SET a 1");
    (0..9).for_each(|_| drop(bench.ask("GET a")));
    let frequency = bench.ask("OBJECT FREQ a");
    bench.ask("SAVE");
    let mut again = Bench::boot(&lfu, bench.disk.clone(), bench.now());
    assert_eq!(again.ask("OBJECT FREQ a"), frequency);
    assert_ne!(frequency, "5");
}

#[test]
fn files_go_where_config_set_dir_says() {
    let mut bench = start(&[BARE, &["--enable-protected-configs", "yes"]].concat());
    assert_eq!(bench.ask("CONFIG SET dir /elsewhere dbfilename other.rdb"), "OK");
    assert_eq!(bench.ask("SAVE"), "OK");
    assert!(bench.disk.bytes("/elsewhere/other.rdb").is_some());
    assert_eq!(bench.operations.last().map(String::as_str), Some("syncdir /elsewhere"));
}

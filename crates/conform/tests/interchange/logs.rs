//! Append-only files.

use crate::bench::Bench;
use crate::datasets::{
    AFTER_S, Answers, BEFORE_S, assert_same, end, fingerprint, keep_all, play, play_real, real_time, seeds,
    steps, without_idle,
};
use crate::real::Real;
use resplay_base::{DiskOk, DiskOp, Handle, Mono};
use resplay_conform::MemoryDisk;
use resplay_persistence::Manifest;
use resplay_resp::Reply;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the files are, and what names them.
pub const DIRECTORY: &str = "appendonlydir";
/// The manifest.
pub const MANIFEST: &str = "appendonly.aof.manifest";

/// The real servers, and the versions that are the truth.
pub const VALKEY: (&str, &str) = ("valkey-server", "8.0.1");
/// Of Redis.
pub const REDIS: (&str, &str) = ("redis-server", "7.0.15");

/// For a server that only reads.
pub const READS: &[&str] = &["--save", "", "--enable-debug-command", "yes"];
/// For a server that writes. It looks often whether a rewrite is over.
const WRITES: &[&str] = &[
    "--save",
    "",
    "--enable-debug-command",
    "yes",
    "--appendonly",
    "yes",
    "--appendfsync",
    "no",
    "--auto-aof-rewrite-percentage",
    "0",
    "--hz",
    "500",
    "--dynamic-hz",
    "no",
];
/// Parameters on which it depends how a value is kept, so that random data have every form.
const SMALL: &[&str] = &[
    "list-max-listpack-size",
    "5",
    "set-max-intset-entries",
    "6",
    "zset-max-listpack-entries",
    "5",
    "hash-max-listpack-entries",
    "5",
    "stream-node-max-entries",
    "7",
];
const USUAL: &[&str] = &[
    "list-max-listpack-size",
    "-2",
    "set-max-intset-entries",
    "512",
    "zset-max-listpack-entries",
    "128",
    "hash-max-listpack-entries",
    "512",
    "stream-node-max-entries",
    "100",
];

/// The files of a log: names and bytes.
pub type Files = Vec<(String, Vec<u8>)>;

/// How a log is written.
#[derive(Clone, Copy, Debug)]
struct Form {
    has_preamble: bool,
    has_timestamps: bool,
    is_rewritten: bool,
    limits: &'static [&'static str],
}

impl Form {
    fn of(seed: u64) -> Form {
        Form {
            has_preamble: seed.is_multiple_of(2),
            has_timestamps: seed.is_multiple_of(3),
            is_rewritten: seed % 7 != 6,
            limits: if seed % 5 == 4 { USUAL } else { SMALL },
        }
    }

    fn parameters(self) -> Vec<&'static str> {
        let answer = |is: bool| if is { "yes" } else { "no" };
        let mut all = vec!["aof-use-rdb-preamble", answer(self.has_preamble)];
        all.extend(["aof-timestamp-enabled", answer(self.has_timestamps)]);
        all.extend(self.limits);
        all
    }
}

/// The files in a directory of a disk in memory.
pub fn files_on(disk: &mut MemoryDisk) -> Files {
    let Ok(DiskOk::Names(names)) = disk.run(DiskOp::List { dir: DIRECTORY.into() }) else {
        return Files::new();
    };
    let file = |name: String| {
        let bytes = disk.bytes(&format!("{DIRECTORY}/{name}")).expect("it is listed").to_vec();
        (name, bytes)
    };
    names.into_iter().map(file).collect()
}

/// A disk in memory with these files in the directory.
pub fn disk_of(files: &Files) -> MemoryDisk {
    let mut disk = MemoryDisk::default();
    disk.run(DiskOp::MakeDir { path: DIRECTORY.into() }).expect("made");
    for (n, (name, bytes)) in files.iter().enumerate() {
        put(&mut disk, n as u64, &format!("{DIRECTORY}/{name}"), bytes);
    }
    disk
}

/// Writes a file.
pub fn put(disk: &mut MemoryDisk, n: u64, path: &str, bytes: &[u8]) {
    let handle = Handle(1_000_000 + n);
    disk.run(DiskOp::Open { path: path.into(), handle, create: true, truncate: true }).expect("made");
    disk.run(DiskOp::Append { handle, bytes: bytes.to_vec() }).expect("it takes everything");
    disk.run(DiskOp::Close { handle }).expect("closed");
}

/// Where a real server that keeps its files there has its log.
pub fn directory_of(dir: &Path) -> PathBuf {
    dir.join(DIRECTORY)
}

/// Replaces the files in a real directory.
pub fn put_files(dir: &Path, files: &Files) {
    let dir = directory_of(dir);
    drop(fs::remove_dir_all(&dir));
    fs::create_dir_all(&dir).expect("a directory");
    for (name, bytes) in files {
        fs::write(dir.join(name), bytes).expect("a file");
    }
}

/// The files in a real directory that its manifest says to load, and the manifest.
pub fn files_in(dir: &Path) -> Files {
    let dir = directory_of(dir);
    let manifest = fs::read(dir.join(MANIFEST)).expect("a manifest");
    let named = Manifest::parse(&manifest).expect("a real manifest is good");
    let file = |name: &str| (name.to_string(), fs::read(dir.join(name)).expect("the manifest names it"));
    let mut files: Files = named.to_load().map(|entry| file(&entry.name)).collect();
    files.push((MANIFEST.into(), manifest));
    files
}

/// A real program for checks accepts this file.
pub fn accepts(program: &str, path: &Path, story: &str) {
    let output = Command::new(program).arg(path).output().expect("it is installed with the server");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{story}: {program} says: {said}");
}

/// A real server loads this log; programs for checks accept it, and its base.
fn load(real: &mut Real, files: &Files, brand: &str, story: &str) -> Vec<String> {
    put_files(real.dir(), files);
    let dir = directory_of(real.dir());
    accepts(&format!("{brand}-check-aof"), &dir.join(MANIFEST), story);
    for (name, _) in files.iter().filter(|(name, _)| name.ends_with(".rdb")) {
        accepts(&format!("{brand}-check-rdb"), &dir.join(name), story);
    }
    real.do_it(&[b"DEBUG", b"LOADAOF"]);
    fingerprint(real)
}

/// What a server has that starts with this log here.
pub fn loaded_here(files: &Files, at: Mono, story: &str) -> Bench {
    let mut bench = Bench::boot_unjudged(&[READS, &["--appendonly", "yes"]].concat(), disk_of(files), at);
    bench.finish();
    assert!(bench.exit.is_none(), "{story}: {:?}", bench.log);
    bench
}

/// A server here that has written a log.
fn our_log(seed: u64, form: Form, at: Mono) -> Bench {
    let mut args: Vec<String> = [READS, &["--appendonly", "yes", "--auto-aof-rewrite-percentage", "0"]]
        .concat()
        .iter()
        .map(|word| (*word).into())
        .collect();
    let parameters = form.parameters();
    args.extend(parameters.chunks(2).flat_map(|pair| [format!("--{}", pair[0]), pair[1].to_string()]));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut bench = Bench::boot_unjudged(&args, MemoryDisk::default(), at);
    let [first, during, last] = steps("our log", seed);
    play(&mut bench, &first);
    if form.is_rewritten {
        bench.ask("DISCARD");
        assert_eq!(bench.ask("BGREWRITEAOF"), "Background append only file rewriting started");
    }
    for step in during.chunks(4) {
        play(&mut bench, step);
        bench.let_go();
    }
    bench.finish();
    play(&mut bench, &last);
    end(&mut bench);
    assert_eq!(bench.info("aof_rewrite_in_progress"), "0");
    assert_eq!(bench.info("aof_last_bgrewrite_status"), "ok");
    assert_eq!(bench.info("aof_rewrites"), u8::from(form.is_rewritten).to_string());
    bench
}

#[test]
fn valkey_and_redis_load_the_logs_that_are_written_here() {
    let (Some(mut valkey), Some(mut redis)) =
        (Real::start(VALKEY.0, VALKEY.1, READS), Real::start(REDIS.0, REDIS.1, READS))
    else {
        return;
    };
    for seed in seeds("our log") {
        let form = Form::of(seed);
        let story = format!("seed {seed}, {form:?}");
        let mut bench = our_log(seed, form, real_time(&mut valkey, BEFORE_S));
        let wanted = without_idle(fingerprint(&mut bench));
        let files = files_on(&mut bench.disk);
        let theirs = load(&mut valkey, &files, "valkey", &story);
        assert_same(&without_idle(theirs.clone()), &wanted, &format!("{story}: valkey"));
        let mut again = loaded_here(&files, real_time(&mut valkey, AFTER_S), &story);
        assert_same(&fingerprint(&mut again), &theirs, &format!("{story}: here"));
        if !form.has_preamble {
            load(&mut redis, &files, "redis", &story);
            // Redis 7.0 prints scores with more digits into its digest, so what it understood is seen on the way back.
            valkey.read(&redis.saved());
            assert_same(&fingerprint(&mut valkey), &theirs, &format!("{story}: redis"));
        }
    }
}

/// A rewrite of a real server.
fn rewrite(real: &mut Real) {
    real.ask(&[b"DISCARD"]);
    real.do_it(&[b"BGREWRITEAOF"]);
}

fn await_rewrite(real: &mut Real) {
    real.ask(&[b"DISCARD"]);
    loop {
        let Reply::Bulk(info) = real.ask(&[b"INFO", b"persistence"]) else { panic!("a text") };
        let info = String::from_utf8_lossy(&info);
        if info.contains("aof_rewrite_in_progress:0") && info.contains("aof_rewrite_scheduled:0") {
            assert!(info.contains("aof_last_bgrewrite_status:ok"), "{info}");
            return;
        }
    }
}

/// The log that a real server writes.
fn their_log(real: &mut Real, way: &str, seed: u64, form: Form) -> Files {
    let parameters: Vec<&[u8]> = form.parameters().into_iter().map(str::as_bytes).collect();
    real.do_it(&[&[&b"CONFIG"[..], b"SET"], parameters.as_slice()].concat());
    real.do_it(&[b"FLUSHALL"]);
    if !form.is_rewritten {
        // What other sets of data left behind is not of interest.
        rewrite(real);
        await_rewrite(real);
    }
    let [first, during, last] = steps(way, seed);
    play_real(real, &first);
    if form.is_rewritten {
        rewrite(real);
    }
    play_real(real, &during);
    await_rewrite(real);
    play_real(real, &last);
    real.ask(&[b"DISCARD"]);
    keep_all(real);
    real.ask(&[b"SELECT", b"0"]);
    files_in(real.dir())
}

fn theirs_load_here((program, version): (&str, &str), way: &str) {
    let (Some(mut writer), Some(mut valkey)) =
        (Real::start(program, version, WRITES), Real::start(VALKEY.0, VALKEY.1, READS))
    else {
        return;
    };
    for seed in seeds(way) {
        let form = Form::of(seed);
        let story = format!("{way}, seed {seed}, {form:?}");
        let files = their_log(&mut writer, way, seed, form);
        let wanted = load(&mut valkey, &files, "valkey", &story);
        if program == VALKEY.0 {
            let (read, written) = (without_idle(wanted.clone()), without_idle(fingerprint(&mut writer)));
            assert_same(&read, &written, &format!("{story}: who wrote and who reads"));
        }
        let mut bench = loaded_here(&files, real_time(&mut valkey, AFTER_S), &story);
        assert_same(&fingerprint(&mut bench), &wanted, &story);
        // What is written from that is the same once more.
        assert_eq!(bench.ask("BGREWRITEAOF"), "Background append only file rewriting started");
        bench.finish();
        bench.ask_each(&[vec![b"DEBUG".to_vec(), b"LOADAOF".to_vec()]]);
        assert_same(&fingerprint(&mut bench), &wanted, &format!("{story}: rewritten here"));
    }
}

#[test]
fn logs_of_valkey_load_here() {
    theirs_load_here(VALKEY, "log of valkey");
}

#[test]
fn logs_of_redis_load_here() {
    theirs_load_here(REDIS, "log of redis");
}

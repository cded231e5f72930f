//! Damaged and odd append-only directories: the real server and this one load the same data or refuse alike, say the same about
//! it, and leave the same files behind.

use crate::bench::Bench;
use crate::logs::{DIRECTORY, MANIFEST, READS, VALKEY, put};
use crate::switch::is_set;
use resplay_base::{DiskOp, Mono};
use resplay_conform::{MemoryDisk, Target, Tcp, free_port};
use resplay_persistence::Manifest;
use resplay_resp::{Reply, decode};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const BASE: &str = "appendonly.aof.2.base.rdb";
const COMMANDS_BASE: &str = "appendonly.aof.2.base.aof";
const INCREMENTAL: &str = "appendonly.aof.2.incr.aof";
const OLD: &str = "appendonly.aof";
/// What is said in other circumstances than these, or with figures that differ between two processes.
const NOT_COMPARED: &[&str] = &[
    "oO0OoO0OoO0Oo",
    "Valkey version=",
    "Configuration loaded",
    "monotonic clock",
    "Running mode=",
    "Server initialized",
    "WARNING",
    "Increased maximum number of open files",
    "RDB age",
    "RDB memory usage",
    "Warning:",
    // The real server takes a key that is there twice for a bug of its own.
    "-----",
    "Software Failure",
    "Guru Meditation",
    "Bio worker thread",
];

/// Where this server does otherwise on purpose, or says less: why, and the cases. The data, or that there is a refusal, and
/// the manifest are the same all the same.
const OTHERWISE: &[(&str, &[&str])] = &[
    (
        "What is left of a transaction is cut off as a whole, or what is appended next would become a part of it.",
        &["incremental file cut to 70", "incremental file cut to 100", "old file, commands only, cut, []"],
    ),
    (
        "A file that is not the last is not cut before it is refused. The real server would cut such a base to nothing.",
        &[
            "base with 1 bytes of a command behind it",
            "base with 15 bytes of a command behind it",
            "base of commands, cut",
            "two incremental files, the first cut",
            "two incremental files, the first cut, the last empty",
        ],
    ),
    (
        "What commands of a file answer is not logged.",
        &["nothing but zeros in the middle", "nothing but zeros in the middle, strictly"],
    ),
];
/// A place in a source text follows, or one in the file.
const INTERNAL: &str = "# Internal error in RDB reading";

/// A directory to start in, and further words of the command line.
struct Case {
    name: String,
    files: BTreeMap<String, Vec<u8>>,
    words: Vec<&'static str>,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    /// The digest of the data, unless the server refused to start.
    digest: Option<String>,
    log: Vec<String>,
    /// The manifest, and how long the files are that it says to load.
    manifest: String,
    lengths: Vec<(String, Option<usize>)>,
}

/// The files of a good log.
struct Good {
    base: Vec<u8>,
    commands_base: Vec<u8>,
    incremental: Vec<u8>,
}

fn good() -> Good {
    let written = |preamble| {
        let words = ["--appendonly", "yes", "--aof-use-rdb-preamble", preamble];
        let mut bench = Bench::boot_unjudged(&[READS, &words].concat(), MemoryDisk::default(), Mono(0));
        for command in
            ["SET a 1", "RPUSH l a b c", "SADD s 1 2 3", "HSET h f v", "SET long 0123456789abcdef0123456789"]
        {
            bench.ask(command);
        }
        bench.ask("BGREWRITEAOF");
        bench.finish();
        for command in ["SET b 2", "MULTI", "SET c 3", "INCR a", "EXEC", "SELECT 1", "SET d 4"] {
            bench.ask(command);
        }
        bench
    };
    let bytes =
        |bench: &Bench, name| bench.disk.bytes(&format!("{DIRECTORY}/{name}")).expect("it is there").to_vec();
    let bench = written("yes");
    Good {
        base: bytes(&bench, BASE),
        incremental: bytes(&bench, INCREMENTAL),
        commands_base: bytes(&written("no"), COMMANDS_BASE),
    }
}

/// The manifest of lines such as `b 2 appendonly.aof.2.base.rdb`.
fn manifest(lines: &[&str]) -> Vec<u8> {
    let line = |line: &&str| {
        let mut parts = line.split(' ');
        let (kind, seq, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some(format!("file {name} seq {seq} type {kind}\n"))
    };
    lines.iter().filter_map(line).collect::<String>().into_bytes()
}

fn usual() -> Vec<u8> {
    manifest(&[&format!("b 2 {BASE}"), &format!("i 2 {INCREMENTAL}")])
}

/// The table, as it grows.
struct Table(Vec<Case>);

impl Table {
    /// Files in the log's directory.
    fn add(&mut self, name: &str, files: &[(&str, &[u8])]) -> &mut Case {
        let inside = |(name, bytes): &(&str, &[u8])| (format!("{DIRECTORY}/{name}"), bytes.to_vec());
        let files = files.iter().map(inside).collect();
        self.0.push(Case { name: name.into(), files, words: Vec::new() });
        self.0.last_mut().expect("just added")
    }

    /// A good manifest with a base and an incremental file.
    fn pair(&mut self, name: &str, base: &[u8], incremental: &[u8]) -> &mut Case {
        self.add(name, &[(MANIFEST, &usual()), (BASE, base), (INCREMENTAL, incremental)])
    }

    /// The same with a tail that is cut off being refused, too.
    fn strict_pair(&mut self, name: &str, base: &[u8], incremental: &[u8]) {
        self.pair(name, base, incremental);
        let words = vec!["--aof-load-truncated", "no"];
        self.pair(&format!("{name}, strictly"), base, incremental).words = words;
    }

    /// The single file of versions before there was a directory.
    fn old(&mut self, name: &str, bytes: &[u8]) {
        for words in [vec![], vec!["--aof-load-truncated", "no"]] {
            let case = self.add(&format!("{name}, {words:?}"), &[]);
            case.files.insert(OLD.into(), bytes.to_vec());
            case.words = words;
        }
    }
}

fn damaged_bases(table: &mut Table, good: &Good) {
    let Good { base, commands_base, incremental } = good;
    table.pair("whole", base, incremental);
    for len in [0, 1, 3, 5, 8, 9, 10, 20, base.len() / 2, base.len() - 9, base.len() - 8, base.len() - 1] {
        table.strict_pair(&format!("base cut to {len}"), &base[..len], incremental);
    }
    let long = base.windows(4).position(|bytes| bytes == b"long").expect("a key");
    for (at, to) in [(0, b'X'), (6, b'9'), (12, b'Z'), (long, b'L'), (base.len() - 1, 0), (base.len() - 9, 7)]
    {
        let mut bytes = base.clone();
        bytes[at] ^= to;
        table.pair(&format!("base with another byte at {at}"), &bytes, incremental);
    }
    let tail = b"*3\r\n$3\r\nSET\r\n$1\r\nt\r\n$1\r\n1\r\n";
    for cut in [tail.len(), 0, 1, 15] {
        let bytes = [base.as_slice(), &tail[..cut]].concat();
        table.strict_pair(&format!("base with {cut} bytes of a command behind it"), &bytes, incremental);
    }
    table.strict_pair("base with zeros behind it", &[base.as_slice(), &[0; 20]].concat(), incremental);
    table.pair("base with junk behind it", &[base.as_slice(), b"junk\r\n"].concat(), incremental);
    table.pair("two bases in one file", &[base.as_slice(), base].concat(), incremental);
    table.pair("base of commands that is called rdb", commands_base, incremental);
    table.strict_pair("base of commands, cut", &commands_base[..commands_base.len() - 3], incremental);
    table.pair("incremental file that is an RDB file", base, base);
    let names = [format!("b 2 {COMMANDS_BASE}"), format!("i 2 {INCREMENTAL}")];
    let text = manifest(&[&names[0], &names[1]]);
    table.add(
        "base of commands",
        &[(MANIFEST, &text), (COMMANDS_BASE, commands_base), (INCREMENTAL, incremental)],
    );
    table.add(
        "base that is called aof",
        &[(MANIFEST, &text), (COMMANDS_BASE, base), (INCREMENTAL, incremental)],
    );
}

fn damaged_tails(table: &mut Table, good: &Good) {
    let Good { base, incremental, .. } = good;
    for cut in [0, 1, 10, 24, 50, 60, 70, 100, incremental.len() - 1] {
        table.strict_pair(&format!("incremental file cut to {cut}"), base, &incremental[..cut]);
    }
    for zeros in [1, 20, 5_000] {
        let bytes = [incremental.as_slice(), &vec![0; zeros]].concat();
        table.strict_pair(&format!("{zeros} zeros at the end"), base, &bytes);
    }
    let exec = incremental.windows(4).position(|bytes| bytes == b"EXEC").expect("a transaction");
    for (what, at, bytes) in [
        ("a byte of a length", 1, &b"x"[..]),
        ("a command's name", exec, b"EXIC"),
        ("a line's end", 24, b"zz"),
        ("nothing but zeros in the middle", 30, &[0; 40]),
    ] {
        let mut damaged = incremental.clone();
        damaged[at..at + bytes.len()].copy_from_slice(bytes);
        table.strict_pair(what, base, &damaged);
    }
    let cut = &incremental[..incremental.len() - 4];
    let text =
        manifest(&[&format!("b 2 {BASE}"), &format!("i 2 {INCREMENTAL}"), "i 3 appendonly.aof.3.incr.aof"]);
    let third = ("appendonly.aof.3.incr.aof", incremental.as_slice());
    for (name, second, words) in [
        ("whole", incremental.as_slice(), vec![]),
        ("cut", cut, vec![]),
        ("cut, strictly", cut, vec!["--aof-load-truncated", "no"]),
    ] {
        let files = [(MANIFEST, text.as_slice()), (BASE, base), (INCREMENTAL, second), third];
        table.add(&format!("two incremental files, the first {name}"), &files).words = words;
    }
    let files = [(MANIFEST, text.as_slice()), (BASE, base), (INCREMENTAL, incremental), (third.0, cut)];
    table.add("two incremental files, the last cut", &files);
    let files = [(MANIFEST, text.as_slice()), (BASE, base), (INCREMENTAL, cut), (third.0, b"")];
    table.add("two incremental files, the first cut, the last empty", &files);
}

fn odd_directories(table: &mut Table, good: &Good) {
    let Good { base, commands_base, incremental } = good;
    let base_line = format!("b 2 {BASE}");
    let incremental_line = format!("i 2 {INCREMENTAL}");
    table.add("an empty directory", &[]);
    table.add("files without a manifest", &[(BASE, base), (INCREMENTAL, incremental)]);
    table.add("base only", &[(MANIFEST, &manifest(&[&base_line])), (BASE, base)]);
    table.add("base only, cut", &[(MANIFEST, &manifest(&[&base_line])), (BASE, &base[..30])]);
    table.add("base only, missing", &[(MANIFEST, &manifest(&[&base_line]))]);
    let commands_line = format!("b 2 {COMMANDS_BASE}");
    let cut = &commands_base[..commands_base.len() - 3];
    table
        .add("base of commands only, cut", &[(MANIFEST, &manifest(&[&commands_line])), (COMMANDS_BASE, cut)]);
    let alone = manifest(&[&incremental_line]);
    table.add("incremental only", &[(MANIFEST, &alone), (INCREMENTAL, incremental)]);
    table.add("incremental only, cut", &[(MANIFEST, &alone), (INCREMENTAL, &incremental[..40])]);
    table.add("incremental only, empty", &[(MANIFEST, &alone), (INCREMENTAL, b"")]);
    table.add("incremental only, missing", &[(MANIFEST, &alone)]);
    table.add("both missing", &[(MANIFEST, &usual())]);
    table.add("base missing", &[(MANIFEST, &usual()), (INCREMENTAL, incremental)]);
    table.add("incremental file missing", &[(MANIFEST, &usual()), (BASE, base)]);
    let history =
        [&base_line, "h 1 appendonly.aof.1.base.rdb", "h 1 appendonly.aof.1.incr.aof", &incremental_line];
    let text = manifest(&history);
    let files = [(MANIFEST, text.as_slice()), (BASE, base), (INCREMENTAL, incremental)];
    table.add("history whose files are missing", &files);
    table.add("history whose files are missing, kept", &files).words = vec!["--aof-disable-auto-gc", "yes"];
    let there =
        [files.as_slice(), &[("appendonly.aof.1.base.rdb", b"x"), ("appendonly.aof.1.incr.aof", b"")]]
            .concat();
    table.add("history whose files are there", &there);
    let leftovers = [
        ("temp-appendonly.aof.manifest", b"file".as_slice()),
        ("temp-appendonly.aof.incr", incremental),
        ("appendonly.aof.3.incr.aof", incremental),
    ];
    table.add("what a crash leaves behind", &[files.as_slice(), &leftovers].concat());
    table.add("another name", &files).words = vec!["--appendfilename", "other.aof"];
    table.add("another directory", &files).words = vec!["--appenddirname", "elsewhere"];
}

fn odd_manifests(table: &mut Table, good: &Good) {
    let base_line = format!("file {BASE} seq 2 type b\n");
    let incremental_line = format!("file {INCREMENTAL} seq 2 type i\n");
    let long = "x".repeat(1_100);
    let tails = [
        ("", "no further line"),
        ("\n", "an empty line"),
        ("# a comment\n", "a comment"),
        ("file", "a word"),
        ("file x seq 3 type i", "no newline at its end"),
        ("file x seq 3 type i\nfile x seq 4 type i\n", "a missing file twice"),
        ("file x seq three type i\n", "no number"),
        ("file x seq 0 type i\n", "a zero"),
        ("file x seq 1 type i\n", "a number that goes back"),
        ("file x seq 3 type x\n", "no type"),
        ("file x seq 3 type ii\n", "a long type"),
        ("file x seq 3\n", "no type at all"),
        ("file x seq 3 type i type h\n", "two types"),
        ("seq 3 type h file x\n", "another order"),
        ("file x seq 3 type h more words\n", "further words"),
        ("file x seq 3 type h more\n", "a further word"),
        ("file ../x seq 3 type i\n", "a way out"),
        ("file sub/x seq 3 type h\n", "a way in"),
        ("file \"x y\" seq 3 type h\n", "quotes"),
        ("file \"x y seq 3 type h\n", "a quote"),
        ("FILE x SEQ 3 TYPE h\n", "capitals"),
        (&base_line, "two bases"),
        ("file  x   seq 3 type h\n", "many spaces"),
        ("file x seq 3 type h\r\n", "a carriage return"),
        (&long, "a long line"),
    ];
    let lines = format!("{base_line}{incremental_line}");
    for (tail, name) in tails {
        let text = format!("{lines}{tail}");
        let files = [(MANIFEST, text.as_bytes()), (BASE, &good.base), (INCREMENTAL, &good.incremental)];
        table.add(&format!("manifest with {name}"), &files);
    }
    table.add("empty manifest", &[(MANIFEST, b""), (BASE, &good.base)]);
    table.add("manifest of zeros", &[(MANIFEST, &[0; 60]), (BASE, &good.base)]);
    let foreign = b"file mine.rdb seq 1 type b\nfile yours seq 7 type i\n";
    table
        .add("foreign names", &[(MANIFEST, foreign), ("mine.rdb", &good.base), ("yours", &good.incremental)]);
}

fn old_files(table: &mut Table, good: &Good) {
    let Good { base, incremental, .. } = good;
    let both = [base.as_slice(), incremental].concat();
    table.old("old file with preamble", &both);
    table.old("old file, preamble only", base);
    table.old("old file, cut in the preamble", &both[..base.len() - 20]);
    table.old("old file, cut to three bytes", &both[..3]);
    table.old("old file, cut behind the preamble", &both[..base.len() + 30]);
    table.old("old file, zeros behind it", &[both.as_slice(), &[0; 100]].concat());
    table.old("old file, junk behind it", &[both.as_slice(), b"junk\r\n"].concat());
    table.old("old file, commands only", incremental);
    table.old("old file, commands only, cut", &incremental[..70]);
    table.old("old file, empty", b"");
    let mut flipped = both.clone();
    flipped[base.len() - 1] ^= 1;
    table.old("old file, another checksum", &flipped);
    let named = manifest(&[&format!("b 1 {OLD}")]);
    for (name, has_old, has_moved) in
        [("before", true, false), ("behind", false, true), ("nowhere", false, false)]
    {
        let case = table.add(&format!("old file, half moved: {name}"), &[(MANIFEST, &named)]);
        if has_old {
            case.files.insert(OLD.into(), both.clone());
        }
        if has_moved {
            case.files.insert(format!("{DIRECTORY}/{OLD}"), both.clone());
        }
    }
    let text = usual();
    let case =
        table.add("old file beside new ones", &[(MANIFEST, &text), (BASE, base), (INCREMENTAL, incremental)]);
    case.files.insert(OLD.into(), both);
}

fn here(case: &Case) -> Outcome {
    let mut disk = MemoryDisk::default();
    disk.run(DiskOp::MakeDir { path: DIRECTORY.into() }).expect("made");
    for (n, (path, bytes)) in case.files.iter().enumerate() {
        put(&mut disk, n as u64, path, bytes);
    }
    let words = [READS, &["--appendonly", "yes"], &case.words].concat();
    let mut bench = Bench::boot_unjudged(&words, disk, Mono(0));
    bench.finish();
    let digest = bench.exit.is_none().then(|| bench.ask("DEBUG DIGEST"));
    // Some have more than one line.
    let lines = bench.log.iter().flat_map(|text| text.split('\n')).filter(|line| !line.is_empty());
    let log = lines.filter_map(comparable).collect();
    outcome(digest, log, |path| bench.disk.bytes(path).map(<[u8]>::to_vec))
}

fn outcome(digest: Option<String>, log: Vec<String>, read: impl Fn(&str) -> Option<Vec<u8>>) -> Outcome {
    let manifest = read(&format!("{DIRECTORY}/{MANIFEST}")).unwrap_or_default();
    let named = Manifest::parse(&manifest).unwrap_or_default();
    let length =
        |name: &str| (name.to_string(), read(&format!("{DIRECTORY}/{name}")).map(|bytes| bytes.len()));
    let lengths = named.to_load().map(|file| length(&file.name)).chain([length(OLD)]).collect();
    Outcome { digest, log, manifest: String::from_utf8_lossy(&manifest).into_owned(), lengths }
}

/// A line of a log, `None` if it is not to be compared; how long something took is left out.
fn comparable(line: &str) -> Option<String> {
    let is_told = !NOT_COMPARED.iter().any(|text| line.contains(text));
    if let Some((INTERNAL, text)) = line.split_once(" offset ") {
        return Some(format!("{INTERNAL} {}", text.split_once(" -> ").map_or(text, |(_, why)| why)));
    }
    let words: Vec<&str> = line.split(' ').collect();
    let word = |n: usize| {
        let is_duration = words.get(n + 1).is_some_and(|next| next.starts_with("seconds"));
        if is_duration { "N" } else { words[n] }
    };
    is_told.then(|| (0..words.len()).map(word).collect::<Vec<_>>().join(" "))
}

/// The real server as a process that may refuse to start.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[expect(clippy::disallowed_methods, reason = "a real process needs real time to start")]
fn there(case: &Case) -> Outcome {
    let dir = tempfile::tempdir().expect("a directory");
    fs::create_dir(dir.path().join(DIRECTORY)).expect("a directory");
    for (path, bytes) in &case.files {
        fs::write(dir.path().join(path), bytes).expect("a file");
    }
    let (port, log) = (free_port().expect("a port"), dir.path().join("log"));
    let mut process = Process(
        Command::new(VALKEY.0)
            .args(["--port", &port.to_string(), "--appendonly", "yes", "--dir"])
            .arg(dir.path())
            .args(READS)
            .args(&case.words)
            .stdout(fs::File::create(&log).expect("a file"))
            .stderr(Stdio::null())
            .spawn()
            .expect("it is installed"),
    );
    let is_ready = |log: &Path| fs::read_to_string(log).is_ok_and(|text| text.contains("Ready to accept"));
    while !is_ready(&log) && process.0.try_wait().expect("it is ours").is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let digest = is_ready(&log).then(|| digest(port));
    drop(process);
    let text = String::from_utf8_lossy(&fs::read(&log).expect("a log")).into_owned();
    let lines = text.lines().filter_map(text_of).filter_map(comparable).collect();
    outcome(digest, lines, |path| fs::read(dir.path().join(path)).ok())
}

/// What a line of a real server's log says, without the time: `PID:M DAY MONTH YEAR TIME LEVEL TEXT`, or what goes on
/// from the line before. What checks an RDB file that does not load prints others.
fn text_of(line: &str) -> Option<&str> {
    if line.starts_with("*** FATAL") {
        return Some(line);
    }
    let mut words = line.splitn(6, ' ');
    words.next().is_some_and(|word| word.ends_with(":M")).then(|| words.nth(4)).flatten()
}

fn digest(port: u16) -> String {
    let mut tcp = Tcp::connect(([127, 0, 0, 1], port).into(), None).expect("it answers");
    match decode(&tcp.control(&["DEBUG", "DIGEST"]).expect("it answers")) {
        Ok(Some((Reply::Simple(digest), _))) => String::from_utf8(digest).expect("hexadecimal digits"),
        other => panic!("no digest but {other:?}"),
    }
}

#[test]
fn damage_is_judged_as_by_the_real_server() {
    if Command::new(VALKEY.0).arg("--version").output().is_err() {
        assert!(!is_set("RESPLAY_REQUIRE_ORACLES"), "{} is not installed", VALKEY.0);
        return;
    }
    let mut table = Table(Vec::new());
    let good = good();
    for fill in [damaged_bases, damaged_tails, odd_directories, odd_manifests, old_files] {
        fill(&mut table, &good);
    }
    let mut differences = Vec::new();
    for case in &table.0 {
        let (here, there) = (here(case), there(case));
        let is_otherwise = OTHERWISE.iter().any(|(_, names)| names.contains(&case.name.as_str()));
        let is_same = match is_otherwise {
            true => here.digest == there.digest && here.manifest == there.manifest && here != there,
            false => here == there,
        };
        if !is_same {
            differences.push(format!("{}:\nhere:  {here:?}\nthere: {there:?}", case.name));
        }
    }
    let (bad, all) = (differences.len(), table.0.len());
    assert!(bad == 0, "{bad} of {all} cases are not as expected:\n{}", differences.join("\n\n"));
    let names = OTHERWISE.iter().flat_map(|(_, names)| *names);
    names.for_each(|name| assert!(table.0.iter().any(|case| case.name == *name), "there is no case {name}"));
}

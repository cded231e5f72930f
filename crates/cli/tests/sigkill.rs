//! What the append-only file promises, on the real machine: `resplay serve` is killed at a random moment, also while it rewrites
//! the file or saves, and started again on what it left. Under `always` nothing that it acknowledged is lost. Under
//! `everysec` what is lost is the end of the log, nothing of which was known to be durable (WAITAOF) and all of which
//! was acknowledged in the last seconds. In the end valkey-server loads the files, too.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "real processes are killed after real time"
)]

mod support;
#[path = "sigkill/writers.rs"]
mod writers;

use resplay_base::Random;
use resplay_resp::Reply;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use support::{Client, Serving, has, valkey};
use writers::{Heard, Promised, WRITERS, verify, write_all};

/// For each policy: how often it is killed while it does what.
const ROUNDS: [(During, u64); 4] =
    [(During::Writes, 4), (During::Rewrite, 6), (During::Save, 5), (During::AutomaticRewrites, 5)];
/// What lies there all the time, so that a rewrite and a save take their time.
const FILLERS: usize = 40_000;
const FILLER_BYTES: usize = 200;
const FILLERS_AT_ONCE: usize = 500;
/// Two rounds under `everysec` go on for so long that it makes a difference.
const LONG: Duration = Duration::from_millis(3_600);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum During {
    Writes,
    Rewrite,
    Save,
    AutomaticRewrites,
}

impl During {
    fn words(self) -> &'static [&'static str] {
        match self {
            During::AutomaticRewrites => {
                &["--auto-aof-rewrite-percentage", "1", "--auto-aof-rewrite-min-size", "1kb"]
            }
            _ => &[],
        }
    }

    /// What asks for it, and the field of INFO that tells whether it is going on.
    fn command(self) -> Option<(&'static [u8], &'static str)> {
        match self {
            During::Rewrite => Some((b"BGREWRITEAOF", "aof_rewrite_in_progress")),
            During::Save => Some((b"BGSAVE", "rdb_bgsave_in_progress")),
            _ => None,
        }
    }

    /// What the name of a file begins with that is there only while it is going on.
    fn leaves(self) -> &'static str {
        if self == During::Save { "temp-" } else { "temp-rewriteaof-" }
    }
}

/// A directory in which one server after the other lives, and what is known of it.
struct Lives {
    dir: tempfile::TempDir,
    policy: &'static str,
    promised: [Promised; WRITERS],
    /// What was heard in the life before, and which that was.
    heard: Option<([Heard; WRITERS], String)>,
    random: Random,
    /// How long a rewrite and a save take when nothing else is done.
    lengths: [Duration; 2],
    /// Names of temporary files that have been seen.
    leftovers: BTreeSet<String>,
    /// How often the kill came in the middle of what it was to disturb.
    hits: u64,
}

impl Lives {
    fn new(policy: &'static str) -> Lives {
        let dir = tempfile::tempdir().expect("a directory");
        let random = Random::stream(u64::from(std::process::id()), policy);
        let (promised, leftovers) = (Default::default(), BTreeSet::new());
        let lengths = [Duration::ZERO; 2];
        let mut lives = Lives { dir, policy, promised, heard: None, random, lengths, leftovers, hits: 0 };
        let serving = lives.start(&[]);
        fill(&mut serving.client());
        lives.lengths = [During::Rewrite, During::Save].map(|during| length(&mut serving.client(), during));
        assert_eq!(serving.shut_down(), Some(0));
        lives
    }

    fn start(&self, more: &[&str]) -> Serving {
        let words = ["--appendonly", "yes", "--appendfsync", self.policy, "--enable-debug-command", "yes"];
        Serving::start(self.dir.path(), &[&words, more].concat())
    }

    /// One life: what was left of the one before, and what is written and heard until the kill.
    fn round(&mut self, during: During, round: u64, is_long: bool) {
        let story = format!("{}, during {during:?}", self.policy);
        let serving = self.start(during.words());
        self.verify(&mut serving.client());
        let length = match during {
            During::Rewrite => self.lengths[0],
            During::Save => self.lengths[1],
            _ => Duration::from_millis(150),
        };
        // Every other time it is surely not over.
        let latest = length.as_micros() as u64 * if round.is_multiple_of(2) { 1 } else { 3 } / 2;
        let delay = Duration::from_micros(self.random.between(0, latest));
        let heard = write_all(serving.port, self.promised, || {
            std::thread::sleep(if is_long { LONG } else { Duration::from_millis(10) });
            if let Some((command, _)) = during.command() {
                let reply = serving.client().ask(&[command]).expect("an answer");
                assert!(!reply.is_error(), "{story}: {reply:?}");
            }
            std::thread::sleep(delay);
            serving.kill();
        });
        self.look_at_files(during, &story);
        self.heard = Some((heard, story));
    }

    fn look_at_files(&mut self, during: During, story: &str) {
        let names = std::fs::read_dir(self.dir.path()).expect("it is there");
        let names = names.map(|entry| entry.expect("a name").file_name().to_string_lossy().into_owned());
        let new: Vec<String> = names
            .filter(|name| name.starts_with(during.leaves()) && !self.leftovers.contains(name))
            .collect();
        self.hits += u64::from(!new.is_empty());
        self.leftovers.extend(new);
        let saved = self.dir.path().join("dump.rdb");
        if saved.exists() {
            accepts("valkey-check-rdb", &saved, story);
        }
    }

    fn verify(&mut self, client: &mut Client) {
        let Some((heard, story)) = self.heard.take() else { return };
        verify(client, &mut self.promised, &heard, self.policy == "always", &story);
        for first in (0..FILLERS).step_by(FILLERS_AT_ONCE) {
            let keys: Vec<String> = (first..first + FILLERS_AT_ONCE).map(filler_key).collect();
            let mut words = vec![&b"MGET"[..]];
            words.extend(keys.iter().map(String::as_bytes));
            let wanted = (first..first + FILLERS_AT_ONCE).map(|n| Reply::Bulk(filler(n))).collect();
            assert!(
                client.ask(&words).expect("an answer") == Reply::Array(wanted),
                "{story}: filler {first}"
            );
        }
    }

    /// Which base the manifest names.
    fn base(&self) -> u64 {
        let path = self.dir.path().join("appendonlydir/appendonly.aof.manifest");
        let text = std::fs::read_to_string(path).expect("a manifest");
        let line = text.lines().find(|line| line.ends_with("type b")).expect("a base");
        line.split(' ').nth(3).and_then(|seq| seq.parse().ok()).expect("a number")
    }
}

fn filler_key(n: usize) -> String {
    format!("filler:{n}")
}

fn filler(n: usize) -> Vec<u8> {
    n.to_string().into_bytes().into_iter().cycle().take(FILLER_BYTES).collect()
}

fn fill(client: &mut Client) {
    for first in (0..FILLERS).step_by(FILLERS_AT_ONCE) {
        let pair = |n| [filler_key(n).into_bytes(), filler(n)];
        let pairs: Vec<Vec<u8>> = (first..first + FILLERS_AT_ONCE).flat_map(pair).collect();
        let mut words = vec![&b"MSET"[..]];
        words.extend(pairs.iter().map(Vec::as_slice));
        assert_eq!(client.ask(&words).expect("an answer"), Reply::Simple(b"OK".to_vec()));
    }
}

/// How long it takes when it is asked for.
fn length(client: &mut Client, during: During) -> Duration {
    let (command, field) = during.command().expect("one that can be asked for");
    let began = Instant::now();
    assert!(!client.ask(&[command]).expect("an answer").is_error());
    loop {
        let Reply::Bulk(info) = client.ask(&[b"INFO", b"persistence"]).expect("an answer") else {
            panic!("no text");
        };
        if String::from_utf8_lossy(&info).contains(&format!("{field}:0")) {
            return began.elapsed();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn accepts(program: &str, path: &Path, story: &str) {
    if has(program) {
        let output = Command::new(program).arg(path).output().expect("it is there");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{story}: {program} says: {said}");
    }
}

fn survives_kills(policy: &'static str) {
    let mut lives = Lives::new(policy);
    for (during, rounds) in ROUNDS {
        let (base, hits) = (lives.base(), lives.hits);
        for round in 0..rounds {
            let is_long = policy == "everysec" && during == During::Rewrite && round < 2;
            lives.round(during, round, is_long);
        }
        let hits = lives.hits - hits;
        match during {
            During::Rewrite | During::Save => assert!(hits > 0, "{during:?} was never disturbed"),
            During::AutomaticRewrites => assert!(lives.base() > base, "nothing was rewritten"),
            During::Writes => {}
        }
    }
    let serving = lives.start(&[]);
    lives.verify(&mut serving.client());
    let written: u64 = lives.promised.iter().map(|promised| promised.keys).sum();
    assert!(written > 40, "the writers hardly wrote: {written}");
    let digest: &[&[u8]] = &[b"DEBUG", b"DIGEST"];
    let wanted = serving.client().ask(digest).expect("an answer");
    assert_eq!(serving.shut_down(), Some(0));
    if has("valkey-server") {
        let manifest = lives.dir.path().join("appendonlydir/appendonly.aof.manifest");
        accepts("valkey-check-aof", &manifest, policy);
        let words = ["--appendonly", "yes", "--enable-debug-command", "yes"];
        let found = valkey(lives.dir.path(), &words, |client| client.ask(digest).expect("an answer"));
        assert_eq!(found, wanted, "{policy}: valkey-server");
    }
}

#[test]
fn nothing_acknowledged_is_lost_under_always() {
    survives_kills("always");
}

#[test]
fn nothing_beyond_the_promise_is_lost_under_everysec() {
    survives_kills("everysec");
}

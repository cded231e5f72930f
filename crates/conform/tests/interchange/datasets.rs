//! Sets of data: the commands that make them, and what must be the same wherever they are loaded.

use crate::bench::{BOOT_WALL, Bench};
use crate::real::Real;
use resplay_base::{Mono, Random};
use resplay_conform::random::{Step, history};
use resplay_resp::Reply;
use std::ops::Range;
use std::time::Duration;

/// How many are made in all, unless `RESPLAY_INTERCHANGE_DATASETS` says another number.
pub const DATASETS: u64 = 500;
/// Of a hundred, how many come each way.
pub const SHARES: [(&str, u64); 6] = [
    ("our log", 28),
    ("log of valkey", 14),
    ("log of redis", 14),
    ("our rdb", 20),
    ("rdb of valkey", 12),
    ("rdb of redis", 12),
];
const COMMANDS: usize = 240;
/// The databases in which there may be data.
const DATABASES: [&[u8]; 4] = [b"0", b"1", b"2", b"3"];
/// They need another connection, wait, have more than one reply, or end something.
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
    "MONITOR",
    "PSUBSCRIBE",
    "PUNSUBSCRIBE",
    "QUIT",
    "RESET",
    "RESTORE",
    "SHUTDOWN",
    "SSUBSCRIBE",
    "SUBSCRIBE",
    "SUNSUBSCRIBE",
    "UNSUBSCRIBE",
    "WAIT",
    "WAITAOF",
];
/// Options and values that are left out. `BLOCK` waits. The real servers lose a zero's sign where they make a small sorted
/// set compact again while they load, and do not log that BITFIELD with OVERFLOW FAIL makes a string longer.
const LOST: [&[u8]; 3] = [b"BLOCK", b"-0", b"FAIL"];
/// What differs between two servers with the same data: when a consumer was last seen is in no command, and how a stream
/// is stored is each server's own affair. The entries are in the digest.
const UNLIKE: [&[u8]; 5] =
    [b"active-time", b"entries", b"radix-tree-keys", b"radix-tree-nodes", b"seen-time"];
/// Some thirtieth of the sets of data have a value of this many elements, a fifteenth a long string.
const MANY: usize = 100_000;
const LONG_BYTES: usize = 1_300_000;
/// What the random times to live, of more than an hour, leave for reading.
pub const BEFORE_S: i64 = -1_800;
/// Before anything expires that [`keep_all`] left.
pub const AFTER_S: i64 = 1_800;
/// In 2900.
const FAR_AWAY_MS: u64 = 29_348_006_400_000;

/// A command in words.
pub type Words = Vec<Vec<u8>>;

/// A server that can be asked.
pub trait Answers {
    /// Sends commands one after the other; a reply for each.
    fn ask_each(&mut self, commands: &[Words]) -> Vec<Reply>;
}

impl Answers for Bench {
    fn ask_each(&mut self, commands: &[Words]) -> Vec<Reply> {
        let mut ask = |words: &Words| {
            let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            self.try_ask(&words).unwrap_or_else(|| panic!("no answer to {words:?}"))
        };
        commands.iter().map(&mut ask).collect()
    }
}

impl Answers for Real {
    fn ask_each(&mut self, commands: &[Words]) -> Vec<Reply> {
        Real::ask_each(self, commands)
    }
}

/// The seeds of the sets of data that come one way.
pub fn seeds(way: &str) -> Range<u64> {
    let share = SHARES.iter().find(|(name, _)| *name == way).map_or(0, |(_, share)| *share);
    0..(wanted() * share).div_ceil(100)
}

#[expect(clippy::disallowed_methods, reason = "a knob for people, read by a test alone")]
fn wanted() -> u64 {
    std::env::var("RESPLAY_INTERCHANGE_DATASETS").ok().and_then(|text| text.parse().ok()).unwrap_or(DATASETS)
}

/// The commands that make a set of data, in three parts. Each way has others.
pub fn steps(way: &str, seed: u64) -> [Vec<Step>; 3] {
    let mut random = Random::stream(seed, way);
    let is_taken = |name: &str| !LEFT_OUT.contains(&name);
    let mut all = history(random.next_u64(), COMMANDS, None, &is_taken);
    all.retain(|step| !step.words.iter().any(|word| LOST.iter().any(|lost| word.eq_ignore_ascii_case(lost))));
    let mut sized = sized(&mut random, seed);
    sized.extend(streams(&mut random));
    // Anywhere, but in their order.
    let mut places: Vec<usize> = sized.iter().map(|_| random.index(all.len() + 1)).collect();
    places.sort_unstable();
    for (before, (place, words)) in places.into_iter().zip(sized).enumerate() {
        all.insert(before + place, Step { client: 0, words, wait_ms: 0 });
    }
    let last = all.split_off(all.len() * 2 / 3);
    let middle = all.split_off(all.len() / 2);
    [all, middle, last]
}

fn words(text: &str) -> Words {
    text.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

/// Values of all types whose sizes are drawn: most of a few hundred elements, some far longer.
fn sized(random: &mut Random, seed: u64) -> Vec<Words> {
    let mut commands = Vec::new();
    for (n, key) in ["list", "ints", "words", "zset", "hash", "string"].into_iter().enumerate() {
        if random.chance(0.5) {
            continue;
        }
        let is_huge = seed % 80 == 10 * n as u64;
        let count = if is_huge { MANY } else { random.between(1, 700) as usize };
        for first in (0..count).step_by(20_000) {
            commands.push(elements(random, key, first..count.min(first + 20_000)));
        }
        if random.chance(0.3) {
            let at = FAR_AWAY_MS + random.below(1 << 40);
            commands.push(words(&format!("PEXPIREAT sized:{key} {at}")));
        }
    }
    if seed % 15 == 3 {
        let mut long = vec![b'x'; LONG_BYTES];
        let incompressible = random.index(LONG_BYTES);
        random.fill(&mut long[..incompressible]);
        commands.push([b"SET".to_vec(), b"long".to_vec(), long].into());
        commands.push([b"APPEND".to_vec(), b"long".to_vec(), b"more".to_vec()].into());
    }
    commands
}

/// The command that adds these elements.
fn elements(random: &mut Random, key: &str, range: Range<usize>) -> Words {
    let name = match key {
        "list" => "RPUSH",
        "zset" => "ZADD",
        "hash" => "HSET",
        "string" => "APPEND",
        _ => "SADD",
    };
    let mut command = words(&format!("{name} sized:{key}"));
    let kind = random.below(3);
    let mut drawn = |n: usize| match kind {
        0 => n.to_string(),
        1 => format!("element number {n}"),
        _ => format!("{n}{}", "-".repeat(random.index(80))),
    };
    match key {
        "string" => command.push(range.map(drawn).collect::<String>().into_bytes()),
        "list" | "words" => command.extend(range.map(|n| drawn(n).into_bytes())),
        "ints" => command.extend(range.map(|n| ((n as i64 - 50) << (n % 3 * 15)).to_string().into_bytes())),
        "zset" => command.extend(
            range.flat_map(|n| [format!("{}", n as f64 * 0.37 - 5.0).into_bytes(), drawn(n).into_bytes()]),
        ),
        _ => command.extend(range.flat_map(|n| [format!("f{n}").into_bytes(), drawn(n).into_bytes()])),
    }
    command
}

/// A stream with groups and consumers, of which some have entries that they have not acknowledged.
fn streams(random: &mut Random) -> Vec<Words> {
    let mut commands: Vec<Words> = (0..random.below(120))
        .map(|n| words(&format!("XADD sized:stream 7-{n} field {n} other value-{n}", n = n + 1)))
        .collect();
    commands.extend(["SELECT 3", "SET there 1", "SET later 2 EX 500000", "SELECT 0"].map(words));
    let groups = [
        "XGROUP CREATE sized:stream g 0 MKSTREAM",
        "XGROUP CREATE sized:stream h $",
        "XGROUP CREATECONSUMER sized:stream h idle",
        "XREADGROUP GROUP g alice COUNT 30 STREAMS sized:stream >",
        "XREADGROUP GROUP g bob COUNT 5 NOACK STREAMS sized:stream >",
        "XREADGROUP GROUP g carol COUNT 5 STREAMS sized:stream >",
        "XACK sized:stream g 7-3 7-5",
        "XCLAIM sized:stream g carol 0 7-1 7-2 RETRYCOUNT 4",
        "XDEL sized:stream 7-2 7-11",
        "XTRIM sized:stream MAXLEN 60",
    ];
    commands.extend(groups.map(words));
    commands
}

/// All that two servers with the same data tell alike: the digest of all data, and what it does not cover.
pub fn fingerprint(server: &mut dyn Answers) -> Vec<String> {
    let mut all = vec![show(&server.ask_each(&[words("DEBUG DIGEST")])[0])];
    for database in DATABASES {
        let select = vec![b"SELECT".to_vec(), database.to_vec()];
        let listed = server.ask_each(&[select, words("KEYS *")]);
        let mut keys: Vec<Vec<u8>> = listed[1]
            .as_slice()
            .unwrap_or_default()
            .iter()
            .filter_map(|key| Some(key.as_bytes()?.to_vec()))
            .collect();
        keys.sort();
        let about = |key: &Vec<u8>| {
            ["TYPE", "PEXPIRETIME", "DEBUG DIGEST-VALUE"].map(|question| {
                let mut question = words(question);
                question.push(key.clone());
                question
            })
        };
        let told = server.ask_each(&keys.iter().flat_map(about).collect::<Vec<_>>());
        for (key, told) in keys.iter().zip(told.chunks(3)) {
            let (kind, until, digest) = (show(&told[0]), show(&told[1]), show(&told[2]));
            let (database, name) = (database.escape_ascii(), key.escape_ascii());
            all.push(format!("{database} {name}: {kind} until {until} {digest}"));
            if kind == "stream" {
                let mut question = words("XINFO STREAM key FULL COUNT 0");
                question[2].clone_from(key);
                all.extend(server.ask_each(&[question]).iter().map(show));
            }
        }
    }
    server.ask_each(&[words("SELECT 0")]);
    assert!(all.len() > 1, "there is no data");
    all
}

/// A reply as a person reads it, of pairs without [`UNLIKE`].
fn show(reply: &Reply) -> String {
    match reply {
        Reply::Int(number) => number.to_string(),
        Reply::Array(items) => {
            let (mut kept, mut items) = (Vec::new(), items.iter());
            while let Some(item) = items.next() {
                match item.as_bytes() {
                    Some(name) if UNLIKE.contains(&name) => drop(items.next()),
                    _ => kept.push(show(item)),
                }
            }
            format!("[{}]", kept.join(" "))
        }
        other => match other.as_bytes() {
            Some(bytes) => bytes.escape_ascii().to_string(),
            None => format!("{other:?}"),
        },
    }
}

/// A fingerprint without the consumers that have nothing to acknowledge: one that asked in vain is in no log.
pub fn without_idle(mut fingerprint: Vec<String>) -> Vec<String> {
    const IDLE: &str = " pel-count 0 pending []]";
    for line in &mut fingerprint {
        while let Some(end) = line.find(IDLE) {
            let start = line[..end].rfind("[name ").expect("it has a name");
            line.replace_range(start..end + IDLE.len(), "");
        }
        *line = line.replace("  ", " ").replace(" ]", "]").replace("[ ", "[");
    }
    fingerprint
}

/// Fails with the first line in which two fingerprints differ.
pub fn assert_same(got: &[String], wanted: &[String], story: &str) {
    if let Some((got, wanted)) = got.iter().zip(wanted).skip(1).find(|(got, wanted)| got != wanted) {
        panic!("{story}:\n{got}\ninstead of\n{wanted}");
    }
    assert_eq!(got.len(), wanted.len(), "{story}: the number of keys");
    assert_eq!(got[0], wanted[0], "{story}");
}

/// The real server's time on a bench's clock, and so much more or less: negative for a server that writes. Nothing has
/// expired when the real server reads that, but it takes no time for one of the future. One that reads what the real
/// server wrote does it afterwards.
pub fn real_time(real: &mut Real, plus_s: i64) -> Mono {
    let Reply::Array(parts) = real.ask(&[b"TIME"]) else { panic!("a time") };
    let seconds: i64 = String::from_utf8_lossy(parts[0].as_bytes().expect("digits")).parse().expect("digits");
    let since_boot_s = seconds + plus_s - BOOT_WALL.0 / 1_000_000;
    Mono(0) + Duration::from_secs(since_boot_s.unsigned_abs())
}

/// This server takes the steps. Now and then a key dies.
pub fn play(bench: &mut Bench, steps: &[Step]) {
    for step in steps.iter().filter(|step| !step.words.is_empty()) {
        bench.ask_each(std::slice::from_ref(&step.words));
        bench.wait(Duration::from_millis(step.wait_ms));
    }
}

/// The steps are over: nothing is left half done, and nothing is about to die.
pub fn end(bench: &mut Bench) {
    bench.ask("DISCARD");
    bench.wait(Duration::from_secs(1));
}

/// A real server takes them, but for the deaths: it could die there and not elsewhere.
pub fn play_real(real: &mut Real, steps: &[Step]) {
    let is_taken = |step: &&Step| !step.words.is_empty() && step.wait_ms == 0;
    real.ask_each(&steps.iter().filter(is_taken).map(|step| step.words.clone()).collect::<Vec<_>>());
}

/// Nothing that a real server has expires soon any more.
pub fn keep_all(real: &mut Real) {
    let script = "for db = 0, 3 do
        redis.call('SELECT', db)
        for _, key in ipairs(redis.call('KEYS', '*')) do
            local ttl = redis.call('PTTL', key)
            if ttl >= 0 and ttl < 10000000 then redis.call('PERSIST', key) end
        end
    end";
    real.do_it(&[b"EVAL", script.as_bytes(), b"0"]);
}

#[test]
fn there_are_at_least_five_hundred_sets_of_data() {
    assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<u64>(), 100);
    const { assert!(DATASETS >= 500) };
}

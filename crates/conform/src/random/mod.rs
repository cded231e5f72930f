//! Random commands, the same to two servers: whatever they answer differently is news.
//!
//! Times to live are compared roughly, since two hosts' clocks differ; elements without an order are compared as
//! if they had none. Not covered: commands whose reply is a choice, and what memory and time statistics say.

mod shapes;

use crate::target::{Connection, Target};
use resplay_base::Random;
use resplay_resp::{Protocol, Reply, Writer, decode, encode_request};
use shapes::{FAMILIES, KINDS};
use std::{fmt, io};

/// One command in words.
pub type Words = Vec<Vec<u8>>;

/// How often a command is spoilt: a word too few or too many, or an unknown one.
const SPOILT: f64 = 0.02;

/// `count` commands, the same for the same seed.
pub fn commands(seed: u64, count: usize) -> Vec<Words> {
    let mut random = Random::stream(seed, "commands");
    let shapes = draw_families(&mut random);
    (0..count).map(|_| command(&mut random, &shapes)).collect()
}

/// About a third of the families in one sequence: with all of them most commands would meet a key of another type.
fn draw_families(random: &mut Random) -> Vec<&'static str> {
    let drawn: Vec<_> = FAMILIES.iter().filter(|_| random.chance(0.3)).collect();
    let shapes: Vec<&str> = drawn.iter().flat_map(|family| family.shapes).copied().collect();
    if shapes.is_empty() {
        FAMILIES.iter().flat_map(|family| family.shapes).copied().collect()
    } else {
        shapes
    }
}

fn command(random: &mut Random, shapes: &[&str]) -> Words {
    let mut words = Vec::new();
    for part in pick(random, shapes).split(' ') {
        let (times, part) = match part.split_at_checked(1) {
            Some(("?", part)) => (u64::from(random.chance(0.15)), part),
            Some(("*", part)) => (random.below(4), part),
            _ => (1, part),
        };
        for _ in 0..times {
            words.extend(part.split(',').map(|word| draw(random, word)));
        }
    }
    if random.chance(SPOILT) {
        spoil(random, &mut words);
    }
    words
}

fn spoil(random: &mut Random, words: &mut Words) {
    match random.below(3) {
        0 => drop(words.pop()),
        1 => words.push(b"foo".to_vec()),
        _ => words[0].push(b'x'),
    }
    if words.is_empty() {
        words.push(b"foo".to_vec());
    }
}

/// A word, or what a `<kind>` stands for.
fn draw(random: &mut Random, word: &str) -> Vec<u8> {
    let Some(kind) = word.strip_prefix('<').and_then(|kind| kind.strip_suffix('>')) else {
        return word.as_bytes().to_vec();
    };
    match kind {
        // Far apart, so that no two times compare differently on two clocks.
        "seconds" => time(random, 1),
        "ms" => time(random, 1_000),
        kind => {
            let mut kinds = KINDS.iter().chain(FAMILIES.iter().flat_map(|family| family.kinds));
            let (_, words) = kinds.find(|(name, _)| *name == kind).expect("every kind has its words");
            pick(random, words).chars().map(|char| char as u8).collect()
        }
    }
}

fn time(random: &mut Random, unit: u64) -> Vec<u8> {
    match random.below(12) {
        0 => b"0".to_vec(),
        1 => b"-1".to_vec(),
        2 => b"9223372036854775807".to_vec(),
        3 => b"x".to_vec(),
        _ => ((100 + 60 * random.below(1_000)) * unit).to_string().into_bytes(),
    }
}

fn pick<'a>(random: &mut Random, words: &[&'a str]) -> &'a str {
    words[random.index(words.len())]
}

/// A command that two servers answered differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// Its place in the sequence, from 0.
    pub index: usize,
    /// The command.
    pub words: Words,
    /// What each said.
    pub replies: [Vec<u8>; 2],
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {}", self.index, show(&self.words))?;
        for reply in &self.replies {
            write!(f, "\n    {}", reply[..reply.len().min(SHOWN_MAX)].escape_ascii())?;
        }
        Ok(())
    }
}

/// How much of a reply is shown, in bytes.
const SHOWN_MAX: usize = 400;

/// A command as one line.
pub fn show(words: &[Vec<u8>]) -> String {
    let quote = |word: &Vec<u8>| format!("\"{}\"", word.escape_ascii());
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// Sends commands to both servers, each emptied before, and returns the first disagreement.
pub fn compare(
    commands: &[Words],
    protocol: Protocol,
    targets: [&mut dyn Target; 2],
) -> io::Result<Option<Disagreement>> {
    let [one, other] = targets;
    let connections = [begin(one, protocol)?, begin(other, protocol)?];
    let mut found = None;
    for (index, words) in commands.iter().enumerate() {
        let replies = [ask(one, connections[0], words)?, ask(other, connections[1], words)?];
        if !agree(words, &replies) {
            found = Some(Disagreement { index, words: words.clone(), replies });
            break;
        }
    }
    one.disconnect(connections[0]);
    other.disconnect(connections[1]);
    Ok(found)
}

/// A shorter sequence with the same kind of disagreement at its end: leaves out what can be left out.
pub fn shrink(
    commands: &[Words],
    protocol: Protocol,
    targets: [&mut dyn Target; 2],
) -> io::Result<Vec<Words>> {
    let [one, other] = targets;
    let mut kept = commands.to_vec();
    let mut chunk = kept.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        while at < kept.len() {
            let mut shorter = kept.clone();
            shorter.drain(at..(at + chunk).min(kept.len()));
            match compare(&shorter, protocol, [&mut *one, &mut *other])? {
                Some(found) => kept = shorter[..=found.index].to_vec(),
                None => at += chunk,
            }
        }
        if chunk == 1 {
            return Ok(kept);
        }
        chunk = chunk.div_ceil(2);
    }
}

fn begin(target: &mut dyn Target, protocol: Protocol) -> io::Result<Connection> {
    target.control(&["FLUSHALL"])?;
    let connection = target.connect()?;
    if protocol == Protocol::Resp3 {
        ask(target, connection, &[b"HELLO".to_vec(), b"3".to_vec()])?;
    }
    Ok(connection)
}

fn ask(target: &mut dyn Target, connection: Connection, words: &[Vec<u8>]) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    encode_request(&mut request, words);
    target.send(connection, &request)?;
    target.settle()?;
    Ok(target.receive(connection)?.bytes)
}

const CLOCKS: [&[u8]; 4] = [b"TTL", b"PTTL", b"EXPIRETIME", b"PEXPIRETIME"];
const UNORDERED: &[&[u8]] =
    &[b"HGETALL", b"HKEYS", b"HVALS", b"HSCAN", b"KEYS", b"SCAN", b"SDIFF", b"SPOP", b"SUNION"];
/// The most by which two clocks may have moved apart during a comparison, in the units of TTL and PTTL.
const SLACK: [u64; 2] = [20, 20_000];

fn agree(words: &[Vec<u8>], replies: &[Vec<u8>; 2]) -> bool {
    let name = words[0].to_ascii_uppercase();
    let is_transaction = name == b"EXEC";
    let is_clock = CLOCKS.contains(&name.as_slice());
    let is_unordered = UNORDERED.contains(&name.as_slice());
    if replies[0] == replies[1] {
        return true;
    }
    let [Ok(Some((one, _))), Ok(Some((other, _)))] = [decode(&replies[0]), decode(&replies[1])] else {
        return false;
    };
    (is_clock || is_transaction) && are_near(&one, &other, is_transaction)
        || (is_unordered || is_transaction) && normal_form(&one) == normal_form(&other)
}

/// Whether two replies are one time on two clocks; within a transaction, whether their elements are that or equal.
fn are_near(one: &Reply, other: &Reply, is_transaction: bool) -> bool {
    match (one, other) {
        (Reply::Int(one), Reply::Int(other)) if *one > 0 && *other > 0 => {
            one.abs_diff(*other) <= SLACK[usize::from(*one > 1_000_000)]
                || one.abs_diff(*other) <= one.unsigned_abs() / 4
        }
        (Reply::Array(ones), Reply::Array(others)) if is_transaction && ones.len() == others.len() => ones
            .iter()
            .zip(others)
            .all(|(one, other)| normal_form(one) == normal_form(other) || are_near(one, other, false)),
        _ => false,
    }
}

/// A reply's bytes with all elements sorted.
fn normal_form(reply: &Reply) -> Vec<u8> {
    let mut parts: Vec<Vec<u8>> = match reply {
        Reply::Map(pairs) => {
            pairs.iter().map(|(key, value)| [normal_form(key), normal_form(value)].concat()).collect()
        }
        reply => reply.as_slice().unwrap_or_default().iter().map(normal_form).collect(),
    };
    parts.sort();
    let mut out = Vec::new();
    match reply {
        Reply::Map(_) | Reply::Array(_) | Reply::Set(_) | Reply::Push(_) => {
            out.extend_from_slice(format!("{:?}{}", std::mem::discriminant(reply), parts.len()).as_bytes());
        }
        reply => Writer::new(&mut out, Protocol::Resp3).reply(reply),
    }
    out.extend(parts.concat());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_commands_and_every_kind_has_words() {
        assert_eq!(commands(7, 5_000), commands(7, 5_000));
        assert_ne!(commands(7, 50), commands(8, 50));
    }

    #[test]
    fn order_and_clocks_are_forgiven_where_they_may_differ() {
        let agree = |name: &str, one: &str, other: &str| {
            agree(&[name.as_bytes().to_vec()], &[one.as_bytes().to_vec(), other.as_bytes().to_vec()])
        };
        assert!(agree("KEYS", "*2\r\n+a\r\n+b\r\n", "*2\r\n+b\r\n+a\r\n"));
        assert!(!agree("MGET", "*2\r\n+a\r\n+b\r\n", "*2\r\n+b\r\n+a\r\n"));
        assert!(agree("TTL", ":100\r\n", ":99\r\n"));
        assert!(!agree("TTL", ":100\r\n", ":-1\r\n"));
        assert!(!agree("INCR", ":100\r\n", ":99\r\n"));
        assert!(agree("EXEC", "*2\r\n:100\r\n+b\r\n", "*2\r\n:99\r\n+b\r\n"));
        assert!(!agree("GET", "$1\r\na\r\n", "-ERR\r\n"));
    }
}

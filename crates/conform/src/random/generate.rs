//! Drawing histories.

use super::Words;
use super::shapes::{FAMILIES, KINDS};
use crate::suite::is_like;
use resplay_base::Random;

/// A command of one of the clients, and how long everybody waits after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which client, from 0.
    pub client: usize,
    /// Its command.
    pub words: Words,
    /// In milliseconds; zero nearly always.
    pub wait_ms: u64,
}

/// How many clients take part in a history.
pub const CLIENTS: usize = 4;

/// How often a command is spoilt: a word too few or too many, or an unknown one.
const SPOILT: f64 = 0.02;
/// How often the next command is that of another client.
const SWITCHED: f64 = 0.05;
/// How often a key dies while everybody waits.
const DYING: f64 = 0.0004;
/// How long that key lives, and how long everybody waits then, in milliseconds.
const LIFE_MS: &str = "20";
const WAIT_MS: u64 = 60;

/// `count` commands, the same for the same seed, filter, and commands that `is_known` says both servers have.
pub fn history(seed: u64, count: usize, filter: Option<&str>, is_known: &dyn Fn(&str) -> bool) -> Vec<Step> {
    let mut random = Random::stream(seed, "commands");
    let is_taken = |shape: &&str| {
        let name = shape.split(' ').next().unwrap_or_default();
        is_known(name) && filter.is_none_or(|filter| is_like(filter, name))
    };
    let shapes = draw_families(&mut random, &is_taken);
    if shapes.is_empty() {
        return Vec::new();
    }
    let mut client = 0;
    let mut step = || {
        if random.chance(SWITCHED) {
            client = random.index(CLIENTS);
        }
        if random.chance(DYING) && is_known("PEXPIRE") {
            let words = vec![b"PEXPIRE".to_vec(), draw(&mut random, "<key>"), LIFE_MS.into()];
            return Step { client, words, wait_ms: WAIT_MS };
        }
        Step { client, words: command(&mut random, &shapes), wait_ms: 0 }
    };
    (0..count).map(|_| step()).collect()
}

/// About a third of the families in one history: with all of them most commands would meet a key of another type.
fn draw_families(random: &mut Random, is_taken: &dyn Fn(&&str) -> bool) -> Vec<&'static str> {
    let taken = |family: &&&super::shapes::Family| family.shapes.iter().any(is_taken);
    let possible: Vec<_> = FAMILIES.iter().filter(taken).collect();
    let mut drawn: Vec<_> = possible.iter().filter(|_| random.chance(0.3)).collect();
    if drawn.is_empty() {
        drawn = possible.iter().collect();
    }
    drawn.iter().flat_map(|family| family.shapes).copied().filter(|shape| is_taken(shape)).collect()
}

fn command(random: &mut Random, shapes: &[&str]) -> Words {
    let mut words = Vec::new();
    for part in pick(random, shapes).split(' ') {
        let (times, part) = match part.split_at_checked(1) {
            Some(("?", part)) => (u64::from(random.chance(0.15)), part),
            Some(("*", part)) if !part.is_empty() => (random.below(4), part),
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
        // Beyond the end of any comparison, and far apart, so that no two times compare differently on two clocks.
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
        _ => ((3_700 + 60 * random.below(10_000)) * unit).to_string().into_bytes(),
    }
}

fn pick<'a>(random: &mut Random, words: &[&'a str]) -> &'a str {
    words[random.index(words.len())]
}

/// A history as lines that can be typed into one redis-cli for each client; the clients are a, b, ….
pub fn show(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        let words: Vec<String> = step.words.iter().map(|word| quote(word)).collect();
        text += &format!("{}> {}\n", name(step.client), words.join(" "));
        if step.wait_ms > 0 {
            text += &format!("(wait {} ms)\n", step.wait_ms);
        }
    }
    text
}

/// A client's name.
pub(super) fn name(client: usize) -> char {
    u8::try_from(client).map_or('?', |client| char::from(b'a' + client % 26))
}

/// A word as redis-cli reads it.
fn quote(word: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"'\\".contains(byte);
    if !word.is_empty() && word.iter().all(is_plain) {
        return word.escape_ascii().to_string();
    }
    let bytes = word.iter().map(|byte| match byte {
        b'\'' => "'".to_owned(),
        byte => byte.escape_ascii().to_string(),
    });
    format!("\"{}\"", bytes.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_history_and_every_kind_has_words() {
        let draw = |seed, count| history(seed, count, None, &|_| true);
        for seed in 1..20 {
            assert_eq!(draw(seed, 2_000), draw(seed, 2_000));
        }
        assert_ne!(draw(7, 50), draw(8, 50));
    }

    #[test]
    fn only_what_both_know_and_the_filter_takes_is_drawn() {
        let names = |filter| {
            let steps = history(1, 500, filter, &|name| name.starts_with('H'));
            steps
                .into_iter()
                .map(|step| String::from_utf8_lossy(&step.words[0]).into_owned())
                .collect::<Vec<_>>()
        };
        assert!(names(None).iter().all(|name| name.starts_with(['H', 'f'])));
        assert!(names(Some("hget")).iter().all(|name| name.starts_with("HGET") || name == "foo"));
        assert!(names(Some("GET")).is_empty());
    }

    #[test]
    fn a_history_is_shown_so_that_it_can_be_typed() {
        let words = [&b"SET"[..], b"a b", b"\"\xff'", b""].map(<[u8]>::to_vec).to_vec();
        let step = Step { client: 1, words, wait_ms: 0 };
        assert_eq!(show(&[step]), "b> SET \"a b\" \"\\\"\\xff'\" \"\"\n");
    }
}

//! Commands drawn at random: how each looks, a file a family, and what its words are drawn from. Most draws meet, or no two
//! commands would concern the same thing; some are at a boundary, of the wrong type, or no command at all.

mod bitmaps;
mod choices;
mod connection;
mod geo;
mod hashes;
mod hyperloglogs;
mod keys;
mod lists;
mod publishing;
mod sets;
mod sorted_sets;
mod streams;
mod strings;
mod transactions;
mod waiting;

use resplay_base::Random;

/// A command in words.
pub type Words = Vec<Vec<u8>>;

/// A family's commands, and the words that only they use.
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// `<kind>` is drawn, `?a,b` may be there, `*a,b` may be there up to three times.
    pub shapes: &'static [&'static str],
    /// What its own kinds of words are drawn from.
    kinds: &'static [Kind],
}

/// A kind of words: its name, and what it is drawn from.
type Kind = (&'static str, &'static [&'static str]);

/// All of them, by name.
pub const FAMILIES: &[&Family] = &[
    &bitmaps::FAMILY,
    &choices::FAMILY,
    &connection::FAMILY,
    &geo::FAMILY,
    &hashes::FAMILY,
    &hyperloglogs::FAMILY,
    &keys::FAMILY,
    &lists::FAMILY,
    &publishing::FAMILY,
    &sets::FAMILY,
    &sorted_sets::FAMILY,
    &streams::FAMILY,
    &strings::FAMILY,
    &transactions::FAMILY,
    &waiting::FAMILY,
];

/// How often a command is spoilt: a word too few or too many, or an unknown one.
const SPOILT: f64 = 0.02;

/// A command of one of these shapes; now and then it is spoilt.
pub fn command(random: &mut Random, shapes: &[&str]) -> Words {
    let mut words = Vec::new();
    for part in pick(random, shapes).split(' ') {
        let (times, part) = match part.split_at_checked(1) {
            Some(("?", part)) => (u64::from(random.chance(0.15)), part),
            Some(("*", part)) if !part.is_empty() => (random.below(4), part),
            _ => (1, part),
        };
        for _ in 0..times {
            words.extend(part.split(',').map(|part| word(random, part)));
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
pub fn word(random: &mut Random, word: &str) -> Vec<u8> {
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

/// What the kinds that all families share are drawn from. Most draws must meet, or no two commands concern the same thing.
const KINDS: &[Kind] = &[
    ("key", &["a", "b", "c", "d", "e", "h", "h", "i", "i", "", "\u{ff}"]),
    ("field", &["f", "g", "j", "k", "l", ""]),
    ("db", &["0", "0", "0", "1", "1", "2", "16", "-1", "x"]),
    ("index", &["0", "1", "2", "5", "-1", "-2", "-5", "100", "-100", "x"]),
    ("offset", &["0", "1", "2", "5", "20", "-1", "536870912", "x"]),
    ("type", &["string", "hash", "list", "foo"]),
    ("pattern", &["*", "[a-c]", "?", "h*", "[^a]", "\\a", "", "f", "*\u{ff}"]),
    ("at", &["4102444800", "4102448400", "1", "0", "-1", "9223372036854775", "9223372036854775807", "x"]),
    ("at-ms", &["4102444800123", "4102448400999", "1", "0", "9223372036854775807", "1.5"]),
    ("int", &["1", "-1", "5", "100", "9223372036854775807", "-9223372036854775808", "x", "1.5", "", "01"]),
    (
        "float",
        &["1", "0.1", "-0.3", "1.5e3", "3.0", "1e17", "x", "inf", "nan", "", "1e-5", "123456789.123456789"],
    ),
    (
        "value",
        &[
            "1",
            "-1",
            "0",
            "10",
            "x",
            "hello world",
            "",
            "3.0",
            "0.1",
            "1e3",
            "9223372036854775807",
            "inf",
            " 1",
            "9223372036854775806",
            "\0\r\n",
            "012",
            "44-bytes-is-the-longest-string-that-is-embstr",
            "17",
            "a-string-of-65-bytes-is-one-too-long-for-a-hash-to-stay-a-listpack",
        ],
    ),
    (
        "command",
        &["get", "SET", "mset", "copy", "hset", "ping", "del", "nothing", "expire", "object|encoding"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_sorted_by_name_and_every_kind_has_words() {
        assert!(FAMILIES.is_sorted_by_key(|family| family.name));
        let mut random = Random::stream(1, "test");
        for shape in FAMILIES.iter().flat_map(|family| family.shapes) {
            for _ in 0..20 {
                command(&mut random, &[shape]);
            }
        }
    }
}

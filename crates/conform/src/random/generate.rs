//! Drawing histories.

use super::Words;
use crate::suite::is_like;
use resplay_base::Random;
use resplay_resp::join_words;
use resplay_spec::draw::{FAMILIES, Family, command, word};

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
            let words = vec![b"PEXPIRE".to_vec(), word(&mut random, "<key>"), LIFE_MS.into()];
            return Step { client, words, wait_ms: WAIT_MS };
        }
        Step { client, words: command(&mut random, &shapes), wait_ms: 0 }
    };
    (0..count).map(|_| step()).collect()
}

/// About a third of the families in one history: with all of them most commands would meet a key of another type.
fn draw_families(random: &mut Random, is_taken: &dyn Fn(&&str) -> bool) -> Vec<&'static str> {
    let taken = |family: &&&Family| family.shapes.iter().any(is_taken);
    let possible: Vec<_> = FAMILIES.iter().filter(taken).collect();
    let mut drawn: Vec<_> = possible.iter().filter(|_| random.chance(0.3)).collect();
    if drawn.is_empty() {
        drawn = possible.iter().collect();
    }
    drawn.iter().flat_map(|family| family.shapes).copied().filter(|shape| is_taken(shape)).collect()
}

/// A history as lines that can be typed into one redis-cli for each client; the clients are a, b, ….
pub fn show(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        text += &format!("{}> {}\n", name(step.client), join_words(&step.words));
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

//! Commands whose reply is a random choice: what came must be one that the documentation allows; what was taken is then
//! made the same on both servers.

use super::{Words, normal_form};
use resplay_resp::Reply;
use std::collections::{BTreeMap, BTreeSet};

/// A command that chooses, and the command that tells what it chooses from.
pub(super) struct Choice {
    name: &'static [u8],
    from: &'static [&'static str],
    /// Whether what tells comes with a value for each.
    has_values: bool,
    /// Whether what is chosen is gone then.
    pub takes: bool,
}

const CHOICES: [Choice; 5] = [
    Choice { name: b"RANDOMKEY", from: &["KEYS", "*"], has_values: false, takes: false },
    Choice { name: b"SPOP", from: &["SMEMBERS", ""], has_values: false, takes: true },
    Choice { name: b"SRANDMEMBER", from: &["SMEMBERS", ""], has_values: false, takes: false },
    Choice { name: b"HRANDFIELD", from: &["HGETALL", ""], has_values: true, takes: false },
    Choice {
        name: b"ZRANDMEMBER",
        from: &["ZRANGE", "", "0", "-1", "WITHSCORES"],
        has_values: true,
        takes: false,
    },
];

/// The row of a command that chooses.
pub(super) fn find(words: &[Vec<u8>]) -> Option<&'static Choice> {
    CHOICES.iter().find(|choice| words[0].eq_ignore_ascii_case(choice.name))
}

impl Choice {
    /// What tells what there is to choose from: an empty word stands for the key.
    pub(super) fn question(&self, words: &[Vec<u8>]) -> Words {
        let key = || words.get(1).cloned().unwrap_or_default();
        self.from.iter().map(|word| if word.is_empty() { key() } else { word.as_bytes().to_vec() }).collect()
    }

    /// Whether a reply may have been given, where this is what there was; errors are not for here.
    pub(super) fn allows(&self, words: &[Vec<u8>], there: &Reply, reply: &Reply) -> bool {
        let there: BTreeMap<_, _> = pairs(there, self.has_values).into_iter().collect();
        let count = words.get(2).and_then(|word| std::str::from_utf8(word).ok()?.parse::<i64>().ok());
        let Some(count) = count else {
            return match reply.as_bytes() {
                Some(chosen) => there.contains_key(chosen),
                None => reply.is_null() && there.is_empty(),
            };
        };
        let chosen = pairs(reply, words.len() > 3);
        let distinct: BTreeSet<_> = chosen.iter().map(|(name, _)| name).collect();
        let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
        let is_count_right = match count {
            0.. => chosen.len() == wanted.min(there.len()) && distinct.len() == chosen.len(),
            _ => chosen.len() == if there.is_empty() { 0 } else { wanted },
        };
        let is_there = |(name, value): &(Vec<u8>, Vec<u8>)| {
            there.get(name).is_some_and(|is| words.len() <= 3 || is == value)
        };
        is_count_right && chosen.iter().all(is_there)
    }
}

/// What makes the second server have lost the same members as the first.
pub(super) fn amends(words: &[Vec<u8>], first: &Reply, second: &Reply) -> Vec<Words> {
    let names = |reply: &Reply| match reply.as_bytes() {
        Some(bytes) => BTreeSet::from([bytes.to_vec()]),
        None => pairs(reply, false).into_iter().map(|(name, _)| name).collect(),
    };
    let (first, second) = (names(first), names(second));
    let command = |name: &str, members: Vec<Vec<u8>>| {
        [vec![name.as_bytes().to_vec(), words[1].clone()], members].concat()
    };
    let back: Vec<_> = second.difference(&first).cloned().collect();
    let gone: Vec<_> = first.difference(&second).cloned().collect();
    if back.is_empty() { Vec::new() } else { vec![command("SADD", back), command("SREM", gone)] }
}

/// Names, and what belongs to each: from a map, from pairs, or from a flat list, as the protocol has it.
fn pairs(reply: &Reply, has_values: bool) -> Vec<(Vec<u8>, Vec<u8>)> {
    let bytes = |reply: &Reply| reply.as_bytes().unwrap_or_default().to_vec();
    match reply {
        Reply::Map(pairs) => pairs.iter().map(|(name, value)| (bytes(name), normal_form(value))).collect(),
        reply => {
            let items = reply.as_slice().unwrap_or_default();
            match items.first() {
                Some(Reply::Array(_)) => {
                    let pair = |item: &Reply| match item.as_slice() {
                        Some([name, value]) => (bytes(name), normal_form(value)),
                        _ => Default::default(),
                    };
                    items.iter().map(pair).collect()
                }
                _ if has_values => {
                    items.chunks_exact(2).map(|pair| (bytes(&pair[0]), normal_form(&pair[1]))).collect()
                }
                _ => items.iter().map(|item| (bytes(item), Vec::new())).collect(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_resp::decode;

    fn reply(text: &str) -> Reply {
        decode(text.as_bytes()).expect("RESP").expect("complete").0
    }

    fn words(line: &str) -> Words {
        line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    fn allows(line: &str, there: &str, given: &str) -> bool {
        let words = words(line);
        find(&words).expect("it chooses").allows(&words, &reply(there), &reply(given))
    }

    #[test]
    fn a_choice_must_be_among_what_there_is_and_as_many_as_asked_for() {
        let there = "*2\r\n+a\r\n+b\r\n";
        assert!(allows("SPOP s", there, "+a\r\n") && !allows("SPOP s", there, "+c\r\n"));
        assert!(allows("SPOP s", "*0\r\n", "_\r\n") && !allows("SPOP s", there, "_\r\n"));
        assert!(allows("SRANDMEMBER s 5", there, "*2\r\n+b\r\n+a\r\n"));
        assert!(!allows("SRANDMEMBER s 2", there, "*2\r\n+b\r\n+b\r\n"));
        assert!(allows("srandmember s -3", there, "*3\r\n+b\r\n+b\r\n+a\r\n"));
        assert!(!allows("SRANDMEMBER s -3", there, "*2\r\n+b\r\n+a\r\n"));
    }

    #[test]
    fn values_must_belong_to_what_was_chosen_in_either_protocol() {
        for (there, given) in [
            ("*4\r\n+f\r\n+1\r\n+g\r\n+2\r\n", "*2\r\n+g\r\n+2\r\n"),
            ("%2\r\n+f\r\n+1\r\n+g\r\n+2\r\n", "*1\r\n*2\r\n+g\r\n+2\r\n"),
        ] {
            assert!(allows("HRANDFIELD h 1 WITHVALUES", there, given));
            assert!(!allows("HRANDFIELD h 1 WITHVALUES", there, &given.replace("+2", "+1")));
        }
    }

    #[test]
    fn the_second_server_is_made_to_have_lost_the_same() {
        let made = amends(&words("SPOP s 2"), &reply("*2\r\n+a\r\n+b\r\n"), &reply("*2\r\n+b\r\n+c\r\n"));
        assert_eq!(made, [words("SADD s c"), words("SREM s a")]);
        assert_eq!(amends(&words("SPOP s"), &reply("+a\r\n"), &reply("+a\r\n")), Vec::<Words>::new());
    }
}

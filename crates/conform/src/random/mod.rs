//! Random histories, the same to two servers: whatever they answer differently is news.
//!
//! A [`Step`] is a command of one of several clients, so that blocking, WATCH and messages between clients are compared
//! too. [`Duel::play`] sends a history to both servers and, at its end, compares all their data; [`Duel::shrink`] makes the
//! shortest history that still tells them apart. Times to live are compared roughly, since two hosts' clocks differ; elements
//! without an order as if they had none; a random choice is judged by what it may be, and then undone ([`choice`]).
//!
//! Not covered: what memory and time statistics say, and commands that the servers do not both have.

mod choice;
mod data;
mod duel;
mod generate;
mod shrink;

pub use duel::{Disagreement, Duel, Known};
pub use generate::{CLIENTS, Step, history, show};

use resplay_resp::{Protocol, Reply, Writer, decode};
use resplay_spec::draw::Words;

const CLOCKS: [&[u8]; 4] = [b"TTL", b"PTTL", b"EXPIRETIME", b"PEXPIRETIME"];
const UNORDERED: [&[u8]; 13] = [
    b"HGETALL",
    b"HKEYS",
    b"HVALS",
    b"HSCAN",
    b"KEYS",
    b"SCAN",
    b"SDIFF",
    b"SINTER",
    b"SMEMBERS",
    b"SSCAN",
    b"SUNION",
    b"PUBSUB",
    b"ZSCAN",
];
/// The most by which two clocks may have moved apart during a comparison, in the units of TTL and PTTL.
const SLACK: [u64; 2] = [20, 20_000];

fn agree(words: &[Vec<u8>], replies: &[Vec<u8>; 2]) -> bool {
    let name = words[0].to_ascii_uppercase();
    let is_transaction = name == b"EXEC";
    let is_clock = CLOCKS.contains(&name.as_slice());
    let is_unordered = UNORDERED.contains(&name.as_slice()) || has_ties(words);
    if replies[0] == replies[1] {
        return true;
    }
    let [Ok(Some((one, _))), Ok(Some((other, _)))] = [decode(&replies[0]), decode(&replies[1])] else {
        return false;
    };
    (is_clock || is_transaction) && are_near(&one, &other, is_transaction)
        || (is_unordered || is_transaction) && normal_form(&one) == normal_form(&other)
}

/// SORT leaves a set's elements in an order of their own where it does not sort, and where weights are equal.
fn has_ties(words: &[Vec<u8>]) -> bool {
    let is_sort = words[0].eq_ignore_ascii_case(b"SORT") || words[0].eq_ignore_ascii_case(b"SORT_RO");
    let by = words.iter().rposition(|word| word.eq_ignore_ascii_case(b"BY")).and_then(|at| words.get(at + 1));
    // A pattern without a star is no pattern: nothing is sorted.
    is_sort && by.is_some_and(|pattern| has(words, "ALPHA") || !pattern.contains(&b'*'))
}

/// Whether what a command leaves behind or takes hangs on such an order, or on the last bit of a distance, which differs
/// between libraries of mathematics.
fn is_undetermined(words: &[Vec<u8>]) -> bool {
    has_ties(words) && (has(words, "LIMIT") || has(words, "STORE")) || has(words, "STOREDIST")
}

fn has(words: &[Vec<u8>], option: &str) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(option.as_bytes()))
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

//! All the data of two servers, key by key.

use super::Words;
use super::duel::{Clash, Duel};
use resplay_resp::{Reply, decode};
use std::io;

/// The databases that histories use.
const DATABASES: [&str; 3] = ["0", "1", "2"];

/// What is asked about a value of a type: all its elements.
const ELEMENTS: [(&str, &[&str]); 7] = [
    ("string", &["GET", ""]),
    ("list", &["LRANGE", "", "0", "-1"]),
    ("set", &["SMEMBERS", ""]),
    ("zset", &["ZRANGE", "", "0", "-1", "WITHSCORES"]),
    ("hash", &["HGETALL", ""]),
    ("stream", &["XRANGE", "", "-", "+"]),
    ("stream", &["XINFO", "GROUPS", ""]),
];

impl Duel<'_> {
    /// The first thing in which the data of the two differ: the keys, or a key's type, encoding, time to live, elements or payload.
    pub(super) fn compare_data(&mut self) -> io::Result<Option<Clash>> {
        let inspector = self.open()?;
        let clash = self.inspect(inspector);
        self.close(inspector);
        clash
    }

    fn inspect(&mut self, inspector: super::duel::Pair) -> io::Result<Option<Clash>> {
        for db in DATABASES {
            let listing = [words(&["SELECT", db], b""), words(&["KEYS", "*"], b"")];
            let (replies, clash) = self.exchange(inspector, &listing)?;
            if clash.is_some() {
                return Ok(clash);
            }
            let keys: Vec<Vec<u8>> = replies.last().map(|bytes| list(bytes)).unwrap_or_default();
            let about = |key: &Vec<u8>| {
                [&["TYPE", ""][..], &["OBJECT", "ENCODING", ""], &["PTTL", ""]].map(|about| words(about, key))
            };
            let questions: Vec<Words> = keys.iter().flat_map(about).collect();
            let (replies, clash) = self.exchange(inspector, &questions)?;
            if clash.is_some() {
                return Ok(clash);
            }
            let types = replies.iter().step_by(3).map(|reply| reply.strip_prefix(b"+").unwrap_or(reply));
            let elements = keys.iter().zip(types).flat_map(|(key, kind)| {
                let of_type = ELEMENTS.iter().filter(move |(name, _)| kind.starts_with(name.as_bytes()));
                of_type.map(move |(_, question)| words(question, key))
            });
            let (_, clash) = self.exchange(inspector, &elements.collect::<Vec<_>>())?;
            if clash.is_some() {
                return Ok(clash);
            }
            let payloads: Vec<Words> = keys
                .iter()
                .zip(replies.chunks(3))
                .filter(|(_, about)| has_one_payload(&about[0], &about[1]))
                .map(|(key, _)| words(&["DUMP", ""], key))
                .collect();
            let (_, clash) = self.exchange(inspector, &payloads)?;
            if clash.is_some() {
                return Ok(clash);
            }
        }
        Ok(None)
    }
}

/// Whether type and encoding leave no choice in what DUMP gives: a table has an order of its own, a compact set that of the
/// table that it was made from, or another one where a random choice was undone, and a stream knows when its consumers
/// were seen.
fn has_one_payload(kind: &[u8], encoding: &[u8]) -> bool {
    let is_listed_set = kind.starts_with(b"+set") && encoding.ends_with(b"listpack\r\n");
    !kind.starts_with(b"+stream") && !encoding.ends_with(b"hashtable\r\n") && !is_listed_set
}

/// A question; an empty word stands for the key.
fn words(question: &[&str], key: &[u8]) -> Words {
    question
        .iter()
        .map(|word| if word.is_empty() { key.to_vec() } else { word.as_bytes().to_vec() })
        .collect()
}

fn list(bytes: &[u8]) -> Vec<Vec<u8>> {
    let Ok(Some((reply, _))) = decode(bytes) else { return Vec::new() };
    let items = reply.as_slice().unwrap_or_default().iter();
    items.filter_map(|item: &Reply| item.as_bytes().map(<[u8]>::to_vec)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_compared_where_the_order_of_elements_is_certain() {
        assert!(has_one_payload(b"+set\r\n", b"$6\r\nintset\r\n"));
        assert!(has_one_payload(b"+hash\r\n", b"$8\r\nlistpack\r\n"));
        assert!(!has_one_payload(b"+set\r\n", b"$8\r\nlistpack\r\n"));
        assert!(!has_one_payload(b"+hash\r\n", b"$9\r\nhashtable\r\n"));
        assert!(!has_one_payload(b"+stream\r\n", b"$6\r\nstream\r\n"));
    }
}

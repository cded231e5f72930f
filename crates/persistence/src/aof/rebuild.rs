//! A value as commands: what an append-only file says of a key when it is rewritten without an RDB preamble.

use resplay_datatypes::list::Side;
use resplay_datatypes::stream::{Entry, Group, Id};
use resplay_datatypes::{Scratch, Stream, Value};
use resplay_resp::number::format_f64_shortest;

/// A command adds at most so many elements, as the real servers' do.
const ITEMS_PER_COMMAND: usize = 64;

/// Gives the commands, word by word, that make this key where there is none; `expire_ms` in milliseconds since 1970.
///
/// They are those of the real servers, in their order, but elements that have none come in ours.
pub fn rebuild(key: &[u8], value: &Value, expire_ms: Option<i64>, mut sink: impl FnMut(&[&[u8]])) {
    let sink: &mut dyn FnMut(&[&[u8]]) = &mut sink;
    match value {
        Value::Str(text) => sink(&[b"SET", key, text.bytes(&mut Scratch::new())]),
        Value::List(list) => {
            in_groups(b"RPUSH", key, 1, list.iter_from(0, Side::Left).map(|item| item.to_vec()), sink)
        }
        Value::Set(set) => in_groups(b"SADD", key, 1, set.iter().map(|item| item.to_vec()), sink),
        Value::Zset(zset) => {
            let words = zset
                .iter()
                .flat_map(|(member, score)| [format_f64_shortest(score).into_bytes(), member.to_vec()]);
            in_groups(b"ZADD", key, 2, words, sink);
        }
        Value::Hash(hash) => {
            let words = hash.iter().flat_map(|(field, value)| [field.to_vec(), value.to_vec()]);
            in_groups(b"HMSET", key, 2, words, sink);
        }
        Value::Stream(stream) => rebuild_stream(key, stream, sink),
    }
    if let Some(at_ms) = expire_ms {
        sink(&[b"PEXPIREAT", key, at_ms.to_string().as_bytes()]);
    }
}

fn in_groups(
    verb: &[u8],
    key: &[u8],
    words_per_item: usize,
    words: impl Iterator<Item = Vec<u8>>,
    sink: &mut dyn FnMut(&[&[u8]]),
) {
    let mut group: Vec<Vec<u8>> = Vec::new();
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        group.push(word);
        if group.len() == ITEMS_PER_COMMAND * words_per_item || words.peek().is_none() {
            let command: Vec<&[u8]> =
                [verb, key].into_iter().chain(group.iter().map(Vec::as_slice)).collect();
            sink(&command);
            group.clear();
        }
    }
}

fn rebuild_stream(key: &[u8], stream: &Stream, sink: &mut dyn FnMut(&[&[u8]])) {
    let log = stream.log();
    log.walk(Id::MIN, Id::MAX, false).for_each(|entry| add_entry(key, &entry, sink));
    if log.is_empty() {
        // There is no other command that makes a stream without entries.
        sink(&[b"XADD", key, b"MAXLEN", b"0", b"0-1", b"x", b"y"]);
    }
    let (last, deleted, added) =
        (text(log.last_id()), text(log.max_deleted_id()), log.entries_added().to_string());
    sink(&[b"XSETID", key, &last, b"ENTRIESADDED", added.as_bytes(), b"MAXDELETEDID", &deleted]);
    for (name, group) in stream.groups() {
        let (last, read) = (text(group.last_id()), group.entries_read().to_string());
        sink(&[b"XGROUP", b"CREATE", key, name, &last, b"ENTRIESREAD", read.as_bytes()]);
        rebuild_consumers(key, name, group, sink);
    }
}

fn text(id: Id) -> Vec<u8> {
    format!("{}-{}", id.ms, id.seq).into_bytes()
}

fn add_entry(key: &[u8], entry: &Entry<'_>, sink: &mut dyn FnMut(&[&[u8]])) {
    let pairs: Vec<Vec<u8>> =
        entry.pairs().flat_map(|(field, value)| [field.to_vec(), value.to_vec()]).collect();
    let id = text(entry.id);
    let command: Vec<&[u8]> =
        [b"XADD", key, &id].into_iter().chain(pairs.iter().map(Vec::as_slice)).collect();
    sink(&command);
}

/// A consumer comes into being with what it has not acknowledged.
fn rebuild_consumers(key: &[u8], name: &[u8], group: &Group, sink: &mut dyn FnMut(&[&[u8]])) {
    for consumer in group.consumers() {
        if consumer.pending_len() == 0 {
            sink(&[b"XGROUP", b"CREATECONSUMER", key, name, &consumer.name]);
        }
        for id in consumer.pending(Id::MIN) {
            let Some(pending) = group.get(id) else { continue };
            let (time, count) = (pending.delivered_ms.to_string(), pending.deliveries.to_string());
            sink(&[
                b"XCLAIM",
                key,
                name,
                &consumer.name,
                b"0",
                &text(id),
                b"TIME",
                time.as_bytes(),
                b"RETRYCOUNT",
                count.as_bytes(),
                b"JUSTID",
                b"FORCE",
            ]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_datatypes::stream::Limits as StreamLimits;
    use resplay_datatypes::{Hash, List, Set, Str, Zset, hash, list, set};

    const COMPACT: hash::Limits = hash::Limits { max_entries: 128, max_value: 64, seed: 0 };

    /// What valkey-server 8.0.1 writes for the same key stands in `lines`.
    fn check(value: impl Into<Value>, expire_ms: Option<i64>, lines: &[&str]) {
        let mut got = Vec::new();
        rebuild(b"k", &value.into(), expire_ms, |words| {
            got.push(String::from_utf8(words.join(&b' ')).expect("text"));
        });
        assert_eq!(got, lines);
    }

    #[test]
    fn elements_come_sixty_four_at_a_time() {
        let limits = list::Limits { max_listpack_size: -2, packed_threshold: 0 };
        let elements: Vec<String> = (0..130).map(|n| n.to_string()).collect();
        let list = List::of(elements.iter().map(String::as_bytes), &limits);
        let line = |range: std::ops::Range<usize>| format!("RPUSH k {}", elements[range].join(" "));
        check(list, None, &[&line(0..64), &line(64..128), &line(128..130)]);
        let list = List::of(elements[..64].iter().map(String::as_bytes), &limits);
        check(list, None, &[&line(0..64)]);
    }

    #[test]
    fn each_type_has_its_command() {
        check(Str::from_bytes(b"1"), None, &["SET k 1"]);
        check(
            Str::from_bytes(b"hello"),
            Some(1_795_759_136_382),
            &["SET k hello", "PEXPIREAT k 1795759136382"],
        );
        let limits = set::Limits { max_integers: 9, max_entries: 9, max_value: 9, seed: 0 };
        let mut set = Set::expecting(b"1", 3, &limits);
        [b"1", b"2", b"3"].iter().for_each(|member| assert!(set.add(*member, &limits)));
        check(set, None, &["SADD k 1 2 3"]);
        let mut zset = Zset::new();
        for (member, score) in
            [("a", 0.1), ("f", 3.000_000_000_000_000_4), ("c", 1e300), ("d", f64::INFINITY)]
        {
            zset.insert(member.as_bytes(), score, &COMPACT);
        }
        check(zset, None, &["ZADD k 0.1 a 3.0000000000000004 f 1e+300 c inf d"]);
        let mut hash = Hash::new();
        hash.set(b"a", b"1", &COMPACT);
        hash.set(b"b", b"2", &COMPACT);
        check(hash, None, &["HMSET k a 1 b 2"]);
    }

    #[test]
    fn a_stream_comes_with_its_ids_groups_and_what_is_pending() {
        let limits = StreamLimits { max_bytes: 4096, max_entries: 100 };
        let mut stream = Stream::new();
        let log = stream.log_mut();
        log.append(Id::new(5, 1), &[b"f", b"v"], limits);
        log.append(Id::new(5, 2), &[b"g", b"w", b"3", b"4"], limits);
        log.append(Id::new(6, 0), &[b"f", b"v"], limits);
        log.remove(Id::new(5, 2));
        stream.create_group(b"g", Id::new(6, 0), 3);
        stream.create_group(b"g2", Id::MIN, 2);
        stream.edit_group(b"g", |_, group| {
            let alice = group.create(b"alice", 0);
            group.create(b"idle", 0);
            group.give(Id::new(6, 0), alice, 1_795_659_136_384, 2);
        });
        let lines = [
            "XADD k 5-1 f v",
            "XADD k 6-0 f v",
            "XSETID k 6-0 ENTRIESADDED 3 MAXDELETEDID 5-2",
            "XGROUP CREATE k g 6-0 ENTRIESREAD 3",
            "XCLAIM k g alice 0 6-0 TIME 1795659136384 RETRYCOUNT 2 JUSTID FORCE",
            "XGROUP CREATECONSUMER k g idle",
            "XGROUP CREATE k g2 0-0 ENTRIESREAD 2",
        ];
        check(stream, None, &lines);
        let mut empty = Stream::new();
        empty.log_mut().append(Id::new(9, 9), &[b"a", b"b"], limits);
        empty.log_mut().remove(Id::new(9, 9));
        let lines = ["XADD k MAXLEN 0 0-1 x y", "XSETID k 9-9 ENTRIESADDED 1 MAXDELETEDID 9-9"];
        check(empty, None, &lines);
    }
}

//! A value as commands: what an append-only file says of a key when it is rewritten without an RDB preamble.

use super::commands::Commands;
use resplay_datatypes::Value;
use std::borrow::Cow;
use std::ops::ControlFlow;

/// Gives the commands, word by word, that make this key where there is none; `expire_ms` in milliseconds since 1970.
///
/// They are those of the real servers, in their order, but elements that have none come in ours.
pub fn rebuild(key: &[u8], value: &Value, expire_ms: Option<i64>, mut sink: impl FnMut(&[&[u8]])) {
    let flow = Commands::new(value, expire_ms).write(key, value, &mut |words| {
        let words: Vec<Cow<'_, [u8]>> = words.iter().map(|word| word.bytes()).collect();
        let words: Vec<&[u8]> = words.iter().map(AsRef::as_ref).collect();
        sink(&words);
        ControlFlow::Continue(())
    });
    debug_assert!(flow.is_continue(), "who takes every command gets them all");
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_datatypes::stream::{Group, Id, Limits as StreamLimits};
    use resplay_datatypes::{Hash, List, Set, Str, Stream, Zset, hash, list, set};

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

    #[test]
    fn groups_and_consumers_come_by_name_also_with_what_is_deleted() {
        let limits = StreamLimits { max_bytes: 4096, max_entries: 100 };
        let mut stream = Stream::new();
        let ids = [Id::new(5, 1), Id::new(5, 2), Id::new(6, 0), Id::new(7, 0)];
        ids.iter().for_each(|id| stream.log_mut().append(*id, &[b"f", b"v"], limits));
        stream.log_mut().remove(Id::new(5, 2));
        stream.create_group(b"unknown", Id::new(5, 1), Group::UNKNOWN);
        stream.create_group(b"g", Id::new(7, 0), 4);
        stream.edit_group(b"g", |_, group| {
            let [_, bob, alice, _] =
                [b"idle", &b"bob"[..], b"alice", b"aaa"].map(|name| group.create(name, 0));
            for (id, owner) in ids.iter().zip([bob, bob, alice, bob]) {
                group.give(*id, owner, 1_795_671_985_905, 1);
            }
        });
        let lines = [
            "XADD k 5-1 f v",
            "XADD k 6-0 f v",
            "XADD k 7-0 f v",
            "XSETID k 7-0 ENTRIESADDED 4 MAXDELETEDID 5-2",
            "XGROUP CREATE k g 7-0 ENTRIESREAD 4",
            "XGROUP CREATECONSUMER k g aaa",
            "XCLAIM k g alice 0 6-0 TIME 1795671985905 RETRYCOUNT 1 JUSTID FORCE",
            "XCLAIM k g bob 0 5-1 TIME 1795671985905 RETRYCOUNT 1 JUSTID FORCE",
            "XCLAIM k g bob 0 5-2 TIME 1795671985905 RETRYCOUNT 1 JUSTID FORCE",
            "XCLAIM k g bob 0 7-0 TIME 1795671985905 RETRYCOUNT 1 JUSTID FORCE",
            "XGROUP CREATECONSUMER k g idle",
            "XGROUP CREATE k unknown 5-1 ENTRIESREAD -1",
            "PEXPIREAT k 1999999999999",
        ];
        check(stream, Some(1_999_999_999_999), &lines);
        let mut never = Stream::new();
        never.create_group(b"g", Id::MIN, Group::UNKNOWN);
        let lines = [
            "XADD k MAXLEN 0 0-1 x y",
            "XSETID k 0-0 ENTRIESADDED 0 MAXDELETEDID 0-0",
            "XGROUP CREATE k g 0-0 ENTRIESREAD -1",
        ];
        check(never, None, &lines);
    }

    #[test]
    fn scores_have_the_digits_of_the_real_servers() {
        let limits = hash::Limits { max_entries: 0, ..COMPACT };
        let mut zset = Zset::new();
        let elements =
            [("n", -0.0), ("p", 17_179_869_184.0), ("m", -123_456_789_012.0), ("s", 123_456.789e-10)];
        for (member, score) in elements.into_iter().chain([("e", 1e21), ("i", f64::NEG_INFINITY)]) {
            zset.insert(member.as_bytes(), score, &limits);
        }
        check(zset, None, &["ZADD k -inf i -123456789012 m -0 n 1.23456789e-5 s 17179869184 p 1e+21 e"]);
    }
}

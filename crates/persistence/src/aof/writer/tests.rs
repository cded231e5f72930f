//! What is written in pieces is what is written in one go, is what [`rebuild()`] gives, and is read back.

use super::*;
use crate::aof::{Reader, Verdict, rebuild};
use crate::arbitrary::{info, value};
use proptest::collection::vec;
use proptest::prelude::*;
use resplay_datatypes::set::Encoding;
use resplay_datatypes::stream::{Id, Limits as NodeLimits};
use resplay_datatypes::{Hash, List, Set, Str, Stream, Zset, hash, list, set};
use std::collections::BTreeSet;

type Words = Vec<Vec<u8>>;

const LARGE: usize = 200_000;

/// These values as keys with the names 0, 1, …; taken away whenever about so many bytes lie ready.
fn pieces(values: &[(KeyInfo, Value)], about_bytes: usize) -> Vec<Vec<u8>> {
    let (mut writer, mut pieces) = (Writer::new(), Vec::new());
    for (n, (info, value)) in values.iter().enumerate() {
        writer.begin_key(n.to_string().as_bytes(), info, value);
        while !writer.go_on(value, about_bytes) {
            pieces.push(writer.take());
        }
    }
    let written = writer.written();
    pieces.push(writer.take());
    assert_eq!(written, pieces.iter().map(Vec::len).sum::<usize>() as u64);
    pieces
}

/// The commands that are read from pieces.
fn read(pieces: &[Vec<u8>]) -> Vec<Words> {
    let (mut reader, mut commands) = (Reader::new(), Vec::new());
    for piece in pieces {
        reader.feed(piece);
        while let Some(command) = reader.next_command().expect("it is good") {
            commands.push(command.words.to_vecs());
        }
    }
    assert_eq!(reader.finish(), Verdict::Clean);
    commands
}

fn rebuilt(values: &[(KeyInfo, Value)]) -> Vec<Words> {
    let mut commands = Vec::new();
    for (n, (info, value)) in values.iter().enumerate() {
        rebuild(n.to_string().as_bytes(), value, info.expire_ms, |words| {
            commands.push(words.iter().map(|word| word.to_vec()).collect());
        });
    }
    commands
}

/// So many elements in each type and encoding; limits that all fit into make the compact ones.
fn values(n: usize, with_compact: bool) -> Vec<Value> {
    let words: Words = (0..n).map(|n| format!("element {n}").into_bytes()).collect();
    let mut values = vec![stream(n).into(), Str::from_bytes(b"text").into(), Str::from_i64(7).into()];
    for entries_max in if with_compact { vec![0, usize::MAX] } else { vec![0] } {
        let limits = hash::Limits { max_entries: entries_max, max_value: 99, seed: 1 };
        let (mut hash, mut zset) = (Hash::new(), Zset::new());
        for (n, word) in words.iter().enumerate() {
            hash.set(word, b"some value", &limits);
            zset.insert(word, n as f64 / 4.0, &limits);
        }
        values.extend([hash.into(), zset.into()]);
    }
    let kinds = [Encoding::Intset, Encoding::Listpack, Encoding::Hashtable];
    for kind in kinds.into_iter().filter(|kind| with_compact || *kind == Encoding::Hashtable) {
        let limits = set::Limits { max_integers: n, max_entries: n, max_value: 99, seed: 1 };
        let mut set = Set::new(kind, 1);
        for (n, word) in words.iter().enumerate() {
            let number = n.to_string().into_bytes();
            set.add(if kind == Encoding::Intset { &number } else { word }, &limits);
        }
        assert_eq!(set.encoding_kind(), kind);
        values.push(set.into());
    }
    // Nodes of 7 elements, of 8 kB, of one element each.
    for (max_listpack_size, packed_threshold) in [(7, 0), (-2, 0), (-2, 5)] {
        let limits = list::Limits { max_listpack_size, packed_threshold };
        values.push(List::of(words.iter().map(Vec::as_slice), &limits).into());
    }
    values
}

/// So many entries, some of them removed, and a group that has read them all.
fn stream(n: usize) -> Stream {
    let mut stream = Stream::new();
    let ids: Vec<Id> = (1..=n as u64).map(|n| Id::new(n / 3, n)).collect();
    for id in &ids {
        stream.log_mut().append(*id, &[b"name", b"value"], NodeLimits { max_bytes: 4096, max_entries: 100 });
    }
    ids.iter().step_by(10).for_each(|id| assert!(stream.log_mut().remove(*id)));
    stream.create_group(b"none", Id::MIN, 0);
    stream.create_group(b"all", ids[n - 1], n as i64);
    stream.edit_group(b"all", |_, group| {
        let owners = ["a", "b", "c"].map(|name| group.create(name.as_bytes(), 0));
        group.create(b"idle", 0);
        for (place, id) in ids.iter().enumerate() {
            group.give(*id, owners[place % 3], 1_700_000_000_000, place as u64);
        }
    });
    stream
}

#[test]
fn a_file_has_its_parts_as_the_real_servers_write_them() {
    let mut writer = Writer::new();
    writer.timestamp(1_795_671_985);
    writer.function(b"#!lua name=lib");
    writer.select(9);
    let info = KeyInfo { expire_ms: Some(1_999_999_999_999), usage: None };
    writer.key(b"str", &info, &Str::from_bytes(b"hello").into());
    let text = "#TS:1795671985\r\n*3\r\n$8\r\nFUNCTION\r\n$4\r\nLOAD\r\n$14\r\n#!lua name=lib\r\n\
        *2\r\n$6\r\nSELECT\r\n$1\r\n9\r\n*3\r\n$3\r\nSET\r\n$3\r\nstr\r\n$5\r\nhello\r\n\
        *3\r\n$9\r\nPEXPIREAT\r\n$3\r\nstr\r\n$13\r\n1999999999999\r\n";
    assert_eq!(writer.ready(), text.len());
    assert_eq!(String::from_utf8(writer.take()).as_deref(), Ok(text));
}

#[test]
fn parts_of_another_writer_are_parts_of_the_file() {
    let (mut main, mut aside) = (Writer::new(), Writer::new());
    let value = Value::from(Str::from_bytes(b"v"));
    main.key(b"one", &KeyInfo::default(), &value);
    aside.key(b"two", &KeyInfo::default(), &value);
    main.splice(&aside.take());
    main.key(b"three", &KeyInfo::default(), &value);
    let keys: Vec<Vec<u8>> = read(&[main.take()]).into_iter().map(|mut words| words.remove(1)).collect();
    assert_eq!(keys, [&b"one"[..], b"two", b"three"]);
}

#[test]
fn pieces_of_any_size_are_the_same_file() {
    let info = KeyInfo { expire_ms: Some(1), usage: None };
    for value in values(200, true) {
        let name = format!("{} ({})", value.type_name(), value.encoding());
        let keys = [(info, value)];
        let at_once = pieces(&keys, usize::MAX);
        assert_eq!(at_once.len(), 1, "{name}");
        let commands = read(&at_once);
        assert_eq!(commands, rebuilt(&keys), "{name}");
        for about_bytes in [1, 100, 64 << 10] {
            assert_eq!(pieces(&keys, about_bytes).concat(), at_once[0], "{name} by {about_bytes} bytes");
        }
        // After the last command the writer does not look whether there is another one.
        assert_eq!(pieces(&keys, 1).len(), commands.len() + 1, "{name}");
    }
}

#[test]
fn a_large_value_comes_in_pieces_that_are_too_long_by_a_command_at_most() {
    for value in values(LARGE, false).into_iter().filter(|value| !matches!(value, Value::Str(_))) {
        let name = value.type_name();
        let keys = [(KeyInfo::default(), value)];
        let pieces = pieces(&keys, 4096);
        let commands = read(&pieces);
        let longest = commands.iter().map(encoded_bytes).max().unwrap_or_default();
        assert!(longest < 4096, "{name}");
        assert!(pieces.iter().all(|piece| piece.len() < 4096 + longest), "{name}");
        assert!(pieces.len() > LARGE * 10 / 4096, "{} pieces of a {name}", pieces.len());
        assert_eq!(commands, rebuilt(&keys), "{name}");
        // Of a stream nine entries in ten, four commands for ids, groups and who is idle, and all that is pending.
        let expected = if name == "stream" { LARGE - LARGE / 10 + 4 + LARGE } else { LARGE };
        let items: Vec<Vec<u8>> = commands.iter().flat_map(items).collect();
        assert_eq!(items.len(), expected, "{name}");
        assert_eq!(
            items.into_iter().collect::<BTreeSet<_>>().len(),
            expected,
            "of a {name} something comes twice"
        );
    }
}

/// The elements that a command adds; the command itself if it adds none to speak of.
fn items(words: &Words) -> Words {
    match &words[0][..] {
        b"RPUSH" | b"SADD" => words[2..].to_vec(),
        b"HMSET" => words[2..].iter().step_by(2).cloned().collect(),
        b"ZADD" => words[3..].iter().step_by(2).cloned().collect(),
        _ => vec![words.join(&b' ')],
    }
}

fn encoded_bytes(words: &Words) -> usize {
    let mut out = Vec::new();
    put(&mut out, &words.iter().map(|word| Word::Bytes(word)).collect::<Vec<_>>());
    out.len()
}

#[test]
fn a_clone_goes_on_where_the_writer_stands() {
    for value in values(200, true) {
        let (mut writer, mut file) = (Writer::new(), Vec::new());
        writer.begin_key(b"0", &KeyInfo::default(), &value);
        let whole = pieces(&[(KeyInfo::default(), value.clone())], usize::MAX).concat();
        while !writer.go_on(&value, 1) {
            let mut clone = writer.clone();
            while !clone.go_on(&value, usize::MAX) {}
            assert_eq!([&file[..], &clone.take()].concat(), whole, "{}", value.encoding());
            file.extend(writer.take());
        }
    }
}

#[test]
fn what_it_holds_is_not_printed() {
    let mut writer = Writer::new();
    let value = Value::from(Str::from_bytes(&[b'x'; 1000]));
    writer.begin_key(b"key", &KeyInfo::default(), &value);
    assert!(!writer.go_on(&value, 10));
    assert_eq!(format!("{writer:?}"), "Writer { written: 1031, is_within_value: true, .. }");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn whatever_the_values_and_the_pieces_it_is_what_rebuild_gives(
        values in vec((info(), value()), 0..6),
        about_bytes in 1usize..300,
    ) {
        let some = pieces(&values, about_bytes);
        prop_assert_eq!(&some.concat(), &pieces(&values, usize::MAX)[0]);
        prop_assert_eq!(read(&some), rebuilt(&values));
    }
}

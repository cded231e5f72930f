//! What is written is read again, whatever the pieces on either side.

use super::*;
use crate::arbitrary::{info, value};
use proptest::collection::vec;
use proptest::prelude::*;
use resplay_datatypes::set::Encoding;
use resplay_datatypes::{Hash, List, Set, Str, Stream, Zset};

/// What becomes of a value that is written and read: it is in the form that it would take if it were made anew, and what
/// the version cannot say is gone.
fn settled(value: &Value, version: Version) -> String {
    match value {
        Value::Set(set) if version == Version::V10 && set.encoding_kind() == Encoding::Listpack => {
            remade(set)
        }
        Value::Set(set) if set.encoding_kind() == Encoding::Hashtable => remade(set),
        Value::Zset(zset) => {
            let mut zset = zset.clone();
            zset.compact(&LIMITS.zset);
            facts(&zset.into())
        }
        Value::Hash(hash) if !hash.is_compact() => {
            let mut again = Hash::new();
            again.expect(hash.len(), &LIMITS.hash);
            hash.iter().for_each(|(field, value)| {
                again.set(field, value, &LIMITS.hash);
            });
            facts(&again.into())
        }
        Value::Stream(stream) if version == Version::V10 => facts(&active_when_seen(stream).into()),
        // Room that the last node was given when it was new is not saved.
        Value::Stream(stream) => facts(&read_back(stream).into()),
        value => facts(value),
    }
}

fn remade(set: &Set) -> String {
    let is_large = set.len() > LIMITS.set.max_integers;
    let mut again = Set::new(if is_large { Encoding::Hashtable } else { Encoding::Intset }, 1);
    set.iter().for_each(|member| {
        again.add_item(member, &LIMITS.set);
    });
    facts(&again.into())
}

fn read_back(stream: &Stream) -> Stream {
    let mut again = stream.clone();
    let log = stream.log();
    *again.log_mut() = Default::default();
    for (id, pack) in log.packs() {
        let pack = resplay_datatypes::Listpack::from_bytes(pack.to_vec()).expect("it is one");
        again.log_mut().restore_node(id, pack).expect("it is a node");
    }
    let counters = resplay_datatypes::stream::Counters {
        first_id: log.first_id(),
        max_deleted_id: log.max_deleted_id(),
        entries_added: log.entries_added(),
    };
    again.log_mut().restore_ids(log.last_id(), Some(counters));
    again
}

fn active_when_seen(stream: &Stream) -> Stream {
    let mut stream = read_back(stream);
    let names: Vec<Vec<u8>> = stream.groups().map(|(name, _)| name.to_vec()).collect();
    for name in names {
        stream.edit_group(&name, |_, group| {
            let consumers: Vec<Vec<u8>> = group.consumers().map(|one| one.name.to_vec()).collect();
            for consumer in consumers {
                let number = group.find(&consumer).expect("it is there");
                let consumer = group.consumer_mut(number);
                consumer.active_ms = Some(consumer.seen_ms);
            }
        });
    }
    stream
}

/// The file, taken away whenever `ready` bytes lie ready, and how many pieces it came in.
fn write(values: &[(KeyInfo, Value)], options: Options, ready: usize) -> (Vec<u8>, usize) {
    let (mut writer, mut file, mut pieces) = (Writer::new(options), Vec::new(), 1);
    writer.begin();
    writer.aux(b"valkey-ver", b"8.0.1");
    writer.aux(b"redis-bits", b"64");
    writer.function(b"#!lua name=lib\nredis.register_function('f', function() return 1 end)");
    writer.select(9, values.len() as u64, 0);
    for (n, (info, value)) in values.iter().enumerate() {
        writer.begin_key(n.to_string().as_bytes(), info, value);
        while !writer.go_on(value, ready) {
            file.extend(writer.take());
            pieces += 1;
        }
    }
    writer.end();
    let written = writer.written();
    file.extend(writer.take());
    assert_eq!(written, file.len() as u64);
    (file, pieces)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn a_file_is_read_as_it_was_written(
        values in vec((info(), value()), 0..6),
        is_old: bool, compress: bool, checksum: bool,
        ready in 1usize..300, piece in 1usize..300,
    ) {
        let version = if is_old { Version::V10 } else { Version::V11 };
        let options = Options { version, compress, checksum };
        let (file, _) = write(&values, options, ready);
        let (at_once, pieces) = write(&values, options, usize::MAX);
        prop_assert_eq!(pieces, 1);
        prop_assert_eq!(&file, &at_once);
        let lines = read(&file, piece);
        prop_assert_eq!(&lines, &read(&file, usize::MAX));
        let lines = lines.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&lines[0], "aux valkey-ver 8.0.1");
        prop_assert_eq!(&lines[1], "aux redis-bits 64");
        prop_assert!(lines[2].starts_with("function #!lua name=lib\\nredis"));
        prop_assert_eq!(&lines[3], "select 9");
        prop_assert_eq!(&lines[4], &format!("resize {} 0", values.len()));
        for (n, (info, value)) in values.iter().enumerate() {
            let (idle_s, freq) = match info.usage {
                None => (None, None),
                Some(Usage::IdleS(idle_s)) => (Some(idle_s), None),
                Some(Usage::Freq(freq)) => (None, Some(freq)),
            };
            let facts = settled(value, version);
            prop_assert_eq!(&lines[5 + n], &format!("key {n} {:?} {idle_s:?} {freq:?}: {facts}", info.expire_ms));
        }
        prop_assert_eq!(&lines[5 + values.len()], if checksum { "end Right" } else { "end Off" });
    }

    #[test]
    fn a_payload_gives_the_value_and_any_damage_is_seen(value in value(), is_old: bool, at: prop::sample::Index, bit in 0..8u8) {
        let version = if is_old { Version::V10 } else { Version::V11 };
        let mut payload = dump(&value, version, true);
        if value.elements() > 0 || matches!(value, Value::Stream(_)) {
            let again = restore(&payload, &LIMITS).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(facts(&again), settled(&value, version));
            let is_table = again.encoding() == "hashtable";
            if version == Version::V11 && again.encoding() == value.encoding() && !is_table {
                prop_assert_eq!(&dump(&again, version, true), &payload);
            }
        }
        let at = at.index(payload.len());
        payload[at] ^= 1 << bit;
        prop_assert_eq!(restore(&payload, &LIMITS).err(), Some(RestoreError::Footer));
    }
}

#[test]
fn a_long_value_is_written_in_pieces() {
    let members: Vec<Vec<u8>> = (0..10_000).map(|n| format!("member {n}").into_bytes()).collect();
    let list = List::of(members.iter().map(Vec::as_slice), &LIMITS.list);
    let mut set = Set::new(Encoding::Hashtable, 1);
    members.iter().for_each(|member| {
        set.add(member, &LIMITS.set);
    });
    let options = Options { compress: false, ..Options::default() };
    for value in [Value::from(list), set.into()] {
        let name = value.type_name();
        let (_, pieces) = write(&[(KeyInfo::default(), value)], options, 10_000);
        assert!((8..20).contains(&pieces), "a {name} of about 120 kB comes in {pieces} pieces");
    }
}

#[test]
fn parts_of_another_writer_are_parts_of_the_file() {
    let (mut main, mut aside) = (Writer::new(Options::default()), Writer::new(Options::default()));
    let value = Value::from(Str::from_bytes(b"v"));
    main.begin();
    main.key(b"one", &KeyInfo::default(), &value);
    let mut file = main.take();
    aside.key(b"two", &KeyInfo::default(), &value);
    main.splice(&aside.take());
    main.key(b"three", &KeyInfo::default(), &value);
    main.end();
    file.extend(main.take());
    let lines = read(&file, 3).expect("it is a file");
    assert!(lines[1].starts_with("key two ") && lines[2].starts_with("key three "));
    assert_eq!(lines[3], "end Right");
}

#[test]
fn a_large_value_is_written_in_many_pieces_of_about_that_size() {
    let mut set = Set::new(Encoding::Hashtable, 1);
    let mut hash = Hash::new();
    let mut zset = Zset::skiplist(1);
    for n in 0..20_000u32 {
        let word = format!("member:{n}");
        set.add(word.as_bytes(), &LIMITS.set);
        hash.set(word.as_bytes(), b"some value", &LIMITS.hash);
        zset.insert(word.as_bytes(), f64::from(n % 100), &LIMITS.zset);
    }
    let words: Vec<String> = (0..20_000).map(|n| format!("element {n}")).collect();
    let list = List::of(words.iter().map(|word| word.as_bytes()), &LIMITS.list);
    let text = Str::raw("the same text again and again, ".repeat(60_000).into_bytes());
    for value in [Value::from(set), hash.into(), zset.into(), list.into(), text.into()] {
        let mut writer = Writer::new(Options { compress: false, ..Options::default() });
        writer.begin();
        writer.begin_key(b"key", &KeyInfo::default(), &value);
        let (mut file, mut pieces) = (Vec::new(), 0);
        while !writer.go_on(&value, 4096) {
            assert!(writer.ready() < 4096 + 70_000, "{} bytes", writer.ready());
            file.extend(writer.take());
            pieces += 1;
        }
        writer.end();
        file.extend(writer.take());
        assert!(pieces > 20, "{pieces} pieces of a {}", value.type_name());
        let expected = format!("key key None None None: {}", settled(&value, Version::V11));
        let lines = read(&file, 1 << 16).expect("it is a file");
        assert!(lines[0] == expected, "a {} came back as another one", value.type_name());
    }
}

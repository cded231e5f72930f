//! The files of `corpus/rdb`, which real servers wrote, and what Valkey 8.0.1 made of them. `record_rdb.py` asked it.

use resplay_datatypes::{Value, hash, list, set};
use resplay_persistence::rdb::{Checksum, Item, Key, Limits, Reader, Version, dump, restore};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// Those that the recorder sets.
const LIMITS: Limits = Limits {
    list: list::Limits { max_listpack_size: 5, packed_threshold: 0 },
    set: set::Limits { max_integers: 6, max_entries: 6, max_value: 20, seed: 1 },
    zset: hash::Limits { max_entries: 6, max_value: 20, seed: 2 },
    hash: hash::Limits { max_entries: 6, max_value: 20, seed: 3 },
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../corpus/rdb")
}

/// What is in a file: keys by database and name, libraries, fields.
#[derive(Default)]
struct Contents {
    keys: BTreeMap<(u64, Vec<u8>), Key>,
    functions: Vec<Vec<u8>>,
    fields: BTreeMap<Vec<u8>, Vec<u8>>,
    hints: Vec<(u64, u64, u64)>,
}

fn read(file: &[u8], piece: usize) -> Contents {
    let mut reader = Reader::new(&LIMITS, true);
    let (mut contents, mut database) = (Contents::default(), 0);
    for piece in file.chunks(piece) {
        reader.feed(piece);
        while let Some(item) = reader.next_item().expect("real servers write good files") {
            match item {
                Item::Aux { name, value } => drop(contents.fields.insert(name, value)),
                Item::SelectDb(number) => database = number,
                Item::ResizeDb { keys, expires } => contents.hints.push((database, keys, expires)),
                Item::Key(key) => drop(contents.keys.insert((database, key.key.clone()), key)),
                Item::EmptyKey(key) => panic!("{} has no elements", key.escape_ascii()),
                Item::Function(source) => contents.functions.push(source),
                Item::End(checksum) => assert_eq!(checksum, Checksum::Right),
            }
        }
    }
    reader.finish().expect("the file is whole");
    contents
}

/// What a table has, in order.
fn elements(value: &Value) -> BTreeSet<Vec<u8>> {
    match value {
        Value::Set(set) => set.iter().map(|member| member.to_vec()).collect(),
        Value::Hash(hash) => hash.iter().map(|(field, value)| [field, b"=", value].concat()).collect(),
        other => panic!("{other:?} is no table"),
    }
}

/// Checks a key against its line.
fn check(line: &str, contents: &Contents) {
    let words: Vec<&str> = line.split('|').collect();
    let [_, database, name, expiry, freq, encoding, payload] = words[..] else { panic!("{line}") };
    let database = database.parse().expect("a number");
    let key = contents.keys.get(&(database, name.into())).unwrap_or_else(|| panic!("no key {line}"));
    let number = |text: &str| text.parse::<i64>().ok();
    assert_eq!(key.expire_ms, number(expiry), "{line}");
    if freq != "-" {
        assert_eq!(key.freq.map(i64::from), number(freq), "{line}");
    }
    assert_eq!(key.value.encoding(), encoding, "{line}");
    let digit = |at: usize| u8::from_str_radix(&payload[at..at + 2], 16).expect("hexadecimal digits");
    let payload: Vec<u8> = (0..payload.len()).step_by(2).map(digit).collect();
    if encoding == "hashtable" {
        let theirs = restore(&payload, &LIMITS).expect("a real payload");
        assert_eq!(elements(&key.value), elements(&theirs), "{line}");
    } else {
        assert_eq!(dump(&key.value, Version::V11, true), payload, "{line}");
    }
}

#[test]
fn what_real_servers_wrote_is_read_as_valkey_reads_it() {
    let recorded = fs::read_to_string(root().join("recorded")).expect("what was recorded");
    let mut files = 0;
    for entry in fs::read_dir(root()).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if !name.ends_with(".rdb") {
            continue;
        }
        files += 1;
        let file = fs::read(&path).expect("the file");
        let contents = read(&file, 1);
        assert_eq!(contents.keys.len(), read(&file, usize::MAX).keys.len());
        let lines: Vec<&str> =
            recorded.lines().filter(|line| line.split('|').next() == Some(&*name)).collect();
        assert_eq!(lines.len(), contents.keys.len(), "{name}");
        lines.iter().for_each(|line| check(line, &contents));
        let version: &[u8] = if name.contains("redis") { b"redis-ver" } else { b"valkey-ver" };
        assert!(contents.fields.contains_key(version), "{name}");
        assert_eq!(contents.fields.get(&b"redis-bits"[..]).map(Vec::as_slice), Some(&b"64"[..]));
        let said: u64 = contents.hints.iter().map(|(_, keys, _)| keys).sum();
        assert_eq!(said as usize, contents.keys.len(), "{name}");
        let is_used = |key: &Key| (key.idle_s.is_some(), key.freq.is_some());
        let expected = (name.starts_with("lru"), name.starts_with("lfu"));
        assert!(contents.keys.values().all(|key| is_used(key) == expected), "{name}");
        assert_eq!(contents.functions.len(), usize::from(name.starts_with("databases")), "{name}");
    }
    assert_eq!(files, 22);
}

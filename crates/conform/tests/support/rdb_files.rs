//! RDB files in memory: what is in them, and the same written once more.

use resplay_datatypes::{Value, hash, list, set};
use resplay_persistence::rdb::{Item, KeyInfo, Limits, Options, Reader, Version, Writer};
use std::collections::BTreeSet;

/// Small, so that random data have every form.
pub const LIMITS: Limits = Limits {
    list: list::Limits { max_listpack_size: 5, packed_threshold: 0 },
    set: set::Limits { max_integers: 6, max_entries: 5, max_value: 20, seed: 1 },
    zset: hash::Limits { max_entries: 5, max_value: 20, seed: 2 },
    hash: hash::Limits { max_entries: 5, max_value: 20, seed: 3 },
};

/// A key with its value and when it expires.
pub type Keyed = (Vec<u8>, Value, Option<i64>);

/// What is in a file, by database.
pub fn read(file: &[u8]) -> Vec<(u64, Keyed)> {
    let mut reader = Reader::new(&LIMITS, true);
    let (mut keys, mut database) = (Vec::new(), 0);
    for piece in file.chunks(100) {
        reader.feed(piece);
        while let Some(item) = reader.next_item().expect("a real file is good") {
            match item {
                Item::SelectDb(number) => database = number,
                Item::Key(key) => keys.push((database, (key.key, key.value, key.expire_ms))),
                _ => {}
            }
        }
    }
    reader.finish().expect("a real file is whole");
    keys
}

/// A file with these keys.
pub fn write(keys: &[(u64, Keyed)], version: Version) -> Vec<u8> {
    let mut writer = Writer::new(Options { version, ..Options::default() });
    let mut file = Vec::new();
    writer.begin();
    writer.aux(b"redis-bits", b"64");
    let databases: BTreeSet<u64> = keys.iter().map(|(database, _)| *database).collect();
    for database in databases {
        let here = || keys.iter().filter(|(number, _)| *number == database).map(|(_, key)| key);
        let expires = here().filter(|(_, _, expire_ms)| expire_ms.is_some()).count();
        writer.select(database, here().count() as u64, expires as u64);
        for (key, value, expire_ms) in here() {
            writer.begin_key(key, &KeyInfo { expire_ms: *expire_ms, usage: None }, value);
            while !writer.go_on(value, 50) {
                file.extend(writer.take());
            }
        }
    }
    writer.end();
    file.extend(writer.take());
    file
}

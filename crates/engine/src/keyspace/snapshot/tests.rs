//! The property of a snapshot: whatever happens between its pieces, what is read back is what was there when it began.

use super::*;
use crate::keyspace::Dataset;
use resplay_base::Random;
use resplay_datatypes::stream::{Id, Limits as StreamLimits};
use resplay_datatypes::{Hash, List, Set, Str, Stream, Value, Zset, hash, list, set};
use resplay_persistence::rdb::{Checksum, Item, Limits, Reader, Version, dump};
use std::collections::BTreeMap;

const DATABASES: u32 = 4;
const KEYS: u64 = 60;
/// Small, so that many values are cut.
const PIECE: usize = 200;
const SMALL: hash::Limits = hash::Limits { max_entries: 8, max_value: 16, seed: 1 };
const LIMITS: Limits = Limits {
    list: list::Limits { max_listpack_size: 8, packed_threshold: 0 },
    set: set::Limits { max_integers: 8, max_entries: 8, max_value: 16, seed: 1 },
    zset: SMALL,
    hash: SMALL,
};

/// All keys of all databases: their values as DUMP has them, and when they expire.
type Content = BTreeMap<(u64, Vec<u8>), (Vec<u8>, Option<i64>)>;

fn payload(value: &Value) -> Vec<u8> {
    dump(value, Version::V11, false)
}

fn content(data: &Dataset) -> Content {
    let mut all = Content::new();
    for db in 0..data.databases() {
        let database = data.database(db);
        for (key, entry) in database.keys().iter() {
            let value = (payload(&entry.value), database.expire_ms(entry));
            all.insert((u64::from(db), key.to_vec()), value);
        }
    }
    all
}

fn read(file: &[u8]) -> Content {
    let (mut reader, mut all, mut db) = (Reader::new(&LIMITS, true), Content::new(), 0);
    reader.feed(file);
    while let Some(item) = reader.next_item().expect("a whole file") {
        match item {
            Item::SelectDb(number) => db = number,
            Item::Key(key) => {
                let twice = all.insert((db, key.key), (payload(&key.value), key.expire_ms));
                assert!(twice.is_none(), "a key is there twice");
            }
            Item::End(checksum) => assert_eq!(checksum, Checksum::Right),
            Item::ResizeDb { .. } => {}
            _ => panic!("nothing else was written"),
        }
    }
    reader.finish().expect("a whole file");
    all
}

/// A history of random changes.
struct History {
    data: Dataset,
    random: Random,
}

impl History {
    fn new(seed: u64) -> History {
        History { data: Dataset::new(DATABASES, seed), random: Random::stream(seed, "history") }
    }

    fn key(&mut self) -> Vec<u8> {
        format!("key:{}", self.random.below(KEYS)).into_bytes()
    }

    fn text(&mut self) -> Vec<u8> {
        let len = if self.random.chance(0.05) { 2_000 } else { self.random.below(24) };
        (0..len).map(|_| b'a' + self.random.below(26) as u8).collect()
    }

    /// One element more.
    fn grow(&mut self, value: &mut Value) {
        let text = self.text();
        match value {
            Value::Str(it) => it.make_raw().extend_from_slice(&text),
            Value::List(it) => {
                it.expect(1, text.len(), &LIMITS.list);
                it.push(list::Side::Left, &text, &LIMITS.list);
            }
            Value::Set(it) => drop(it.add(&text, &LIMITS.set)),
            Value::Zset(it) => drop(it.insert(&text, self.random.below(100) as f64, &LIMITS.zset)),
            Value::Hash(it) => drop(it.set(&text, b"value", &LIMITS.hash)),
            Value::Stream(it) => {
                let id = it.log().last_id().next().expect("ids are small");
                it.log_mut().append(id, &[b"field", &text], StreamLimits { max_bytes: 64, max_entries: 4 });
            }
        }
    }

    fn value(&mut self) -> Value {
        let mut value = match self.random.below(6) {
            0 => Value::Str(Str::from_bytes(b"text")),
            1 => Value::List(List::new()),
            2 => Value::Set(Set::expecting(b"1", 1, &LIMITS.set)),
            3 => Value::Zset(Zset::new()),
            4 => Value::Hash(Hash::new()),
            _ => {
                let mut stream = Stream::new();
                stream.log_mut().append(
                    Id::new(1, 1),
                    &[b"f", b"v"],
                    StreamLimits { max_bytes: 64, max_entries: 4 },
                );
                stream.create_group(b"group", Id::new(1, 0), 0);
                Value::Stream(stream)
            }
        };
        let size = if self.random.chance(0.05) { 100 } else { 1 + self.random.below(12) };
        (0..size).for_each(|_| self.grow(&mut value));
        value
    }

    fn change(&mut self) {
        self.data.db = self.random.below(u64::from(DATABASES)) as u32;
        let key = self.key();
        let found = self.data.find(&key);
        match (self.random.below(100), found) {
            (0, _) => drop(self.data.flush(self.data.db)),
            (1..=2, _) => {
                let other = self.random.below(u64::from(DATABASES)) as u32;
                self.data.swap(self.data.db, other);
            }
            (3..=40, _) => {
                let value = self.value();
                self.data.insert(&key, value);
            }
            (41..=60, Some(id)) => {
                let mut value = self.data.value(id).clone();
                self.grow(&mut value);
                self.data.edit(id, |old| *old = value);
            }
            (61..=70, Some(id)) => {
                let at = self.random.chance(0.7).then(|| 1 + self.random.below(1_000) as i64);
                self.data.set_expiry(id, at);
            }
            (71..=80, Some(id)) => {
                let value = self.value();
                self.data.replace(id, value);
            }
            (81..=88, Some(id)) => {
                let (_, entry) = self.data.take(id);
                let other = self.key();
                self.data.remove(&other);
                self.data.restore(&other, entry);
            }
            (_, Some(_)) => drop(self.data.remove(&key)),
            (_, None) => {}
        }
    }

    /// A snapshot with so many changes between two pieces.
    fn snapshot(&mut self, form: Form, changes: u64) -> (Content, Vec<u8>, u64) {
        let before = content(&self.data);
        begin(&mut self.data, form);
        let mut file = Vec::new();
        let mut is_last = false;
        while !is_last {
            let piece;
            (piece, is_last) = self.data.snapshot_piece(PIECE);
            file.extend(piece);
            (0..self.random.below(changes + 1)).for_each(|_| self.change());
        }
        let snapshot = self.data.snapshot.take().expect("it was there");
        assert_eq!(snapshot.keys(), (before.len() as u64, before.len() as u64));
        (before, file, snapshot.peak_bytes())
    }
}

const RDB: Form = Form::Rdb(Options { version: Version::V11, compress: true, checksum: true });

fn begin(data: &mut Dataset, form: Form) {
    let mut snapshot = data.snapshot_of_now(form);
    if let Sink::Rdb(head) = snapshot.head() {
        head.begin();
    }
    data.snapshot = Some(Box::new(snapshot));
}

/// The commands of each key.
type Commands = BTreeMap<(u32, Vec<u8>), Vec<Vec<Vec<u8>>>>;

fn commands(data: &Dataset) -> Commands {
    let mut all = Commands::new();
    for db in 0..DATABASES {
        let database = data.database(db);
        for (key, entry) in database.keys().iter() {
            let list = all.entry((db, key.to_vec())).or_default();
            aof::rebuild(key, &entry.value, database.expire_ms(entry), |words| {
                list.push(words.iter().map(|word| word.to_vec()).collect());
            });
        }
    }
    all
}

fn read_commands(file: &[u8]) -> Commands {
    let mut reader = aof::Reader::new();
    reader.feed(file);
    let (mut all, mut db) = (Commands::new(), 0);
    while let Some(command) = reader.next_command().expect("it is well formed") {
        let words = command.words.to_vecs();
        match words[0].as_slice() {
            b"SELECT" => db = String::from_utf8_lossy(&words[1]).parse().expect("a number"),
            b"XGROUP" => all.entry((db, words[2].clone())).or_default().push(words),
            _ => all.entry((db, words[1].clone())).or_default().push(words),
        }
    }
    all
}

#[test]
fn changes_between_its_pieces_do_not_show() {
    for seed in 0..16 {
        let mut history = History::new(seed);
        (0..200).for_each(|_| history.change());
        for changes in [0, 2, 30] {
            let (before, file, _) = history.snapshot(RDB, changes);
            assert!(read(&file) == before, "seed {seed}, {changes} changes a piece");
            let before = commands(&history.data);
            let (_, file, _) = history.snapshot(Form::Commands, changes);
            assert!(read_commands(&file) == before, "seed {seed}, {changes} changes a piece, as commands");
        }
    }
}

#[test]
fn memory_is_what_had_to_be_kept() {
    let mut history = History::new(7);
    (0..500).for_each(|_| history.change());
    let (_, _, quiet) = history.snapshot(RDB, 0);
    assert_eq!(quiet, 0, "nothing changed");
    let used: u64 = history.data.used_bytes();
    begin(&mut history.data, RDB);
    (0..DATABASES).for_each(|db| assert!(history.data.flush(db) > 0));
    let snapshot = history.data.snapshot.as_ref().expect("it was begun");
    assert!(snapshot.peak_bytes() >= used && history.data.used_bytes() == 0);
}

#[test]
fn a_large_value_comes_in_pieces_and_whoever_changes_it_has_it_finished() {
    let mut history = History::new(1);
    let elements: Vec<String> = (0..2_000).map(|n| format!("element {n}")).collect();
    let list = List::of(elements.iter().map(String::as_bytes), &LIMITS.list);
    history.data.insert(b"large", Value::List(list));
    history.data.insert(b"small", Value::Str(Str::from_bytes(b"1")));
    history.data.db = 1;
    history.data.insert(b"other", Value::Str(Str::from_bytes(b"2")));
    let before = content(&history.data);
    begin(&mut history.data, RDB);
    let (mut file, _) = history.data.snapshot_piece(PIECE);
    assert!(file.len() < 2 * PIECE, "a piece of {} bytes", file.len());
    history.data.remove(b"other");
    history.data.db = 0;
    history.data.remove(b"small");
    file.extend(history.data.snapshot_piece(PIECE).0);
    assert!(file.len() < 4 * PIECE);
    history.data.remove(b"large");
    while !history.data.snapshot.as_ref().is_some_and(|snapshot| snapshot.is_over()) {
        file.extend(history.data.snapshot_piece(PIECE).0);
    }
    assert!(read(&file) == before);
}

//! A point in time of all databases, written a piece at a time while commands go on changing them: what fork(2) does for
//! the real servers is done here by *writing before changing*.
//!
//! - A walk goes over the places of each database's entries. What lies at a place before its cursor is written.
//! - Whatever is about to change an entry that the walk has not reached ([`Snapshot::preserve`]) has it written early;
//!   its place is then *settled*: the walk passes over it.
//! - A place that is filled during the snapshot is settled at once: what lies there is not of this point in time.
//! - A database that is emptied moves into the snapshot whole, and is walked there.
//! - A value that is too large for one piece is written over several. Who changes it meanwhile has the rest of it
//!   written first. Other entries that are written early meanwhile wait in a buffer of their own: a value has to stand
//!   in one piece.
//!
//! How recently or how often a key was used is not frozen: it is written as it is when the key is.
//!
//! Memory: what is written early waits for the next piece to be taken, so that a burst of changes buffers about as many
//! bytes as it changes; databases that are emptied stay; and each place takes a bit once something is settled.
//! [`Snapshot::peak_bytes`] is the most that this came to: it is what the real servers call copy-on-write memory.

use super::access::{Access, Stamps};
use super::database::{Database, Entry};
use resplay_datatypes::EntryId;
use resplay_datatypes::Value;
use resplay_persistence::rdb::{KeyInfo, Options, Usage};
use resplay_persistence::{aof, rdb};
use std::fmt;

/// The most places that a piece passes over, so that it ends even where nothing is to be written.
const PLACES_PER_PIECE: usize = 16_384;

/// A snapshot that is being written. Databases are handed to its methods in the order of their numbers.
#[derive(Clone)]
pub struct Snapshot {
    main: Channel,
    /// What was written early while a value was half-written.
    side: Channel,
    progresses: Vec<Progress>,
    /// The database whose entry at the cursor is half-written.
    half: Option<usize>,
    stamps: Stamps,
    /// Of the databases that were emptied.
    detached_bytes: u64,
    peak_bytes: u64,
    keys_written: u64,
    keys_total: u64,
    is_over: bool,
}

/// What a snapshot is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An RDB file.
    Rdb(Options),
    /// Commands that make the same data.
    Commands,
}

/// What writes it.
#[derive(Clone)]
pub enum Sink {
    /// As [`Form::Rdb`].
    Rdb(rdb::Writer),
    /// As [`Form::Commands`].
    Commands(aof::Writer),
}

impl Sink {
    fn select(&mut self, progress: &Progress) {
        let Progress { number, keys, expires, .. } = progress;
        match self {
            Sink::Rdb(writer) => writer.select(u64::from(*number), *keys, *expires),
            Sink::Commands(writer) => writer.select(*number),
        }
    }

    fn begin_key(&mut self, key: &[u8], info: &KeyInfo, value: &Value) {
        match self {
            Sink::Rdb(writer) => writer.begin_key(key, info, value),
            Sink::Commands(writer) => writer.begin_key(key, info, value),
        }
    }

    fn go_on(&mut self, value: &Value, about_bytes: usize) -> bool {
        match self {
            Sink::Rdb(writer) => writer.go_on(value, about_bytes),
            Sink::Commands(writer) => writer.go_on(value, about_bytes),
        }
    }

    fn key(&mut self, key: &[u8], info: &KeyInfo, value: &Value) {
        self.begin_key(key, info, value);
        while !self.go_on(value, usize::MAX) {}
    }

    fn splice(&mut self, parts: &[u8]) {
        match self {
            Sink::Rdb(writer) => writer.splice(parts),
            Sink::Commands(writer) => writer.splice(parts),
        }
    }

    fn end(&mut self) {
        if let Sink::Rdb(writer) = self {
            writer.end();
        }
    }

    fn ready(&self) -> usize {
        match self {
            Sink::Rdb(writer) => writer.ready(),
            Sink::Commands(writer) => writer.ready(),
        }
    }

    fn take(&mut self) -> Vec<u8> {
        match self {
            Sink::Rdb(writer) => writer.take(),
            Sink::Commands(writer) => writer.take(),
        }
    }
}

/// A writer, and which database a reader of what it wrote is in.
#[derive(Clone)]
struct Channel {
    writer: Sink,
    selected: Option<u32>,
}

/// How far the walk over a database is.
#[derive(Clone)]
struct Progress {
    /// The number that it had in the beginning.
    number: u32,
    /// How many keys it had then, and how many that expire.
    keys: u64,
    expires: u64,
    /// The first place that is not written, unless it is settled.
    cursor: usize,
    /// How many places there were.
    horizon: usize,
    settled: Places,
    /// The database itself, if it was emptied since.
    detached: Option<Box<Database>>,
    is_done: bool,
}

/// A set of places, as bits.
#[derive(Clone, Default)]
struct Places(Vec<u64>);

impl Places {
    fn insert(&mut self, place: usize) {
        let word = place / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (place % 64);
    }

    fn contains(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn bytes(&self) -> u64 {
        8 * self.0.len() as u64
    }
}

impl Channel {
    fn new(form: Form) -> Channel {
        let writer = match form {
            Form::Rdb(options) => Sink::Rdb(rdb::Writer::new(options)),
            Form::Commands => Sink::Commands(aof::Writer::new()),
        };
        Channel { writer, selected: None }
    }

    /// Of what will be a part of another's.
    fn beside(form: Form) -> Channel {
        Channel::new(match form {
            Form::Rdb(options) => Form::Rdb(Options { checksum: false, ..options }),
            Form::Commands => Form::Commands,
        })
    }

    fn select(&mut self, progress: &Progress) {
        if self.selected != Some(progress.number) {
            self.writer.select(progress);
            self.selected = Some(progress.number);
        }
    }
}

impl Progress {
    fn new(number: u32, database: &Database) -> Progress {
        Progress {
            number,
            keys: database.len() as u64,
            expires: database.volatile_len() as u64,
            cursor: 0,
            horizon: database.keys().places(),
            settled: Places::default(),
            detached: None,
            is_done: database.is_empty(),
        }
    }

    /// Where its entries lie.
    fn source<'a>(&'a self, live: &'a Database) -> &'a Database {
        self.detached.as_deref().unwrap_or(live)
    }

    /// Whether what lies at that place of the living database is of the snapshot and not written yet.
    fn awaits(&self, place: usize) -> bool {
        !self.is_done
            && self.detached.is_none()
            && (self.cursor..self.horizon).contains(&place)
            && !self.settled.contains(place)
    }
}

impl Snapshot {
    /// Begins one of these databases as they are now. `stamps`: what is told of how keys were used.
    pub fn new(databases: &[Database], form: Form, stamps: Stamps) -> Snapshot {
        let progresses: Vec<Progress> =
            (0..).zip(databases).map(|(number, database)| Progress::new(number, database)).collect();
        Snapshot {
            main: Channel::new(form),
            side: Channel::beside(form),
            half: None,
            stamps,
            detached_bytes: 0,
            peak_bytes: 0,
            keys_written: 0,
            keys_total: progresses.iter().map(|progress| progress.keys).sum(),
            is_over: false,
            progresses,
        }
    }

    /// Where what comes before all keys is to be written.
    pub fn head(&mut self) -> &mut Sink {
        &mut self.main.writer
    }

    /// Writes on, until about so many bytes lie ready or everything is written.
    pub fn advance(&mut self, databases: &[Database], access: &Access, about_bytes: usize) {
        for _ in 0..PLACES_PER_PIECE {
            if self.is_over || self.main.writer.ready() >= about_bytes {
                return;
            }
            self.step(databases, access, about_bytes);
        }
    }

    /// Takes away what lies ready.
    pub fn take(&mut self) -> Vec<u8> {
        self.main.writer.take()
    }

    /// Whether everything is written.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Keys that are written, and that are to be written in all.
    pub fn keys(&self) -> (u64, u64) {
        (self.keys_written, self.keys_total)
    }

    /// Memory that it takes now besides the data, in bytes.
    pub fn bytes(&self) -> u64 {
        let settled: u64 = self.progresses.iter().map(|progress| progress.settled.bytes()).sum();
        (self.main.writer.ready() + self.side.writer.ready()) as u64 + self.detached_bytes + settled
    }

    /// The most memory that it took besides the data, in bytes.
    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    /// An entry of a database is about to change: it is written now, if it is still to be written.
    pub fn preserve(&mut self, db: u32, database: &Database, id: EntryId, access: &Access) {
        let db = db as usize;
        let place = database.keys().place(id);
        if !self.progresses[db].awaits(place) {
            return;
        }
        if self.half == Some(db) && self.progresses[db].cursor == place {
            self.go_on(database, usize::MAX);
        } else {
            self.write_early(db, database, id, access);
        }
        self.note_peak();
    }

    fn write_early(&mut self, db: usize, database: &Database, id: EntryId, access: &Access) {
        let channel = if self.half.is_some() { &mut self.side } else { &mut self.main };
        let progress = &mut self.progresses[db];
        channel.select(progress);
        let entry = database.entry(id);
        let info = info(database, entry, access, self.stamps);
        channel.writer.key(database.key(id), &info, &entry.value);
        progress.settled.insert(database.keys().place(id));
        self.keys_written += 1;
    }

    /// A new entry lies in a database: it is not of the snapshot.
    pub fn added(&mut self, db: u32, place: usize) {
        let progress = &mut self.progresses[db as usize];
        if progress.awaits(place) {
            progress.settled.insert(place);
        }
    }

    /// A database was emptied: this is what it was.
    pub fn emptied(&mut self, db: u32, database: Database) {
        let progress = &mut self.progresses[db as usize];
        if !progress.is_done && progress.detached.is_none() {
            self.detached_bytes += database.used_bytes();
            progress.detached = Some(Box::new(database));
            self.note_peak();
        }
    }

    /// Two databases were exchanged.
    pub fn swapped(&mut self, one: u32, other: u32) {
        let (one, other) = (one as usize, other as usize);
        self.progresses.swap(one, other);
        self.half = self.half.map(|db| match db {
            db if db == one => other,
            db if db == other => one,
            db => db,
        });
    }

    /// Goes on by an entry or a part of one, or to the next database, or ends.
    fn step(&mut self, databases: &[Database], access: &Access, about_bytes: usize) {
        if let Some(db) = self.half {
            self.go_on(&databases[db], about_bytes);
            return;
        }
        let Some(db) = self.progresses.iter().position(|progress| !progress.is_done) else {
            self.main.writer.end();
            self.is_over = true;
            return;
        };
        let progress = &mut self.progresses[db];
        let keys = progress.source(&databases[db]).keys();
        let next = keys.entry_from(progress.cursor).map(|id| (id, keys.place(id)));
        match next.filter(|(_, place)| *place < progress.horizon) {
            None => self.finish_database(db),
            Some((_, place)) if progress.settled.contains(place) => progress.cursor = place + 1,
            Some((id, place)) => {
                progress.cursor = place;
                self.begin(db, &databases[db], id, access);
                self.go_on(&databases[db], about_bytes);
            }
        }
    }

    fn finish_database(&mut self, db: usize) {
        let progress = &mut self.progresses[db];
        progress.is_done = true;
        progress.settled = Places::default();
        if let Some(database) = progress.detached.take() {
            self.detached_bytes -= database.used_bytes();
        }
    }

    fn begin(&mut self, db: usize, live: &Database, id: EntryId, access: &Access) {
        let progress = &self.progresses[db];
        let source = progress.source(live);
        self.main.select(progress);
        let entry = source.entry(id);
        let info = info(source, entry, access, self.stamps);
        self.main.writer.begin_key(source.key(id), &info, &entry.value);
        self.half = Some(db);
    }

    /// Writes on the half-written value.
    fn go_on(&mut self, live: &Database, about_bytes: usize) {
        let Some(db) = self.half else { return };
        let progress = &mut self.progresses[db];
        let source = progress.source(live);
        let id = source
            .keys()
            .entry_from(progress.cursor)
            .expect("what is half-written stays until it is written");
        if !self.main.writer.go_on(&source.entry(id).value, about_bytes) {
            return;
        }
        progress.cursor += 1;
        self.half = None;
        self.keys_written += 1;
        if let Some(selected) = self.side.selected.take() {
            self.main.writer.splice(&self.side.writer.take());
            self.main.selected = Some(selected);
        }
    }

    fn note_peak(&mut self) {
        self.peak_bytes = self.peak_bytes.max(self.bytes());
    }
}

impl fmt::Debug for Snapshot {
    /// Where it stands; what it holds may be large.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("keys", &self.keys()).finish_non_exhaustive()
    }
}

fn info(database: &Database, entry: &Entry, access: &Access, stamps: Stamps) -> KeyInfo {
    let usage = match stamps {
        Stamps::Untold => None,
        Stamps::Idle => Some(Usage::IdleS(access.idle_secs(entry.stamp))),
        Stamps::Frequency => Some(Usage::Freq(access.frequency(entry.stamp) as u8)),
    };
    KeyInfo { expire_ms: database.expire_ms(entry), usage }
}

#[cfg(test)]
mod tests;

//! The dataset: databases of keys with values, expiry and access clocks; who watches which key; and what
//! happened to it (dirty counter, propagation, journal).
//!
//! Reading order: [`database`] (storage and its bookkeeping), this file (what commands call), [`expire`],
//! [`evict`], [`snapshot`].
//!
//! Invariant: every change of a value goes through [`Dataset::insert`], [`Dataset::edit`], [`Dataset::remove`]
//! or [`Dataset::set_expiry`], so that `used_bytes` and the volatile index are always true, and a snapshot sees what is
//! about to change.

pub mod access;
pub mod blocking;
mod database;
pub mod evict;
pub mod expire;
pub mod notify;
pub mod snapshot;
pub mod watch;

use crate::propagation::Propagation;
use access::Access;
use blocking::Waiting;
pub use database::{Database, Entry, Loose};
use notify::{Notifications, class};
use resplay_base::journal::{self, Event};
use resplay_base::{Now, Work};
use resplay_datatypes::{EntryId, Hash, SmallBytes, Str, Typed, Value};
use resplay_persistence::rdb;
use resplay_resp::Error;
use snapshot::{Form, Snapshot};
use std::collections::BTreeMap;

/// Key statistics since the last CONFIG RESETSTAT.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyStats {
    /// Reads that found their key.
    pub hits: u64,
    /// Reads that did not.
    pub misses: u64,
    /// Keys reclaimed because their time had come.
    pub expired: u64,
    /// Keys removed to make room.
    pub evicted: u64,
    /// Times the active cycle ran out of its budget.
    pub expire_cap_reached: u64,
}

/// All databases and what concerns all of them.
#[derive(Clone)]
pub struct Dataset {
    databases: Vec<Database>,
    /// The database that the running command has selected.
    pub db: u32,
    now_ms: i64,
    /// How accesses are remembered.
    pub access: Access,
    /// Changes since the start; what a command adds to it decides whether it is propagated.
    pub dirty: u64,
    /// Commands on their way to the append-only file.
    pub propagation: Propagation,
    /// What happened, when somebody asked for it.
    pub journal: Option<Vec<journal::Entry>>,
    /// Counters for INFO.
    pub stats: KeyStats,
    /// Work of the running command.
    pub work: Work,
    /// Deleted keys are propagated as UNLINK rather than DEL, as `lazyfree-lazy-expire` asks.
    pub unlink_expired: bool,
    /// The append-only file is being read back: keys do not die meanwhile.
    pub is_loading: bool,
    now: Now,
    /// Who waits for which key.
    pub waiting: Waiting,
    /// Keyspace notifications on their way to subscribers.
    pub notifications: Notifications,
    /// A point in time that is being written while the data changes.
    pub snapshot: Option<Box<Snapshot>>,
    watchers: BTreeMap<(u32, Box<[u8]>), Vec<u64>>,
    touched: Vec<watch::Touched>,
    seed: u64,
}

impl Dataset {
    /// That many empty databases; `seed` keys their hash tables.
    pub fn new(databases: u32, seed: u64) -> Dataset {
        Dataset {
            databases: (0..databases).map(|n| Database::new(seed ^ u64::from(n).rotate_left(32))).collect(),
            db: 0,
            now_ms: 0,
            access: Access::default(),
            dirty: 0,
            propagation: Propagation::default(),
            journal: None,
            stats: KeyStats::default(),
            work: Work::default(),
            unlink_expired: false,
            is_loading: false,
            now: Now::default(),
            waiting: Waiting::default(),
            notifications: Notifications::default(),
            snapshot: None,
            watchers: BTreeMap::new(),
            touched: Vec::new(),
            seed,
        }
    }

    /// How many databases there are.
    pub fn databases(&self) -> u32 {
        self.databases.len() as u32
    }

    /// What keys the hash functions.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The time that the running command sees, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// A command begins: what it sees as the time and as its database.
    pub fn begin(&mut self, now: Now, db: u32) {
        self.now = now;
        self.now_ms = now.wall.as_millis();
        self.access.tick(now);
        self.db = db;
    }

    /// One database, by number.
    pub fn database(&self, db: u32) -> &Database {
        &self.databases[db as usize]
    }

    /// The selected database.
    pub fn current(&self) -> &Database {
        &self.databases[self.db as usize]
    }

    fn current_mut(&mut self) -> &mut Database {
        &mut self.databases[self.db as usize]
    }

    /// Runs `work` with another database selected.
    pub fn in_db<R>(&mut self, db: u32, work: impl FnOnce(&mut Dataset) -> R) -> R {
        let selected = std::mem::replace(&mut self.db, db);
        let result = work(self);
        self.db = selected;
        result
    }

    /// Bytes that keys and values take, by the published formula.
    pub fn used_bytes(&self) -> u64 {
        self.databases.iter().map(Database::used_bytes).sum()
    }

    /// The key's entry, if it is there and alive; a dead one is reclaimed on the way. Counts nothing.
    pub fn find(&mut self, key: &[u8]) -> Option<EntryId> {
        let id = self.current().find(key)?;
        if self.is_dead(id) {
            self.reclaim(id);
            return None;
        }
        Some(id)
    }

    /// The value to read: counts a hit or a miss, and an access.
    pub fn read(&mut self, key: &[u8]) -> Option<&Value> {
        let id = self.read_id(key)?;
        Some(self.value(id))
    }

    /// As `read`, but the entry.
    pub fn read_id(&mut self, key: &[u8]) -> Option<EntryId> {
        match self.find(key) {
            Some(id) => {
                self.stats.hits += 1;
                self.touch_access(id);
                Some(id)
            }
            None => {
                self.stats.misses += 1;
                self.notify(class::KEY_MISS, "keymiss", key);
                None
            }
        }
    }

    /// The entry to change: counts an access, but no hit or miss.
    pub fn write(&mut self, key: &[u8]) -> Option<EntryId> {
        let id = self.find(key)?;
        self.touch_access(id);
        Some(id)
    }

    /// As `read`, for commands that want one type.
    pub fn read_as<T: Typed>(&mut self, key: &[u8]) -> Result<Option<&T>, Error> {
        match self.read(key) {
            None => Ok(None),
            Some(value) => T::of(value).map(Some).ok_or(Error::WrongType),
        }
    }

    /// As `read_id`, for commands that want one type.
    pub fn read_id_as<T: Typed>(&mut self, key: &[u8]) -> Result<Option<EntryId>, Error> {
        let found = self.read_id(key);
        self.check_type::<T>(found)
    }

    /// As `write`, for commands that want one type.
    pub fn write_as<T: Typed>(&mut self, key: &[u8]) -> Result<Option<EntryId>, Error> {
        let found = self.write(key);
        self.check_type::<T>(found)
    }

    fn check_type<T: Typed>(&self, found: Option<EntryId>) -> Result<Option<EntryId>, Error> {
        match found.map(|id| self.value(id)) {
            Some(value) if T::of(value).is_none() => Err(Error::WrongType),
            _ => Ok(found),
        }
    }

    /// As `read`, for commands that want a string.
    pub fn read_string(&mut self, key: &[u8]) -> Result<Option<&Str>, Error> {
        self.read_as(key)
    }

    /// As `read`, for commands that want a hash.
    pub fn read_hash(&mut self, key: &[u8]) -> Result<Option<&Hash>, Error> {
        self.read_as(key)
    }

    /// As `write`, for commands that want a string.
    pub fn write_string(&mut self, key: &[u8]) -> Result<Option<EntryId>, Error> {
        self.write_as::<Str>(key)
    }

    /// As `write`, for commands that want a hash.
    pub fn write_hash(&mut self, key: &[u8]) -> Result<Option<EntryId>, Error> {
        self.write_as::<Hash>(key)
    }

    /// An entry's value.
    pub fn value(&self, id: EntryId) -> &Value {
        &self.current().entry(id).value
    }

    /// An entry of the selected database.
    pub fn entry(&self, id: EntryId) -> &Entry {
        self.current().entry(id)
    }

    /// The value of an entry that is known to be of that type.
    pub fn value_as<T: Typed>(&self, id: EntryId) -> &T {
        T::of(self.value(id)).expect("callers have checked the type")
    }

    /// Changes a value in place and settles the memory account.
    pub fn edit<R>(&mut self, id: EntryId, change: impl FnOnce(&mut Value) -> R) -> R {
        self.preserve(id);
        self.current_mut().edit(id, change)
    }

    /// As `edit`, for a value that is known to be of that type.
    pub fn edit_as<T: Typed, R>(&mut self, id: EntryId, change: impl FnOnce(&mut T) -> R) -> R {
        self.edit(id, |value| change(T::of_mut(value).expect("callers have checked the type")))
    }

    /// Gives the key this value and no expiry, whatever it had before.
    pub fn insert(&mut self, key: &[u8], value: Value) -> EntryId {
        let stamp = self.access.fresh();
        self.put(key, value, stamp)
    }

    fn put(&mut self, key: &[u8], value: Value, stamp: u32) -> EntryId {
        if !self.waiting.is_empty() {
            self.notice_insertion(key, &value);
        }
        if self.notifications.selected & class::NEW != 0 && self.current().find(key).is_none() {
            self.notify(class::NEW, "new", key);
        }
        self.store(key, value, stamp)
    }

    /// Puts a value under a key of the selected database, whatever was there, and tells nobody but the snapshot.
    fn store(&mut self, key: &[u8], value: Value, stamp: u32) -> EntryId {
        if self.snapshot.is_none() {
            return self.current_mut().insert(key, value, stamp);
        }
        let old = self.current().find(key);
        if let Some(old) = old {
            self.preserve(old);
        }
        let id = self.current_mut().insert(key, value, stamp);
        let (db, place) = (self.db, self.current().keys().place(id));
        if let (Some(snapshot), None) = (&mut self.snapshot, old) {
            snapshot.added(db, place);
        }
        id
    }

    /// Tells the snapshot, if there is one, that an entry of the selected database is about to change.
    #[inline]
    fn preserve(&mut self, id: EntryId) {
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.preserve(self.db, &self.databases[self.db as usize], id, &self.access);
        }
    }

    /// A key out of a file, in that database: nobody is notified of it. Whether the key was not there.
    pub fn load(&mut self, db: u32, key: rdb::Key) -> bool {
        let idle_s = key.idle_s.map(|idle_s| i64::try_from(idle_s).unwrap_or(i64::MAX));
        let stamp = self.access.restored(idle_s, key.freq);
        self.in_db(db, |data| {
            let is_new = data.current().find(&key.key).is_none();
            let id = data.store(&key.key, key.value, stamp);
            data.set_expiry(id, key.expire_ms);
            is_new
        })
    }

    /// A point in time: everything as it is now.
    pub fn snapshot_of_now(&self, form: Form) -> Snapshot {
        Snapshot::new(&self.databases, form, self.access.stamps)
    }

    /// The next piece of the snapshot that is kept, of about so many bytes (none if there was nothing to write for a
    /// while), and whether it is the last.
    pub fn snapshot_piece(&mut self, about_bytes: usize) -> (Vec<u8>, bool) {
        let Some(mut snapshot) = self.snapshot.take() else { return (Vec::new(), true) };
        let piece = self.piece_of(&mut snapshot, about_bytes);
        self.snapshot = Some(snapshot);
        piece
    }

    /// The next piece of a snapshot since which nothing has changed.
    pub fn piece_of(&self, snapshot: &mut Snapshot, about_bytes: usize) -> (Vec<u8>, bool) {
        snapshot.advance(&self.databases, &self.access, about_bytes);
        (snapshot.take(), snapshot.is_over())
    }

    /// Gives an entry another value; its expiry stays.
    pub fn replace(&mut self, id: EntryId, value: Value) {
        self.edit(id, |old| *old = value);
    }

    /// Removes a key, dead or alive; whether it was there.
    pub fn remove(&mut self, key: &[u8]) -> bool {
        match self.current().find(key) {
            Some(id) => {
                self.take(id);
                true
            }
            None => false,
        }
    }

    /// Removes an entry and hands it over.
    pub fn take(&mut self, id: EntryId) -> (SmallBytes, Loose) {
        self.preserve(id);
        let taken = self.current_mut().take(id);
        if !self.waiting.is_empty() {
            self.waiting.notice_removal(self.db, &taken.0);
        }
        taken
    }

    /// Puts an entry (with its expiry and access clock) under a key that is not there.
    pub fn restore(&mut self, key: &[u8], entry: Loose) -> EntryId {
        let id = self.put(key, entry.value, entry.stamp);
        self.set_expiry(id, entry.expire_ms);
        id
    }

    /// When the entry expires, in milliseconds since 1970.
    pub fn expiry(&self, id: EntryId) -> Option<i64> {
        self.current().expire_ms(self.entry(id))
    }

    /// Sets or clears when the entry expires.
    pub fn set_expiry(&mut self, id: EntryId, at_ms: Option<i64>) {
        self.preserve(id);
        self.current_mut().set_expiry(id, at_ms);
    }

    /// A command changed this key: counts it, and fails the transactions of those who watch it.
    pub fn changed(&mut self, key: &[u8]) {
        self.dirty += 1;
        self.touch(key);
    }

    /// Empties a database; the number of keys it had.
    pub fn flush(&mut self, db: u32) -> u64 {
        let keys = self.database(db).len() as u64;
        self.waiting.notice_flush(db);
        let fresh = Database::new(self.seed ^ u64::from(db).rotate_left(32));
        let old = std::mem::replace(&mut self.databases[db as usize], fresh);
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.emptied(db, old);
        }
        keys
    }

    /// Empties all databases, and fails the transactions of those who watch their keys; the number of keys there were.
    pub fn flush_all(&mut self) -> u64 {
        let empty = |data: &mut Dataset, db| {
            data.touch_all(db, None);
            data.flush(db)
        };
        (0..self.databases()).map(|db| empty(self, db)).sum()
    }

    /// What DEBUG RELOAD does before it reads a file.
    pub fn flush_before_reload(&mut self) {
        self.record(|| Event::Loaded { db: 0, argv: vec![b"FLUSHALL".to_vec()], is_retold: false });
        self.flush_all();
    }

    /// Exchanges two databases.
    pub fn swap(&mut self, one: u32, other: u32) {
        self.databases.swap(one as usize, other as usize);
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.swapped(one, other);
        }
        self.notice_swap(one);
        self.notice_swap(other);
    }

    /// Adds to the journal, if one is kept. The closure runs only then.
    pub fn record(&mut self, event: impl FnOnce() -> Event) {
        if let Some(journal) = &mut self.journal {
            journal.push(journal::Entry { at: self.now.wall, event: event() });
        }
    }

    fn touch_access(&mut self, id: EntryId) {
        let Dataset { access, databases, db, .. } = self;
        if access.is_frozen {
            return;
        }
        let stamp = &mut databases[*db as usize].entry_mut(id).stamp;
        *stamp = access.touched(*stamp);
    }
}

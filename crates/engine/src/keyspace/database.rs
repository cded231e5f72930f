//! One database: a dictionary of entries, and an index of those that will expire.

use resplay_base::Random;
use resplay_datatypes::{Dict, EntryId, SmallBytes, Value, memory};

/// The expiry of a key that does not expire.
const NEVER: i64 = -1;

/// A key's value and what is remembered about it.
#[derive(Clone)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// Last access, in the form that the eviction policy asks for (see [`super::access`]).
    pub stamp: u32,
    /// Position in the volatile index; meaningless while `expire_ms` is [`NEVER`].
    slot: u32,
    expire_ms: i64,
}

impl Entry {
    /// When it expires, in milliseconds since 1970.
    pub fn expire_ms(&self) -> Option<i64> {
        (self.expire_ms != NEVER).then_some(self.expire_ms)
    }
}

/// A database.
#[derive(Clone)]
pub struct Database {
    keys: Dict<Entry>,
    /// Entries with an expiry, in no order: sampling and sequential sweeps are both O(1) per key.
    volatile: Vec<EntryId>,
    used_bytes: u64,
    /// Where the active expiry cycle goes on.
    pub(super) sweep: usize,
}

impl Database {
    pub(super) fn new(seed: u64) -> Database {
        Database { keys: Dict::new(seed), volatile: Vec::new(), used_bytes: 0, sweep: 0 }
    }

    /// Keys, dead but unreclaimed ones included.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Keys that have an expiry.
    pub fn volatile_len(&self) -> usize {
        self.volatile.len()
    }

    /// Sum of the remaining lifetimes in ms divided by the number of volatile keys, over a sample.
    pub fn average_ttl_ms(&self, now_ms: i64) -> i64 {
        let sample = self.volatile.iter().take(100);
        let (sum, count) = sample.fold((0i64, 0i64), |(sum, count), id| {
            (sum.saturating_add((self.entry(*id).expire_ms - now_ms).max(0)), count + 1)
        });
        sum.checked_div(count).unwrap_or(0)
    }

    /// Bytes that keys and values take, by the published formula.
    pub fn used_bytes(&self) -> u64 {
        self.used_bytes
    }

    /// The dictionary behind SCAN and KEYS.
    pub fn keys(&self) -> &Dict<Entry> {
        &self.keys
    }

    /// A key's entry.
    pub fn find(&self, key: &[u8]) -> Option<EntryId> {
        self.keys.find(key)
    }

    /// An entry.
    pub fn entry(&self, id: EntryId) -> &Entry {
        self.keys.value(id)
    }

    /// The key of an entry.
    pub fn key(&self, id: EntryId) -> &[u8] {
        self.keys.key(id)
    }

    /// A uniformly drawn entry.
    pub fn random(&self, random: &mut Random) -> Option<EntryId> {
        self.keys.random(random)
    }

    /// A uniformly drawn entry among those with an expiry.
    pub fn random_volatile(&self, random: &mut Random) -> Option<EntryId> {
        let at = random.index(self.volatile.len());
        self.volatile.get(at).copied()
    }

    pub(super) fn volatile(&self, at: usize) -> EntryId {
        self.volatile[at]
    }

    pub(super) fn entry_mut(&mut self, id: EntryId) -> &mut Entry {
        self.keys.value_mut(id)
    }

    pub(super) fn edit<R>(&mut self, id: EntryId, change: impl FnOnce(&mut Value) -> R) -> R {
        let value = &mut self.keys.value_mut(id).value;
        let before = value.logical_bytes() as u64;
        let result = change(value);
        self.used_bytes = self.used_bytes + value.logical_bytes() as u64 - before;
        result
    }

    pub(super) fn insert(&mut self, key: &[u8], value: Value, stamp: u32) -> EntryId {
        if let Some(id) = self.keys.find(key) {
            self.set_expiry(id, None);
            self.edit(id, |old| *old = value);
            self.entry_mut(id).stamp = stamp;
            return id;
        }
        self.used_bytes += (memory::key_overhead(key.len()) + value.logical_bytes()) as u64;
        self.keys.insert_new(key, Entry { value, stamp, slot: 0, expire_ms: NEVER })
    }

    pub(super) fn take(&mut self, id: EntryId) -> (SmallBytes, Entry) {
        let expire_ms = self.entry(id).expire_ms;
        self.set_expiry(id, None);
        let (key, mut entry) = self.keys.remove_id(id);
        self.used_bytes -= (memory::key_overhead(key.len()) + entry.value.logical_bytes()) as u64;
        entry.expire_ms = expire_ms;
        (key, entry)
    }

    pub(super) fn set_expiry(&mut self, id: EntryId, at_ms: Option<i64>) {
        let had = self.entry(id).expire_ms != NEVER;
        match (had, at_ms) {
            (false, Some(_)) => self.enter_volatile(id),
            (true, None) => self.leave_volatile(id),
            _ => {}
        }
        self.entry_mut(id).expire_ms = at_ms.unwrap_or(NEVER);
    }

    fn enter_volatile(&mut self, id: EntryId) {
        self.entry_mut(id).slot = self.volatile.len() as u32;
        self.volatile.push(id);
        self.used_bytes += memory::EXPIRY_BYTES as u64;
    }

    fn leave_volatile(&mut self, id: EntryId) {
        let slot = self.entry(id).slot;
        self.volatile.swap_remove(slot as usize);
        if let Some(&moved) = self.volatile.get(slot as usize) {
            self.entry_mut(moved).slot = slot;
        }
        self.used_bytes -= memory::EXPIRY_BYTES as u64;
    }
}

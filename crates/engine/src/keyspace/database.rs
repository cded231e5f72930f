//! One database: a dictionary of entries, and an index of those that will expire.

use resplay_base::Random;
use resplay_datatypes::{Dict, EntryId, SmallBytes, Value, memory};

/// How many keys at most the average TTL is taken from.
const TTL_SAMPLES: usize = 100;
/// The place in the volatile index of a key that does not expire.
const NEVER: u32 = u32::MAX;

/// A key's value and what is remembered about it.
#[derive(Clone)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// Last access, in the form that the eviction policy asks for (see [`super::access`]).
    pub stamp: u32,
    /// Position in the volatile index, or [`NEVER`]. With it an entry and its key fill a cache line.
    slot: u32,
}

impl Entry {
    /// Whether it expires one day.
    pub fn is_volatile(&self) -> bool {
        self.slot != NEVER
    }
}

/// An entry apart from any database.
pub struct Loose {
    /// The value.
    pub value: Value,
    /// Last access, as in [`Entry`].
    pub stamp: u32,
    /// When it expires, in milliseconds since 1970.
    pub expire_ms: Option<i64>,
}

/// A database.
#[derive(Clone)]
pub struct Database {
    keys: Dict<Entry>,
    /// Entries that expire, and when in milliseconds since 1970, in no order: sampling and sequential sweeps are both
    /// O(1) per key.
    volatile: Vec<(EntryId, i64)>,
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
        let sample = self.volatile.iter().step_by(self.volatile.len().div_ceil(TTL_SAMPLES).max(1));
        let (sum, count) = sample.fold((0i64, 0i64), |(sum, count), (_, at_ms)| {
            (sum.saturating_add((at_ms - now_ms).max(0)), count + 1)
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

    /// When an entry of this database expires, in milliseconds since 1970.
    pub fn expire_ms(&self, entry: &Entry) -> Option<i64> {
        entry.is_volatile().then(|| self.volatile[entry.slot as usize].1)
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
        self.volatile.get(at).map(|(id, _)| *id)
    }

    pub(super) fn volatile(&self, at: usize) -> EntryId {
        self.volatile[at].0
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
        self.keys.insert_new(key, Entry { value, stamp, slot: NEVER })
    }

    pub(super) fn take(&mut self, id: EntryId) -> (SmallBytes, Loose) {
        let expire_ms = self.expire_ms(self.entry(id));
        self.set_expiry(id, None);
        let (key, Entry { value, stamp, .. }) = self.keys.remove_id(id);
        self.used_bytes -= (memory::key_overhead(key.len()) + value.logical_bytes()) as u64;
        (key, Loose { value, stamp, expire_ms })
    }

    pub(super) fn set_expiry(&mut self, id: EntryId, at_ms: Option<i64>) {
        let slot = self.entry(id).slot;
        match (self.volatile.get_mut(slot as usize), at_ms) {
            (Some(volatile), Some(at_ms)) => volatile.1 = at_ms,
            (None, Some(at_ms)) => self.enter_volatile(id, at_ms),
            (Some(_), None) => self.leave_volatile(id),
            (None, None) => {}
        }
    }

    fn enter_volatile(&mut self, id: EntryId, at_ms: i64) {
        self.entry_mut(id).slot = self.volatile.len() as u32;
        self.volatile.push((id, at_ms));
        self.used_bytes += memory::EXPIRY_BYTES as u64;
    }

    fn leave_volatile(&mut self, id: EntryId) {
        let slot = std::mem::replace(&mut self.entry_mut(id).slot, NEVER);
        self.volatile.swap_remove(slot as usize);
        if let Some(&(moved, _)) = self.volatile.get(slot as usize) {
            self.entry_mut(moved).slot = slot;
        }
        self.used_bytes -= memory::EXPIRY_BYTES as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_with_its_key_fills_a_cache_line() {
        // The rest of the 64 bytes: the key's three words, its hash and a link.
        assert_eq!(size_of::<Entry>(), 64 - 24 - 8);
    }
}

//! The dictionary behind keyspaces and big hashes: chained buckets over a slab, grown and shrunk a little at
//! a time, and walked by SCAN's reverse-binary cursor.
//!
//! - Buckets are bare links into the slab; an entry holds its key in place when it is short, so a lookup
//!   costs one probe of the bucket array and one of the slab.
//! - While the table is being resized there are two bucket arrays. An entry lies in the old one exactly as
//!   long as its bucket there has not been moved yet, so a lookup still looks into one bucket only.
//! - A dense list of all entries makes random choice uniform and O(1), and iteration O(entries), however
//!   sparse slab and table have become.
//!
//! Order depends on the seed and the history of calls alone, never on the machine.

mod scan;
mod slab;

use crate::small::SmallBytes;
use resplay_base::Random;
use siphasher::sip::SipHasher13;
use slab::{Entry, Link, NOWHERE, Slab};

/// Names an entry: stable until that key is removed, whatever else comes, goes or is rehashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(Link);

/// A map from byte strings to values; see the module's docs.
#[derive(Clone)]
pub struct Dict<V> {
    seed: u64,
    slab: Slab<V>,
    dense: Vec<Link>,
    /// The table in use, and the one that its buckets are moving to (empty unless a resize is under way).
    tables: [Table; 2],
    /// How many buckets of the first table have moved to the second.
    moved: usize,
}

/// Buckets: the head of each chain. Empty, or a power of two.
#[derive(Clone, Default)]
struct Table {
    heads: Vec<Link>,
}

const SMALLEST_TABLE: usize = 4;
/// A table shrinks when less than one bucket in this many is needed.
const SPARSE: usize = 8;
/// How far one insertion or removal carries a resize on: so many buckets with entries, or empty ones.
const STEP_FULL: usize = 2;
const STEP_EMPTY: usize = 20;

impl<V> Dict<V> {
    /// An empty dictionary that allocates nothing yet. The seed keys the hash function.
    pub const fn new(seed: u64) -> Dict<V> {
        let tables = [Table { heads: Vec::new() }, Table { heads: Vec::new() }];
        Dict { seed, slab: Slab::new(), dense: Vec::new(), tables, moved: 0 }
    }

    /// How many keys there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.dense.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.dense.is_empty()
    }

    /// Forgets everything and gives the memory back.
    pub fn clear(&mut self) {
        *self = Dict::new(self.seed);
    }

    /// Bucket counts of the table in use and of the one it is moving to (zero when it is not).
    pub fn slots(&self) -> (usize, usize) {
        (self.tables[0].len(), self.tables[1].len())
    }

    /// Looks a key up.
    #[inline]
    pub fn find(&self, key: &[u8]) -> Option<EntryId> {
        self.find_hashed(key, self.hash(key))
    }

    /// The value of a key.
    #[inline]
    pub fn get(&self, key: &[u8]) -> Option<&V> {
        self.find(key).map(|id| self.value(id))
    }

    /// The value of a key, to change.
    #[inline]
    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut V> {
        self.find(key).map(|id| self.value_mut(id))
    }

    /// Whether a key is there.
    #[inline]
    pub fn contains(&self, key: &[u8]) -> bool {
        self.find(key).is_some()
    }

    /// The key of an entry. Panics, as all access by id, when the key was removed since.
    #[inline]
    pub fn key(&self, id: EntryId) -> &[u8] {
        &self.slab.entry(id.0).key
    }

    /// The value of an entry.
    #[inline]
    pub fn value(&self, id: EntryId) -> &V {
        &self.slab.entry(id.0).value
    }

    /// The value of an entry, to change.
    #[inline]
    pub fn value_mut(&mut self, id: EntryId) -> &mut V {
        &mut self.slab.entry_mut(id.0).value
    }

    /// Sets a key's value; returns the entry and the value it had before.
    pub fn insert(&mut self, key: &[u8], value: V) -> (EntryId, Option<V>) {
        let hash = self.hash(key);
        match self.find_hashed(key, hash) {
            Some(id) => (id, Some(std::mem::replace(self.value_mut(id), value))),
            None => (self.insert_hashed(key, hash, value), None),
        }
    }

    /// Adds a key that is known to be absent: spares the lookup.
    pub fn insert_new(&mut self, key: &[u8], value: V) -> EntryId {
        let hash = self.hash(key);
        debug_assert!(self.find_hashed(key, hash).is_none(), "the key is there already");
        self.insert_hashed(key, hash, value)
    }

    /// Removes a key; returns its value.
    pub fn remove(&mut self, key: &[u8]) -> Option<V> {
        self.find(key).map(|id| self.remove_id(id).1)
    }

    /// Removes an entry; returns its key and value.
    pub fn remove_id(&mut self, id: EntryId) -> (SmallBytes, V) {
        self.unchain(id.0);
        let entry = self.slab.take(id.0);
        self.dense.swap_remove(entry.rank as usize);
        if let Some(&last) = self.dense.get(entry.rank as usize) {
            self.slab.entry_mut(last).rank = entry.rank;
        }
        self.shrink_if_sparse();
        self.carry_on();
        (entry.key, entry.value)
    }

    /// A uniformly chosen entry.
    pub fn random(&self, random: &mut Random) -> Option<EntryId> {
        self.nth(random.index(self.len()))
    }

    /// The entry at a position of the iteration order, in O(1).
    #[inline]
    pub fn nth(&self, index: usize) -> Option<EntryId> {
        self.dense.get(index).copied().map(EntryId)
    }

    /// All entries: in the order of insertion until the first removal; each removal puts the last in the gap.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &V)> {
        self.dense.iter().map(|&link| {
            let entry = self.slab.entry(link);
            (entry.key.as_slice(), &entry.value)
        })
    }

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        SipHasher13::new_with_keys(self.seed, 0x7265_7370_6c61_7921).hash(key) as u32
    }

    #[inline]
    fn find_hashed(&self, key: &[u8], hash: u32) -> Option<EntryId> {
        if self.is_empty() {
            return None;
        }
        let (table, bucket) = self.home(hash);
        let mut link = self.tables[table].heads[bucket];
        while link != NOWHERE {
            let entry = self.slab.entry(link);
            if entry.hash == hash && *entry.key == *key {
                return Some(EntryId(link));
            }
            link = entry.next;
        }
        None
    }

    /// The table and bucket in which a hash's entries lie now. There must be a table.
    #[inline]
    fn home(&self, hash: u32) -> (usize, usize) {
        let bucket = self.tables[0].bucket(hash);
        if bucket >= self.moved { (0, bucket) } else { (1, self.tables[1].bucket(hash)) }
    }

    fn insert_hashed(&mut self, key: &[u8], hash: u32, value: V) -> EntryId {
        self.carry_on();
        self.grow_if_full();
        let rank = self.dense.len() as u32;
        let link = self.slab.put(Entry { key: SmallBytes::new(key), hash, next: NOWHERE, rank, value });
        self.dense.push(link);
        self.chain(link, hash);
        EntryId(link)
    }

    fn chain(&mut self, link: Link, hash: u32) {
        let (table, bucket) = self.home(hash);
        let head = &mut self.tables[table].heads[bucket];
        self.slab.entry_mut(link).next = *head;
        *head = link;
    }

    fn unchain(&mut self, link: Link) {
        let Entry { hash, next, .. } = *self.slab.entry(link);
        let (table, bucket) = self.home(hash);
        let head = &mut self.tables[table].heads[bucket];
        if *head == link {
            *head = next;
            return;
        }
        let mut before = *head;
        while self.slab.entry(before).next != link {
            before = self.slab.entry(before).next;
        }
        self.slab.entry_mut(before).next = next;
    }

    fn grow_if_full(&mut self) {
        if self.tables[0].len() == 0 {
            self.tables[0] = Table::new(SMALLEST_TABLE);
        } else if !self.is_resizing() && self.len() >= self.tables[0].len() {
            self.tables[1] = Table::new((self.len() + 1).next_power_of_two());
        }
    }

    fn shrink_if_sparse(&mut self) {
        let size = self.tables[0].len();
        if size > SMALLEST_TABLE && !self.is_resizing() && self.len() < size / SPARSE {
            self.tables[1] = Table::new(self.len().next_power_of_two().max(SMALLEST_TABLE));
        }
    }

    fn is_resizing(&self) -> bool {
        self.tables[1].len() > 0
    }

    /// Moves a few buckets on, if a resize is under way: enough that it ends before the next can be due.
    fn carry_on(&mut self) {
        let (mut full, mut empty) = (0, 0);
        while self.is_resizing() && full < STEP_FULL && empty < STEP_EMPTY {
            match self.move_bucket() {
                true => full += 1,
                false => empty += 1,
            }
        }
    }

    /// Moves one bucket; whether there was anything in it.
    fn move_bucket(&mut self) -> bool {
        let mut link = std::mem::replace(&mut self.tables[0].heads[self.moved], NOWHERE);
        let full = link != NOWHERE;
        self.moved += 1;
        while link != NOWHERE {
            let Entry { hash, next, .. } = *self.slab.entry(link);
            self.chain(link, hash);
            link = next;
        }
        if self.moved == self.tables[0].len() {
            self.tables[0] = std::mem::take(&mut self.tables[1]);
            self.moved = 0;
        }
        full
    }
}

impl Table {
    fn new(buckets: usize) -> Table {
        Table { heads: vec![NOWHERE; buckets] }
    }

    fn len(&self) -> usize {
        self.heads.len()
    }

    #[inline]
    fn bucket(&self, hash: u32) -> usize {
        hash as usize & self.heads.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests;

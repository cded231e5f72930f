//! The dictionary behind keyspaces and big hashes: chained buckets over a store of entries, grown and shrunk a little at
//! a time, and walked by SCAN's reverse-binary cursor.
//!
//! - Buckets are bare links into the store of the entries; an entry holds its key in place when it is short, so a
//!   lookup costs one probe of the bucket array and one of the store.
//! - There are two stores: a slab of entries with values, all of one size, and cells of bare keys, each as large as
//!   its key.
//! - While the table is being resized there are two bucket arrays. An entry lies in the old one exactly as
//!   long as its bucket there has not been moved yet, so a lookup still looks into one bucket only.
//! - Random choice is uniform and O(1): it draws places of the store until one is used, or, where few of these are
//!   left, places in the buckets, which shrink.
//!
//! Order depends on the seed and the history of calls alone, never on the machine.

mod cells;
mod scan;
mod slab;
mod store;

use crate::small::SmallBytes;
use cells::Cells;
use resplay_base::Random;
use siphasher::sip::SipHasher13;
use slab::Slab;
use store::{Link, NOWHERE, Store};

/// Names an entry: stable until that key is removed, whatever else comes, goes or is rehashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(Link);

/// A map from byte strings to values; see the module's docs.
pub type Dict<V> = DictOf<Slab<V>>;

/// A dictionary of bare keys, in about half the memory.
pub type Members = DictOf<Cells>;

/// A dictionary whose entries lie in a store of that kind: a [`Dict`], or [`Members`].
#[derive(Clone)]
pub struct DictOf<S> {
    seed: u64,
    store: S,
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
/// No bucket is ever seen to hold more entries than this (with one entry a bucket, one in 10^14 does).
const DEPTH_MAX: usize = 16;

impl<S: Store> DictOf<S> {
    /// An empty dictionary that allocates nothing yet. The seed keys the hash function.
    pub fn new(seed: u64) -> DictOf<S> {
        DictOf { seed, store: S::default(), tables: Default::default(), moved: 0 }
    }

    /// How many keys there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.store.len() == 0
    }

    /// Forgets everything and gives the memory back.
    pub fn clear(&mut self) {
        *self = DictOf::new(self.seed);
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
    pub fn get(&self, key: &[u8]) -> Option<&S::Value> {
        self.find(key).map(|id| self.value(id))
    }

    /// The value of a key, to change.
    #[inline]
    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut S::Value> {
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
        self.store.key(id.0)
    }

    /// The value of an entry.
    #[inline]
    pub fn value(&self, id: EntryId) -> &S::Value {
        self.store.value(id.0)
    }

    /// The value of an entry, to change.
    #[inline]
    pub fn value_mut(&mut self, id: EntryId) -> &mut S::Value {
        self.store.value_mut(id.0)
    }

    /// Sets a key's value; returns the entry and the value it had before.
    pub fn insert(&mut self, key: &[u8], value: S::Value) -> (EntryId, Option<S::Value>) {
        let hash = self.hash(key);
        match self.find_hashed(key, hash) {
            Some(id) => (id, Some(std::mem::replace(self.value_mut(id), value))),
            None => (self.insert_hashed(key, hash, value), None),
        }
    }

    /// Adds a key that is known to be absent: spares the lookup.
    pub fn insert_new(&mut self, key: &[u8], value: S::Value) -> EntryId {
        let hash = self.hash(key);
        debug_assert!(self.find_hashed(key, hash).is_none(), "the key is there already");
        self.insert_hashed(key, hash, value)
    }

    /// Removes a key; returns its value.
    pub fn remove(&mut self, key: &[u8]) -> Option<S::Value> {
        let hash = self.hash(key);
        let id = self.find_hashed(key, hash)?;
        self.unchain(id.0, hash);
        let value = self.store.discard(id.0);
        self.after_removal();
        Some(value)
    }

    /// Removes an entry; returns its key and value.
    pub fn remove_id(&mut self, id: EntryId) -> (SmallBytes, S::Value) {
        self.unchain(id.0, self.hash_of(id.0));
        let taken = self.store.take(id.0);
        self.after_removal();
        taken
    }

    /// A uniformly chosen entry.
    pub fn random(&self, random: &mut Random) -> Option<EntryId> {
        if self.is_empty() {
            return None;
        }
        let link = self.store.random(random).unwrap_or_else(|| self.random_in_buckets(random));
        Some(EntryId(link))
    }

    /// All entries, in the order of their places: that of insertion until the first removal.
    pub fn iter(&self) -> Iter<'_, S> {
        Iter { store: &self.store, place: 0, left: self.len() }
    }

    /// The number of the place where an entry lies, counted from 0. Another entry may lie there when this one is gone.
    #[inline]
    pub fn place(&self, id: EntryId) -> usize {
        store::place(id.0)
    }

    /// The first entry that lies at this place or behind it, in the order of [`DictOf::iter`]. With [`DictOf::place`] for a
    /// walk that goes on while entries come and go.
    pub fn entry_from(&self, place: usize) -> Option<EntryId> {
        let mut place = place;
        self.store.next_from(&mut place).map(EntryId)
    }

    /// Draws a bucket and a depth until an entry lies there.
    fn random_in_buckets(&self, random: &mut Random) -> Link {
        let [first, second] = &self.tables;
        let rest = first.len() - self.moved;
        loop {
            let bucket = random.index(rest + second.len());
            let depth = random.index(DEPTH_MAX);
            let head = match bucket.checked_sub(rest) {
                None => first.heads[self.moved + bucket],
                Some(bucket) => second.heads[bucket],
            };
            let link = (0..depth).fold(head, |link, _| self.next_of(link));
            if link != NOWHERE {
                return link;
            }
        }
    }

    fn next_of(&self, link: Link) -> Link {
        if link == NOWHERE { NOWHERE } else { self.store.next(link) }
    }

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        SipHasher13::new_with_keys(self.seed, 0x7265_7370_6c61_7921).hash(key) as u32
    }

    fn hash_of(&self, link: Link) -> u32 {
        self.store.hash(link).unwrap_or_else(|| self.hash(self.store.key(link)))
    }

    #[inline]
    fn find_hashed(&self, key: &[u8], hash: u32) -> Option<EntryId> {
        if self.is_empty() {
            return None;
        }
        let (table, bucket) = self.home(hash);
        let mut link = self.tables[table].heads[bucket];
        while link != NOWHERE {
            if self.store.is(link, key, hash) {
                return Some(EntryId(link));
            }
            link = self.store.next(link);
        }
        None
    }

    /// The table and bucket in which a hash's entries lie now. There must be a table.
    #[inline]
    fn home(&self, hash: u32) -> (usize, usize) {
        let bucket = self.tables[0].bucket(hash);
        if bucket >= self.moved { (0, bucket) } else { (1, self.tables[1].bucket(hash)) }
    }

    fn insert_hashed(&mut self, key: &[u8], hash: u32, value: S::Value) -> EntryId {
        self.carry_on();
        self.grow_if_full();
        let link = self.store.put(key, value, hash);
        self.chain(link, hash);
        EntryId(link)
    }

    fn chain(&mut self, link: Link, hash: u32) {
        let (table, bucket) = self.home(hash);
        let head = &mut self.tables[table].heads[bucket];
        self.store.set_next(link, std::mem::replace(head, link));
    }

    fn unchain(&mut self, link: Link, hash: u32) {
        let next = self.store.next(link);
        let (table, bucket) = self.home(hash);
        let head = &mut self.tables[table].heads[bucket];
        if *head == link {
            *head = next;
            return;
        }
        let mut before = *head;
        while self.store.next(before) != link {
            before = self.store.next(before);
        }
        self.store.set_next(before, next);
    }

    fn after_removal(&mut self) {
        self.shrink_if_sparse();
        self.carry_on();
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
            let (hash, next) = (self.hash_of(link), self.store.next(link));
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

impl<V> Dict<V> {
    /// How many places there are, free ones included.
    pub fn places(&self) -> usize {
        self.store.places()
    }
}

impl Members {
    /// The entry at a position of the iteration order, in O(1).
    #[inline]
    pub fn nth(&self, index: usize) -> Option<EntryId> {
        self.store.nth(index).map(EntryId)
    }
}

/// The entries of a dictionary.
pub struct Iter<'a, S> {
    store: &'a S,
    place: usize,
    left: usize,
}

impl<'a, S: Store> Iterator for Iter<'a, S> {
    type Item = (&'a [u8], &'a S::Value);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let link = self.store.next_from(&mut self.place)?;
        self.left -= 1;
        Some((self.store.key(link), self.store.value(link)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<S: Store> ExactSizeIterator for Iter<'_, S> {}

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

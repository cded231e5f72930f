//! Where a dictionary's entries lie: one growing array with a free list, addressed by links.

use crate::small::SmallBytes;

/// The number of an entry's place plus one; zero links to nothing, so that a fresh bucket array is all zeros.
pub(super) type Link = u32;

/// The link that leads nowhere.
pub(super) const NOWHERE: Link = 0;

/// A key, its value, and its place in the two orders that the dictionary keeps.
#[derive(Clone)]
pub(super) struct Entry<V> {
    pub key: SmallBytes,
    /// The low half of the key's hash: enough for any table, and it spares most comparisons and all rehashing.
    pub hash: u32,
    /// The next entry of the same bucket.
    pub next: Link,
    /// Where the dictionary's dense list names this entry.
    pub rank: u32,
    pub value: V,
}

#[derive(Clone)]
enum Slot<V> {
    Used(Entry<V>),
    Free { next: Link },
}

/// Entries by link. A place is reused, last freed first, only after its entry was taken.
#[derive(Clone)]
pub(super) struct Slab<V> {
    slots: Vec<Slot<V>>,
    free: Link,
}

impl<V> Slab<V> {
    pub const fn new() -> Slab<V> {
        Slab { slots: Vec::new(), free: NOWHERE }
    }

    /// Stores an entry.
    pub fn put(&mut self, entry: Entry<V>) -> Link {
        let Some(at) = self.free.checked_sub(1) else {
            self.slots.push(Slot::Used(entry));
            return Link::try_from(self.slots.len()).expect("a dictionary holds less than 2^32 entries");
        };
        let link = self.free;
        match std::mem::replace(&mut self.slots[at as usize], Slot::Used(entry)) {
            Slot::Free { next } => self.free = next,
            Slot::Used(_) => unreachable!("the free list names a used place"),
        }
        link
    }

    /// Takes an entry out and frees its place.
    pub fn take(&mut self, link: Link) -> Entry<V> {
        let free = Slot::Free { next: self.free };
        match std::mem::replace(&mut self.slots[place(link)], free) {
            Slot::Used(entry) => {
                self.free = link;
                entry
            }
            Slot::Free { .. } => stale(),
        }
    }

    #[inline]
    pub fn entry(&self, link: Link) -> &Entry<V> {
        match &self.slots[place(link)] {
            Slot::Used(entry) => entry,
            Slot::Free { .. } => stale(),
        }
    }

    #[inline]
    pub fn entry_mut(&mut self, link: Link) -> &mut Entry<V> {
        match &mut self.slots[place(link)] {
            Slot::Used(entry) => entry,
            Slot::Free { .. } => stale(),
        }
    }
}

#[inline]
fn place(link: Link) -> usize {
    (link as usize).wrapping_sub(1)
}

#[cold]
fn stale() -> ! {
    panic!("an entry id was used after its key had been removed")
}

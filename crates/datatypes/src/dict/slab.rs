//! The store of entries with values: places in chunks, so that growing moves none of them, and a free list.

use super::store::{Link, NOWHERE, Store, place, stale};
use crate::small::SmallBytes;
use resplay_base::Random;

/// A key, its value, and its place in a bucket.
#[derive(Clone)]
pub(super) struct Entry<V> {
    pub key: SmallBytes,
    /// The low half of the key's hash: enough for any table, and it spares most comparisons and all rehashing.
    pub hash: u32,
    /// The next entry of the same bucket.
    pub next: Link,
    pub value: V,
}

#[derive(Clone)]
pub(super) enum Slot<V> {
    Used(Entry<V>),
    Free { next: Link },
}

/// Entries by link. A place is reused, last freed first, only after its entry was taken.
#[derive(Clone)]
pub struct Slab<V> {
    chunks: Vec<Vec<Slot<V>>>,
    free: Link,
    len: usize,
}

const CHUNK_SHIFT: u32 = 12;
const CHUNK: usize = 1 << CHUNK_SHIFT;

/// Places are drawn to find an entry by chance if one in so many is used.
const DRAWS: usize = 16;

impl<V> Default for Slab<V> {
    fn default() -> Slab<V> {
        Slab { chunks: Vec::new(), free: NOWHERE, len: 0 }
    }
}

impl<V> Slab<V> {
    /// How many places there are, free ones included.
    pub(super) fn places(&self) -> usize {
        let last = self.chunks.len().wrapping_sub(1);
        self.chunks.last().map_or(0, |chunk| last * CHUNK + chunk.len())
    }

    #[inline]
    fn slot(&self, place: usize) -> Option<&Slot<V>> {
        self.chunks.get(place >> CHUNK_SHIFT)?.get(place % CHUNK)
    }

    #[inline]
    fn slot_mut(&mut self, place: usize) -> Option<&mut Slot<V>> {
        self.chunks.get_mut(place >> CHUNK_SHIFT)?.get_mut(place % CHUNK)
    }

    /// Fills a place behind all others.
    fn push(&mut self, slot: Slot<V>) -> Link {
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            // Only the first one grows, as dictionaries may be small.
            self.chunks.push(Vec::with_capacity(if self.chunks.is_empty() { 0 } else { CHUNK }));
        }
        if let [first] = &mut self.chunks[..]
            && first.len() == first.capacity()
        {
            first.reserve_exact((first.len() / 4).clamp(4, CHUNK - first.len()));
        }
        self.chunks.last_mut().expect("there is one").push(slot);
        Link::try_from(self.places()).expect("a dictionary holds less than 2^32 entries")
    }

    #[inline]
    fn entry(&self, link: Link) -> &Entry<V> {
        match self.slot(place(link)) {
            Some(Slot::Used(entry)) => entry,
            _ => stale(),
        }
    }

    #[inline]
    fn entry_mut(&mut self, link: Link) -> &mut Entry<V> {
        match self.slot_mut(place(link)) {
            Some(Slot::Used(entry)) => entry,
            _ => stale(),
        }
    }
}

impl<V> Store for Slab<V> {
    type Value = V;

    fn put(&mut self, key: &[u8], value: V, hash: u32) -> Link {
        self.len += 1;
        let used = Slot::Used(Entry { key: SmallBytes::new(key), hash, next: NOWHERE, value });
        let link = self.free;
        if link == NOWHERE {
            return self.push(used);
        }
        match self.slot_mut(place(link)).map(|slot| std::mem::replace(slot, used)) {
            Some(Slot::Free { next }) => self.free = next,
            _ => unreachable!("the free list names a used place"),
        }
        link
    }

    fn take(&mut self, link: Link) -> (SmallBytes, V) {
        let free = Slot::Free { next: self.free };
        let Some(Slot::Used(entry)) = self.slot_mut(place(link)).map(|slot| std::mem::replace(slot, free))
        else {
            stale()
        };
        self.free = link;
        self.len -= 1;
        if self.len == 0 {
            *self = Slab::default();
        }
        (entry.key, entry.value)
    }

    #[inline]
    fn key(&self, link: Link) -> &[u8] {
        &self.entry(link).key
    }

    #[inline]
    fn value(&self, link: Link) -> &V {
        &self.entry(link).value
    }

    #[inline]
    fn value_mut(&mut self, link: Link) -> &mut V {
        &mut self.entry_mut(link).value
    }

    #[inline]
    fn hash(&self, link: Link) -> Option<u32> {
        Some(self.entry(link).hash)
    }

    #[inline]
    fn is(&self, link: Link, key: &[u8], hash: u32) -> bool {
        let entry = self.entry(link);
        entry.hash == hash && *entry.key == *key
    }

    #[inline]
    fn next(&self, link: Link) -> Link {
        self.entry(link).next
    }

    #[inline]
    fn set_next(&mut self, link: Link, next: Link) {
        self.entry_mut(link).next = next;
    }

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    fn random(&self, random: &mut Random) -> Option<Link> {
        let places = self.places();
        if self.len < places / DRAWS {
            return None;
        }
        loop {
            let place = random.index(places);
            if let Some(Slot::Used(_)) = self.slot(place) {
                return Some(place as Link + 1);
            }
        }
    }

    #[inline]
    fn next_from(&self, place: &mut usize) -> Option<Link> {
        loop {
            let slot = self.slot(*place)?;
            *place += 1;
            if matches!(slot, Slot::Used(_)) {
                return Some(*place as Link);
            }
        }
    }
}

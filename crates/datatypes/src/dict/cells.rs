//! The store of bare keys: cells as large as their keys, one after the other in chunks of bytes.
//!
//! | bytes of a cell | what |
//! | --- | --- |
//! | 4 | the next cell of the bucket, or the next free one of this size |
//! | 4 | where the dense list names it |
//! | 1 | the key's length; 255: it is long, and lies elsewhere |
//! | the rest | the key, or the number of a long one |
//!
//! A cell is a whole number of units large, and a link counts units. Freed cells are used again for keys of about the
//! same length. The hash is not kept: keys are next to the links that lead past them, so comparing them costs little,
//! and a resize hashes them anew. As places are not of one size, a dense list of all cells serves random choice, and gives
//! each member a position.

use super::store::{Link, NOWHERE, Store, place};
use crate::small::SmallBytes;
use resplay_base::Random;

const UNIT: usize = 4;
/// The chunk's number in a link, above that of the unit within.
const CHUNK_SHIFT: u32 = 14;
const CHUNK: usize = UNIT << CHUNK_SHIFT;
const HEAD: usize = 9;
/// The length that a long key's cell tells.
const LONG: u8 = u8::MAX;

/// Keys by link.
#[derive(Clone, Default)]
pub struct Cells {
    chunks: Vec<Vec<u8>>,
    dense: Vec<Link>,
    /// The first free cell of each size, in units.
    free: Vec<Link>,
    long: Vec<Box<[u8]>>,
    /// Numbers of long keys that are gone.
    long_free: Vec<u32>,
    value: (),
}

impl Store for Cells {
    type Value = ();

    fn put(&mut self, key: &[u8], (): (), _: u32) -> Link {
        if key.len() >= usize::from(LONG) {
            let number = self.put_long(key);
            return self.put_cell(LONG, &number.to_le_bytes());
        }
        self.put_cell(key.len() as u8, key)
    }

    fn take(&mut self, link: Link) -> (SmallBytes, ()) {
        let key = SmallBytes::new(self.key(link));
        (key, self.discard(link))
    }

    fn discard(&mut self, link: Link) {
        self.leave_dense(link);
        let cell = self.cell(link);
        let units = units(cell[8]);
        if cell[8] == LONG {
            let number = number_at(cell, HEAD);
            self.long[number as usize] = Box::default();
            self.long_free.push(number);
        }
        if self.free.len() <= units {
            self.free.resize(units + 1, NOWHERE);
        }
        let next = std::mem::replace(&mut self.free[units], link);
        self.set_next(link, next);
        if self.dense.is_empty() {
            *self = Cells::default();
        }
    }

    #[inline]
    fn key(&self, link: Link) -> &[u8] {
        let cell = self.cell(link);
        match cell[8] {
            LONG => &self.long[number_at(cell, HEAD) as usize],
            len => &cell[HEAD..HEAD + usize::from(len)],
        }
    }

    #[inline]
    fn value(&self, _: Link) -> &() {
        &self.value
    }

    #[inline]
    fn value_mut(&mut self, _: Link) -> &mut () {
        &mut self.value
    }

    #[inline]
    fn hash(&self, _: Link) -> Option<u32> {
        None
    }

    #[inline]
    fn is(&self, link: Link, key: &[u8], _: u32) -> bool {
        self.key(link) == key
    }

    #[inline]
    fn next(&self, link: Link) -> Link {
        number_at(self.cell(link), 0)
    }

    #[inline]
    fn set_next(&mut self, link: Link, next: Link) {
        self.cell_mut(link)[..4].copy_from_slice(&next.to_le_bytes());
    }

    #[inline]
    fn len(&self) -> usize {
        self.dense.len()
    }

    fn random(&self, random: &mut Random) -> Option<Link> {
        self.nth(random.index(self.dense.len()))
    }

    #[inline]
    fn next_from(&self, place: &mut usize) -> Option<Link> {
        let link = self.nth(*place)?;
        *place += 1;
        Some(link)
    }
}

impl Cells {
    /// The cell at a position of the dense list.
    #[inline]
    pub(super) fn nth(&self, index: usize) -> Option<Link> {
        self.dense.get(index).copied()
    }

    /// The last cell takes the position of the one that goes.
    fn leave_dense(&mut self, link: Link) {
        let rank = number_at(self.cell(link), 4);
        self.dense.swap_remove(rank as usize);
        if let Some(&last) = self.dense.get(rank as usize) {
            self.cell_mut(last)[4..8].copy_from_slice(&rank.to_le_bytes());
        }
    }

    /// The bytes from a cell's beginning on.
    #[inline]
    fn cell(&self, link: Link) -> &[u8] {
        let at = place(link);
        &self.chunks[at >> CHUNK_SHIFT][at * UNIT % CHUNK..]
    }

    #[inline]
    fn cell_mut(&mut self, link: Link) -> &mut [u8] {
        let at = place(link);
        &mut self.chunks[at >> CHUNK_SHIFT][at * UNIT % CHUNK..]
    }

    fn put_cell(&mut self, len: u8, bytes: &[u8]) -> Link {
        let rank = self.dense.len() as u32;
        let units = units(len);
        let link = match self.free.get(units) {
            Some(&free) if free != NOWHERE => {
                self.free[units] = self.next(free);
                free
            }
            _ => self.fresh(units * UNIT),
        };
        let cell = self.cell_mut(link);
        cell[..4].copy_from_slice(&NOWHERE.to_le_bytes());
        cell[4..8].copy_from_slice(&rank.to_le_bytes());
        cell[8] = len;
        cell[HEAD..HEAD + bytes.len()].copy_from_slice(bytes);
        self.dense.push(link);
        link
    }

    /// A cell of so many bytes behind all others.
    fn fresh(&mut self, size: usize) -> Link {
        if self.chunks.last().is_none_or(|chunk| chunk.len() + size > CHUNK) {
            self.chunks.push(Vec::new());
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        let start = chunk.len();
        if start + size > chunk.capacity() {
            // By a quarter: doubling would leave much of a small set unused.
            let room = (start + (start / 4).max(16 * UNIT)).next_multiple_of(16 * UNIT).min(CHUNK);
            chunk.reserve_exact(room.max(start + size) - start);
        }
        chunk.resize(start + size, 0);
        let at = (number << CHUNK_SHIFT) + start / UNIT;
        Link::try_from(at + 1).expect("a set holds less than 16 GB of members")
    }

    fn put_long(&mut self, key: &[u8]) -> u32 {
        let Some(number) = self.long_free.pop() else {
            self.long.push(key.into());
            return self.long.len() as u32 - 1;
        };
        self.long[number as usize] = key.into();
        number
    }
}

/// The size of a cell that tells this length.
fn units(len: u8) -> usize {
    let bytes = if len == LONG { 4 } else { usize::from(len) };
    (HEAD + bytes).div_ceil(UNIT)
}

#[inline]
fn number_at(cell: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([cell[at], cell[at + 1], cell[at + 2], cell[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::super::Members;
    use proptest::prelude::*;
    use resplay_base::Random;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn members_of_all_lengths_come_and_go(steps in proptest::collection::vec((0..40usize, 0..4u8), 0..400)) {
            let (mut members, mut naive) = (Members::new(7), BTreeSet::new());
            for (step, (len, what)) in steps.into_iter().enumerate() {
                // Lengths around the limit, and a few different words of each.
                let word = vec![b'a' + (step % 3) as u8; if len < 20 { len } else { 235 + len }];
                if what == 0 {
                    prop_assert_eq!(members.remove(&word).is_some(), naive.remove(&word));
                } else {
                    prop_assert_eq!(members.insert(&word, ()).1.is_none(), naive.insert(word));
                }
                let all: BTreeSet<Vec<u8>> = members.iter().map(|(key, ())| key.to_vec()).collect();
                prop_assert_eq!(&all, &naive);
                prop_assert!(naive.iter().all(|word| members.contains(word)));
            }
        }
    }

    #[test]
    fn freed_cells_are_used_again() {
        let (mut members, mut random) = (Members::new(1), Random::stream(1, "cells"));
        let word = |n: u32| format!("member:{n:08}").into_bytes();
        (0..100_000).for_each(|n| {
            members.insert_new(&word(n), ());
        });
        let chunks = members.store.chunks.len();
        for n in 100_000..400_000 {
            let id = members.random(&mut random).expect("it is never empty");
            members.remove_id(id);
            members.insert_new(&word(n), ());
        }
        assert_eq!((members.len(), members.store.chunks.len()), (100_000, chunks));
        let bytes: usize = members.store.chunks.iter().map(Vec::capacity).sum();
        assert!(bytes < 100_000 * 25, "{bytes} bytes");
    }
}

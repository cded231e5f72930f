//! The encoding of sets of integers: sorted, without gaps, each as wide as the widest needs. The bytes are those of
//! the real servers: the width of an integer and the number of them, 4 bytes each, then the integers; all with the
//! lowest byte first. A width never shrinks again.

use crate::memory::size_class;

const HEADER: usize = 8;

#[derive(Clone, Debug)]
pub(super) struct Intset {
    bytes: Vec<u8>,
}

impl Intset {
    pub fn new() -> Intset {
        let mut bytes = vec![0; HEADER];
        bytes[0] = 2;
        Intset { bytes }
    }

    /// Takes a buffer from outside; `None` if it is not an intset that has integers, in rising order and without gaps.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Intset> {
        let width = u32::from_le_bytes(*bytes.first_chunk()?);
        let len = u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?) as usize;
        if !matches!(width, 2 | 4 | 8)
            || len == 0
            || (bytes.len() - HEADER) as u64 != len as u64 * u64::from(width)
        {
            return None;
        }
        let set = Intset { bytes };
        let is_rising = set.iter().zip(set.iter().skip(1)).all(|(one, next)| one < next);
        is_rising.then_some(set)
    }

    /// The buffer: what a dump holds.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[inline]
    pub fn len(&self) -> usize {
        (self.bytes.len() - HEADER) / self.width()
    }

    /// The size of the buffer, in bytes.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The integer at a position of the rising order.
    #[inline]
    pub fn get(&self, index: usize) -> Option<i64> {
        (index < self.len()).then(|| self.at(index))
    }

    pub fn contains(&self, int: i64) -> bool {
        width_of(int) <= self.width() && self.search(int).is_ok()
    }

    /// Adds an integer; whether it is new.
    pub fn insert(&mut self, int: i64) -> bool {
        if width_of(int) > self.width() {
            self.widen(width_of(int));
        }
        let Err(place) = self.search(int) else { return false };
        let (at, width) = (self.offset(place), self.width());
        let new_len = self.bytes.len() + width;
        if new_len > self.bytes.capacity() {
            // As much as an allocator with the real server's size classes would hand out anyway.
            self.bytes.reserve_exact(size_class(new_len) - self.bytes.len());
        }
        self.bytes.resize(new_len, 0);
        self.bytes.copy_within(at..new_len - width, at + width);
        self.bytes[at..at + width].copy_from_slice(&int.to_le_bytes()[..width]);
        self.count();
        true
    }

    /// Removes an integer; whether it was there.
    pub fn remove(&mut self, int: i64) -> bool {
        if width_of(int) > self.width() {
            return false;
        }
        let Ok(place) = self.search(int) else { return false };
        let (at, width) = (self.offset(place), self.width());
        self.bytes.drain(at..at + width);
        self.bytes.shrink_to(size_class(self.bytes.len()));
        self.count();
        true
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = i64> + ExactSizeIterator {
        (0..self.len()).map(|index| self.at(index))
    }

    #[inline]
    fn width(&self) -> usize {
        usize::from(self.bytes[0])
    }

    #[inline]
    fn offset(&self, index: usize) -> usize {
        HEADER + index * self.width()
    }

    #[inline]
    fn at(&self, index: usize) -> i64 {
        let at = self.offset(index);
        match self.width() {
            2 => i64::from(i16::from_le_bytes(self.array(at))),
            4 => i64::from(i32::from_le_bytes(self.array(at))),
            _ => i64::from_le_bytes(self.array(at)),
        }
    }

    #[inline]
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        std::array::from_fn(|n| self.bytes[at + n])
    }

    /// Where an integer is, or where it belongs.
    fn search(&self, int: i64) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        // Rising integers are the usual case: they belong at the end.
        if high > 0 && self.at(high - 1) < int {
            return Err(high);
        }
        while low < high {
            let middle = low.midpoint(high);
            match self.at(middle).cmp(&int) {
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    fn widen(&mut self, width: usize) {
        let bytes_needed = HEADER + self.len() * width;
        let mut bytes = Vec::with_capacity(size_class(bytes_needed));
        bytes.extend_from_slice(&self.bytes[..HEADER]);
        bytes[0] = width as u8;
        for int in self.iter() {
            bytes.extend_from_slice(&int.to_le_bytes()[..width]);
        }
        self.bytes = bytes;
    }

    /// Settles the header after integers came or went.
    fn count(&mut self) {
        let len = self.len() as u32;
        self.bytes[4..HEADER].copy_from_slice(&len.to_le_bytes());
    }
}

fn width_of(int: i64) -> usize {
    if i16::try_from(int).is_ok() {
        2
    } else if i32::try_from(int).is_ok() {
        4
    } else {
        8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// The middle of `DUMP` of two sets in Valkey 8.0.1: `SADD s 5 -1`, then `SADD s 70000`.
    #[test]
    fn the_bytes_are_the_real_servers() {
        let mut set = Intset::new();
        set.insert(5);
        set.insert(-1);
        assert_eq!(set.bytes, b"\x02\0\0\0\x02\0\0\0\xff\xff\x05\0");
        set.insert(70_000);
        assert_eq!(set.bytes, b"\x04\0\0\0\x03\0\0\0\xff\xff\xff\xff\x05\0\0\0\x70\x11\x01\0");
        set.remove(70_000);
        assert_eq!(set.bytes, b"\x04\0\0\0\x02\0\0\0\xff\xff\xff\xff\x05\0\0\0");
    }

    #[test]
    fn damaged_buffers_are_refused() {
        let good = b"\x02\0\0\0\x02\0\0\0\xff\xff\x05\0";
        assert!(Intset::from_bytes(good.to_vec()).is_some());
        for bad in [
            &b"\x02\0\0\0"[..],
            b"\x03\0\0\0\x02\0\0\0\xff\xff\x05\0",
            b"\x02\0\0\0\x03\0\0\0\xff\xff\x05\0",
            b"\x02\0\0\0\x02\0\0\0\x05\0\xff\xff",
            b"\x02\0\0\0\x02\0\0\0\x05\0\x05\0",
            b"\x02\0\0\0\0\0\0\0",
        ] {
            assert!(Intset::from_bytes(bad.to_vec()).is_none(), "{bad:?}");
        }
    }

    fn ints() -> impl Strategy<Value = i64> {
        prop_oneof![any::<i64>(), any::<i32>().prop_map(i64::from), -20i64..20, 32_760i64..32_775]
    }

    proptest! {
        #[test]
        fn it_holds_what_a_sorted_set_would(ops in proptest::collection::vec((any::<bool>(), ints()), 0..100)) {
            let (mut set, mut naive) = (Intset::new(), BTreeSet::new());
            for (add, int) in ops {
                match add {
                    true => prop_assert_eq!(set.insert(int), naive.insert(int)),
                    false => prop_assert_eq!(set.remove(int), naive.remove(&int)),
                }
                prop_assert_eq!(set.contains(int), add);
                prop_assert!(set.iter().eq(naive.iter().copied()));
                prop_assert_eq!(set.bytes[4..HEADER].to_vec(), (naive.len() as u32).to_le_bytes().to_vec());
                let again = Intset::from_bytes(set.bytes.clone()).map(|set| set.bytes);
                prop_assert_eq!(again, (!naive.is_empty()).then(|| set.bytes.clone()));
            }
        }
    }
}

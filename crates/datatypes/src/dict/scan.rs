//! SCAN's cursor: bucket numbers counted up from their highest bit.
//!
//! Counting that way, the buckets that a bucket splits into, or is merged with, when the table is resized
//! stand next to each other in the order of visits. So a key that is there from the first call to the last
//! is returned at least once, however often the table was resized in between; some keys may come twice.

use super::store::{NOWHERE, Store};
use super::{DictOf, Table};

impl<S: Store> DictOf<S> {
    /// Visits the entries of one bucket of the smaller table, and of the buckets of the larger one that it
    /// expands to while the table is being resized. Begin with cursor 0; returns the next, 0 at the end.
    pub fn scan(&self, cursor: u64, mut visit: impl FnMut(&[u8], &S::Value)) -> u64 {
        if self.is_empty() {
            return 0;
        }
        let [first, second] = &self.tables;
        if !self.is_resizing() {
            self.visit_bucket(first, cursor, &mut visit);
            return next(cursor, first.mask());
        }
        let (small, large) = if first.len() < second.len() { (first, second) } else { (second, first) };
        self.visit_bucket(small, cursor, &mut visit);
        let mut cursor = cursor;
        loop {
            self.visit_bucket(large, cursor, &mut visit);
            cursor = next(cursor, large.mask());
            if cursor & (small.mask() ^ large.mask()) == 0 {
                return cursor;
            }
        }
    }

    fn visit_bucket(&self, table: &Table, cursor: u64, visit: &mut impl FnMut(&[u8], &S::Value)) {
        let mut link = table.heads[(cursor & table.mask()) as usize];
        while link != NOWHERE {
            visit(self.store.key(link), self.store.value(link));
            link = self.store.next(link);
        }
    }
}

impl Table {
    fn mask(&self) -> u64 {
        (self.heads.len() as u64).wrapping_sub(1)
    }
}

/// Adds one to the cursor's masked bits, read with the highest first.
fn next(cursor: u64, mask: u64) -> u64 {
    (cursor | !mask).reverse_bits().wrapping_add(1).reverse_bits()
}

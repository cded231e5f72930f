//! What a dictionary asks of the place where its entries lie.

use crate::small::SmallBytes;
use resplay_base::Random;

/// The number of an entry's place plus one; zero links to nothing, so that a fresh bucket array is all zeros.
pub type Link = u32;

/// The link that leads nowhere.
pub(super) const NOWHERE: Link = 0;

/// Entries by link. A place is reused, last freed first, only after its entry was taken.
pub trait Store: Default {
    /// What an entry holds besides its key.
    type Value;

    /// Stores an entry, as yet without a next one in its bucket.
    fn put(&mut self, key: &[u8], value: Self::Value, hash: u32) -> Link;

    /// Takes an entry out and frees its place.
    fn take(&mut self, link: Link) -> (SmallBytes, Self::Value);

    /// As `take`, where the key is of no use any more.
    fn discard(&mut self, link: Link) -> Self::Value {
        self.take(link).1
    }

    /// An entry's key.
    fn key(&self, link: Link) -> &[u8];

    /// An entry's value.
    fn value(&self, link: Link) -> &Self::Value;

    /// An entry's value, to change.
    fn value_mut(&mut self, link: Link) -> &mut Self::Value;

    /// The key's hash, if it is stored.
    fn hash(&self, link: Link) -> Option<u32>;

    /// Whether an entry has this key, which has this hash.
    fn is(&self, link: Link, key: &[u8], hash: u32) -> bool;

    /// The next entry of the same bucket.
    fn next(&self, link: Link) -> Link;

    /// Sets the next entry of the same bucket.
    fn set_next(&mut self, link: Link, next: Link);

    /// How many entries there are.
    fn len(&self) -> usize;

    /// A uniformly chosen entry of those that there are; `None` if too few places are used to find one by chance.
    fn random(&self, random: &mut Random) -> Option<Link>;

    /// The first entry from a place on, places counted from 0; the place moves behind it.
    fn next_from(&self, place: &mut usize) -> Option<Link>;
}

#[inline]
pub(super) fn place(link: Link) -> usize {
    (link as usize).wrapping_sub(1)
}

#[cold]
pub(super) fn stale() -> ! {
    panic!("an entry id was used after its key had been removed")
}

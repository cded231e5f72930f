//! Hash maps whose order depends on a seed and the history of insertions, never on the machine.

use siphasher::sip::SipHasher13;
use std::hash::BuildHasher;

/// Builds SipHash-1-3 hashers with a fixed key: portable and, with a secret seed, proof against flooding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seed(pub u64);

impl BuildHasher for Seed {
    type Hasher = SipHasher13;
    fn build_hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.0, 0x7265_7370_6c61_7921)
    }
}

#[expect(
    clippy::disallowed_types,
    reason = "the hasher is seeded by the caller, so the order is deterministic"
)]
mod std_maps {
    /// A hash map with a seeded hasher.
    pub type SeededMap<K, V> = std::collections::HashMap<K, V, super::Seed>;
    /// A hash set with a seeded hasher.
    pub type SeededSet<K> = std::collections::HashSet<K, super::Seed>;
}
pub use std_maps::{SeededMap, SeededSet};

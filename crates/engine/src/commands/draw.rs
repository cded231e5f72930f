//! Random choices that several commands make.

use resplay_base::Random;
use std::collections::BTreeSet;

/// Floyd's sampling: `count` different numbers below `len` (at most `len`), in rising order, in `count` draws.
pub fn distinct(len: usize, count: usize, random: &mut Random) -> impl Iterator<Item = usize> + use<> {
    let mut drawn = BTreeSet::new();
    for top in len - count..len {
        let at = random.index(top + 1);
        if !drawn.insert(at) {
            drawn.insert(top);
        }
    }
    drawn.into_iter()
}

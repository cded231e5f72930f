//! Sorted sets: members in the order of their scores, and of their bytes where scores are equal. Compact while
//! small; from the first member on that exceeds a limit a dictionary and a tree, which OBJECT ENCODING calls a
//! skiplist. The way back leads through [`Zset::compact`] alone.
//!
//! Invariant: no score is NaN.

mod packed;
mod range;
mod sorted;
mod tree;

use crate::hash::Limits;
use crate::listpack::{Item, Listpack};
use crate::memory;
use crate::string::Scratch;
use packed::{Packed, PackedRange};
pub use range::{LexBound, LexRange, ScoreRange};
use resplay_base::Random;
use sorted::{Sorted, SortedRange};
use std::convert::Infallible;
use std::ops::Range;

/// Members with scores, in order. Ranks count from 0, from the least score up. `Limits` are
/// `zset-max-listpack-entries` and `zset-max-listpack-value`.
#[derive(Clone)]
pub struct Zset(Repr);

#[derive(Clone)]
enum Repr {
    Packed(Box<Packed>),
    Sorted(Box<Sorted>),
}

/// What is wrong with elements from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadElements {
    /// A member is there twice, or lacks its score.
    Pairs,
    /// A score is not a number.
    NotANumber,
}

impl Zset {
    /// An empty one, compact.
    #[expect(
        clippy::new_without_default,
        reason = "an empty sorted set is a passing state, not a sensible default"
    )]
    pub fn new() -> Zset {
        Zset(Repr::Packed(Box::default()))
    }

    /// An empty one, a skiplist from the start: for results whose size is not known yet ([`Zset::compact`]).
    pub fn skiplist(seed: u64) -> Zset {
        Zset(Repr::Sorted(Box::new(Sorted::new(seed))))
    }

    /// Takes members and scores of a listpack, by turns. A skiplist if they are too many, whatever their length; put in
    /// order if they are not.
    pub fn from_listpack(pack: Listpack, limits: &Limits) -> Result<Zset, BadElements> {
        if !pack.len().is_multiple_of(2) || !pack.has_unique(2) {
            return Err(BadElements::Pairs);
        }
        let packed = Packed(pack);
        if packed.has_nan() {
            return Err(BadElements::NotANumber);
        }
        let is_large = packed.len() > limits.max_entries;
        let is_ordered = packed.is_ordered();
        let mut zset = Zset(Repr::Packed(Box::new(packed)));
        if is_large || !is_ordered {
            zset.make_sorted(limits.seed);
        }
        if !is_large {
            zset.compact(&Limits { max_value: usize::MAX, ..*limits });
        }
        Ok(zset)
    }

    /// An empty one for so many elements, the longest member of that many bytes: compact if they fit.
    pub fn with_hint(elements: usize, longest: usize, limits: &Limits) -> Zset {
        if elements > limits.max_entries || longest > limits.max_value {
            return Zset::skiplist(limits.seed);
        }
        Zset::new()
    }

    /// Prepares for so many elements of one command, the longest member of that many bytes: if that exceeds a limit
    /// it becomes a skiplist at once, even if they are there already.
    pub fn expect(&mut self, elements: usize, longest: usize, limits: &Limits) {
        if elements > limits.max_entries || longest > limits.max_value {
            self.make_sorted(limits.seed);
        }
    }

    /// Makes it compact if it fits into the limits.
    pub fn compact(&mut self, limits: &Limits) {
        let Repr::Sorted(sorted) = &self.0 else { return };
        let fits = sorted.len() <= limits.max_entries
            && sorted.range(0..sorted.len()).all(|(member, _)| member.len() <= limits.max_value);
        if fits {
            let mut packed = Packed::default();
            sorted.range(0..sorted.len()).for_each(|(member, score)| packed.insert(member, score));
            self.0 = Repr::Packed(Box::new(packed));
        }
    }

    /// How many elements there are.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Packed(packed) => packed.len(),
            Repr::Sorted(sorted) => sorted.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A member's score: O(1) in a skiplist, a walk in a compact one.
    #[inline]
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        match &self.0 {
            Repr::Packed(packed) => packed.find(member).map(|(_, score)| score),
            Repr::Sorted(sorted) => sorted.scores.get(member).copied(),
        }
    }

    /// A member's rank and score.
    pub fn rank(&self, member: &[u8]) -> Option<(usize, f64)> {
        match &self.0 {
            Repr::Packed(packed) => {
                let wanted = Item::of(member);
                let mut pairs = packed.range(0..packed.len()).enumerate();
                pairs.find(|(_, (item, _))| *item == wanted).map(|(rank, (_, score))| (rank, score))
            }
            Repr::Sorted(sorted) => {
                let score = *sorted.scores.get(member)?;
                Some((sorted.rank_of(member, score), score))
            }
        }
    }

    /// Sets a member's score, which must not be NaN; the score it had before. Becomes a skiplist if that exceeds a
    /// limit. A score that only differs in the sign of zero stays.
    pub fn insert(&mut self, member: &[u8], score: f64, limits: &Limits) -> Option<f64> {
        let decide = |_| Ok::<_, Infallible>(Some(score));
        self.update(member, limits, decide).unwrap_or_else(|never| match never {}).0
    }

    /// As `insert`, with the score that is chosen once the old one is known; `None` leaves the member alone. Returns
    /// the old and the chosen score.
    pub fn update<E>(
        &mut self,
        member: &[u8],
        limits: &Limits,
        decide: impl FnOnce(Option<f64>) -> Result<Option<f64>, E>,
    ) -> Result<(Option<f64>, Option<f64>), E> {
        let packed = match &mut self.0 {
            Repr::Packed(packed) => packed,
            Repr::Sorted(sorted) => return sorted.update(member, decide),
        };
        let found = packed.find(member);
        let old = found.map(|(_, old)| old);
        let Some(score) = decide(old)? else { return Ok((old, None)) };
        debug_assert!(!score.is_nan(), "a score is a number");
        match found {
            Some((_, old)) if old == score => {}
            Some((at, _)) => {
                packed.remove(at);
                packed.insert(member, score);
            }
            None if packed.len() < limits.max_entries && member.len() <= limits.max_value => {
                packed.insert(member, score);
            }
            None => self.make_sorted(limits.seed).insert_new(member, score),
        }
        Ok((old, Some(score)))
    }

    /// Removes a member; its score, if it was there.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        match &mut self.0 {
            Repr::Packed(packed) => {
                let (at, score) = packed.find(member)?;
                packed.remove(at);
                Some(score)
            }
            Repr::Sorted(sorted) => sorted.remove(member),
        }
    }

    /// Removes the elements at those ranks, which must be there.
    pub fn remove_ranks(&mut self, ranks: Range<usize>) {
        match &mut self.0 {
            Repr::Packed(packed) => packed.remove_ranks(ranks),
            Repr::Sorted(sorted) => sorted.remove_ranks(ranks),
        }
    }

    /// All elements, from either end.
    pub fn iter(&self) -> Elements<'_> {
        self.range(0..self.len())
    }

    /// The elements at those ranks (as many as there are), from either end.
    pub fn range(&self, ranks: Range<usize>) -> Elements<'_> {
        let end = ranks.end.min(self.len());
        let ranks = ranks.start.min(end)..end;
        Elements(match &self.0 {
            Repr::Packed(packed) => Side::Packed(packed.range(ranks)),
            Repr::Sorted(sorted) => Side::Sorted(sorted.range(ranks)),
        })
    }

    /// The ranks of the elements within a range of scores.
    pub fn score_range(&self, range: &ScoreRange) -> Range<usize> {
        let (start, end) = match &self.0 {
            Repr::Packed(packed) => {
                let scores = || packed.range(0..packed.len()).map(|(_, score)| score);
                (
                    scores().take_while(|score| !range.is_from(*score)).count(),
                    scores().take_while(|score| range.is_upto(*score)).count(),
                )
            }
            Repr::Sorted(sorted) => (
                sorted.partition_by_score(|score| !range.is_from(score)),
                sorted.partition_by_score(|score| range.is_upto(score)),
            ),
        };
        start..end.max(start)
    }

    /// The ranks of the members within a range. Where scores differ there is no right answer; a compact one gives
    /// the real server's, which looks from the first element on, or, for `reverse`, from the last.
    pub fn lex_range(&self, range: &LexRange<'_>, reverse: bool) -> Range<usize> {
        match &self.0 {
            Repr::Packed(packed) => packed_lex_range(packed, range, reverse),
            Repr::Sorted(sorted) => sorted_lex_range(sorted, range),
        }
    }

    /// The element at a rank.
    pub fn nth(&self, rank: usize) -> Option<(Item<'_>, f64)> {
        match &self.0 {
            Repr::Packed(packed) => packed.range(rank..packed.len()).next(),
            Repr::Sorted(sorted) => sorted.nth(rank).map(|(member, score)| (Item::Bytes(member), score)),
        }
    }

    /// A uniformly chosen element.
    pub fn random(&self, random: &mut Random) -> Option<(Item<'_>, f64)> {
        match &self.0 {
            Repr::Packed(_) => self.nth(random.index(self.len())),
            Repr::Sorted(sorted) => {
                let id = sorted.scores.random(random)?;
                Some((Item::Bytes(sorted.scores.key(id)), *sorted.scores.value(id)))
            }
        }
    }

    /// ZSCAN: a compact one comes whole, a skiplist as [`crate::Dict::scan`]. Returns the next cursor, 0 at the end.
    pub fn scan(&self, cursor: u64, mut visit: impl FnMut(&[u8], f64)) -> u64 {
        match &self.0 {
            Repr::Packed(packed) => {
                let mut scratch = Scratch::new();
                packed
                    .range(0..packed.len())
                    .for_each(|(item, score)| visit(item.bytes(&mut scratch), score));
                0
            }
            Repr::Sorted(sorted) => sorted.scores.scan(cursor, |member, score| visit(member, *score)),
        }
    }

    /// The buffer of a compact one: what a dump holds.
    pub fn as_listpack(&self) -> Option<&Listpack> {
        match &self.0 {
            Repr::Packed(packed) => Some(&packed.0),
            Repr::Sorted(_) => None,
        }
    }

    /// What OBJECT ENCODING says.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Packed(_) => "listpack",
            Repr::Sorted(_) => "skiplist",
        }
    }

    /// Memory by the published formula, in bytes.
    pub fn logical_bytes(&self) -> usize {
        match &self.0 {
            Repr::Packed(packed) => memory::OBJECT + memory::size_class(packed.0.byte_len()),
            Repr::Sorted(sorted) => memory::skiplist(sorted.len()) + sorted.member_bytes,
        }
    }

    fn make_sorted(&mut self, seed: u64) -> &mut Sorted {
        if let Repr::Packed(packed) = &self.0 {
            let (mut sorted, mut scratch) = (Sorted::new(seed), Scratch::new());
            for (item, score) in packed.range(0..packed.len()) {
                sorted.insert_new(item.bytes(&mut scratch), score);
            }
            self.0 = Repr::Sorted(Box::new(sorted));
        }
        match &mut self.0 {
            Repr::Sorted(sorted) => sorted,
            Repr::Packed(_) => unreachable!("it was converted above"),
        }
    }
}

fn packed_lex_range(packed: &Packed, range: &LexRange<'_>, reverse: bool) -> Range<usize> {
    let members = || packed.range(0..packed.len()).map(|(item, _)| item);
    let mut scratch = Scratch::new();
    let mut is_from = |item: Item<'_>| range.is_from(item.bytes(&mut scratch));
    let mut scratch = Scratch::new();
    let mut is_upto = |item: Item<'_>| range.is_upto(item.bytes(&mut scratch));
    if !members().next_back().is_some_and(&mut is_from) || !members().next().is_some_and(&mut is_upto) {
        return 0..0;
    }
    if reverse {
        let end = packed.len() - members().rev().take_while(|item| !is_upto(*item)).count();
        let rest = packed.range(0..end).rev().map(|(item, _)| item);
        return end - rest.take_while(|item| is_from(*item)).count()..end;
    }
    let start = members().take_while(|item| !is_from(*item)).count();
    let rest = packed.range(start..packed.len()).map(|(item, _)| item);
    start..start + rest.take_while(|item| is_upto(*item)).count()
}

/// As the real server, it first looks at the ends alone: unless the last is from the range's start on and the first up
/// to its end, there is nothing in it.
fn sorted_lex_range(sorted: &Sorted, range: &LexRange<'_>) -> Range<usize> {
    let ends = [sorted.nth(sorted.len().wrapping_sub(1)), sorted.nth(0)];
    let [Some((last, _)), Some((first, _))] = ends else { return 0..0 };
    if !range.is_from(last) || !range.is_upto(first) {
        return 0..0;
    }
    let start = sorted.partition_by_member(|member| !range.is_from(member));
    start..sorted.partition_by_member(|member| range.is_upto(member)).max(start)
}

/// Members and scores in order, from either end.
#[derive(Clone)]
pub struct Elements<'a>(Side<'a>);

#[derive(Clone)]
enum Side<'a> {
    Packed(PackedRange<'a>),
    Sorted(SortedRange<'a>),
}

impl<'a> Iterator for Elements<'a> {
    type Item = (Item<'a>, f64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Side::Packed(range) => range.next(),
            Side::Sorted(range) => range.next().map(|(member, score)| (Item::Bytes(member), score)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Side::Packed(range) => range.size_hint(),
            Side::Sorted(range) => range.size_hint(),
        }
    }
}

impl DoubleEndedIterator for Elements<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Side::Packed(range) => range.next_back(),
            Side::Sorted(range) => range.next_back().map(|(member, score)| (Item::Bytes(member), score)),
        }
    }
}

impl ExactSizeIterator for Elements<'_> {}

#[cfg(test)]
mod tests;

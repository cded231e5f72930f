//! The encoding of big sorted sets: scores by member, and the order over them.

use super::tree::Tree;
use crate::dict::{Dict, EntryId};
use crate::memory;
use std::ops::Range;

#[derive(Clone)]
pub(super) struct Sorted {
    pub scores: Dict<f64>,
    order: Tree,
    /// The sum of what the members take on their own, for the memory formula.
    pub member_bytes: usize,
}

impl Sorted {
    pub fn new(seed: u64) -> Sorted {
        Sorted { scores: Dict::new(seed), order: Tree::default(), member_bytes: 0 }
    }

    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Where an element with that score and member stands, or would stand.
    pub fn rank_of(&self, member: &[u8], score: f64) -> usize {
        self.order
            .partition_point(|other, id| other < score || (other == score && self.scores.key(id) < member))
    }

    /// How many elements have scores that answer yes.
    pub fn partition_by_score(&self, mut is_before: impl FnMut(f64) -> bool) -> usize {
        self.order.partition_point(|score, _| is_before(score))
    }

    /// How many elements have members that answer yes.
    pub fn partition_by_member(&self, mut is_before: impl FnMut(&[u8]) -> bool) -> usize {
        self.order.partition_point(|_, id| is_before(self.scores.key(id)))
    }

    /// Sets the score that is chosen once the old one is known; both.
    pub fn update<E>(
        &mut self,
        member: &[u8],
        decide: impl FnOnce(Option<f64>) -> Result<Option<f64>, E>,
    ) -> Result<(Option<f64>, Option<f64>), E> {
        let found = self.scores.find(member);
        let old = found.map(|id| *self.scores.value(id));
        let Some(score) = decide(old)? else { return Ok((old, None)) };
        debug_assert!(!score.is_nan(), "a score is a number");
        match (found, old) {
            (Some(id), Some(old)) if old != score => self.move_to(id, member, old, score),
            (Some(_), _) => {}
            (None, _) => self.insert_new(member, score),
        }
        Ok((old, Some(score)))
    }

    /// Adds a member that is not there.
    pub fn insert_new(&mut self, member: &[u8], score: f64) {
        let id = self.scores.insert_new(member, score);
        self.order.insert(self.rank_of(member, score), score, id);
        self.member_bytes += memory::sds(member.len());
    }

    fn move_to(&mut self, id: EntryId, member: &[u8], old: f64, score: f64) {
        self.order.remove(self.rank_of(member, old));
        *self.scores.value_mut(id) = score;
        self.order.insert(self.rank_of(member, score), score, id);
    }

    /// Removes a member; its score.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let id = self.scores.find(member)?;
        let score = *self.scores.value(id);
        self.take(self.rank_of(member, score), id);
        Some(score)
    }

    /// Removes the elements at those ranks.
    pub fn remove_ranks(&mut self, ranks: Range<usize>) {
        for _ in ranks.clone() {
            let Some((_, id)) = self.order.get(ranks.start) else { return };
            self.take(ranks.start, id);
        }
    }

    fn take(&mut self, rank: usize, id: EntryId) {
        self.order.remove(rank);
        let (member, _) = self.scores.remove_id(id);
        self.member_bytes -= memory::sds(member.len());
    }

    pub fn range(&self, ranks: Range<usize>) -> SortedRange<'_> {
        SortedRange { sorted: self, ranks, front: (&[], &[]), back: (&[], &[]) }
    }

    pub fn nth(&self, rank: usize) -> Option<(&[u8], f64)> {
        self.order.get(rank).map(|(score, id)| (self.scores.key(id), score))
    }
}

/// Elements between two ranks, from either end.
#[derive(Clone)]
pub(super) struct SortedRange<'a> {
    sorted: &'a Sorted,
    ranks: Range<usize>,
    /// What is left of the leaf at either end.
    front: (&'a [f64], &'a [EntryId]),
    back: (&'a [f64], &'a [EntryId]),
}

impl<'a> Iterator for SortedRange<'a> {
    type Item = (&'a [u8], f64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rank = self.ranks.next()?;
        if self.front.0.is_empty() {
            self.front = self.sorted.order.from(rank);
        }
        let (score, scores) = self.front.0.split_first()?;
        let (id, ids) = self.front.1.split_first()?;
        self.front = (scores, ids);
        Some((self.sorted.scores.key(*id), *score))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ranks.size_hint()
    }
}

impl DoubleEndedIterator for SortedRange<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        let rank = self.ranks.next_back()?;
        if self.back.0.is_empty() {
            self.back = self.sorted.order.before(rank + 1);
        }
        let (score, scores) = self.back.0.split_last()?;
        let (id, ids) = self.back.1.split_last()?;
        self.back = (scores, ids);
        Some((self.sorted.scores.key(*id), *score))
    }
}

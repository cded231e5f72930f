//! Sorted sets.

use crate::settings::Settings;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// A sorted set: scores by member, and all of them in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zset {
    scores: BTreeMap<Vec<u8>, f64>,
    order: BTreeSet<Place>,
    is_skiplist: bool,
    /// It came from a file: it may be a skiplist although it need not.
    may_be_skiplist: bool,
}

/// Where a member stands: by score, then by its bytes. Both zeros are one score.
#[derive(Clone, Debug, PartialEq)]
struct Place(f64, Vec<u8>);

impl Eq for Place {}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Place) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Place) -> Ordering {
        let by_score = self.0.partial_cmp(&other.0).unwrap_or(Ordering::Equal);
        by_score.then_with(|| self.1.cmp(&other.1))
    }
}

impl Zset {
    /// A sorted set about to take `hint` members of at most so many bytes.
    pub(crate) fn create(hint: usize, bytes_max: usize, settings: &Settings) -> Zset {
        let is_small =
            hint as u64 <= settings.zset_entries_max && bytes_max as u64 <= settings.zset_value_bytes_max;
        Zset { is_skiplist: !is_small, ..Zset::default() }
    }

    /// What is computed as a whole.
    pub(crate) fn collect(members: impl IntoIterator<Item = (Vec<u8>, f64)>, settings: &Settings) -> Zset {
        let mut zset = Zset { is_skiplist: true, ..Zset::default() };
        for (member, score) in members {
            zset.set(&member, score, settings);
        }
        zset
    }

    /// Takes the compact form if it fits.
    pub(crate) fn settled(mut self, settings: &Settings) -> Zset {
        let longest = self.scores.keys().map(Vec::len).max().unwrap_or(0);
        self.is_skiplist = Zset::create(self.len(), longest, settings).is_skiplist;
        if !self.is_skiplist {
            self.scores.values_mut().filter(|score| **score == 0.0).for_each(|score| *score = 0.0);
        }
        self
    }

    /// What it becomes when it is written out and read back: a skiplist is compact again if it fits, the compact form
    /// stays unless it has too many members by now.
    pub(super) fn reloaded(&self, settings: &Settings) -> Zset {
        let is_large = self.len() as u64 > settings.zset_entries_max;
        match self.is_skiplist {
            true => self.clone().settled(settings),
            false => Zset { is_skiplist: is_large, ..self.clone() },
        }
    }

    /// Whether it has left the compact form.
    pub(crate) fn is_skiplist(&self) -> bool {
        self.is_skiplist
    }

    /// Whether a file brought it, in one form or the other.
    pub(crate) fn may_be_skiplist(&self) -> bool {
        self.may_be_skiplist
    }

    /// Leaves the compact form.
    pub(crate) fn spread(&mut self) {
        self.is_skiplist = true;
    }

    /// So many members of at most so many bytes are about to be added at once, new or not.
    pub(crate) fn widen_for(&mut self, hint: usize, bytes_max: usize, settings: &Settings) {
        self.is_skiplist |= Zset::create(hint, bytes_max, settings).is_skiplist;
    }

    /// How many members there are.
    #[expect(clippy::len_without_is_empty, reason = "an empty sorted set is no key's value")]
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// A member's score.
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        self.scores.get(member).copied()
    }

    /// Members with their scores, lowest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&[u8], f64)> {
        self.order.iter().map(|place| (place.1.as_slice(), self.scores[&place.1]))
    }

    pub(super) fn encoding(&self) -> Option<&'static str> {
        match self.is_skiplist {
            true => Some("skiplist"),
            false => Some("listpack").filter(|_| !self.may_be_skiplist),
        }
    }

    /// With too many members for the compact form it is certain.
    pub(super) fn forget_form(&mut self, settings: &Settings) {
        self.is_skiplist = self.len() as u64 > settings.zset_entries_max;
        self.may_be_skiplist = true;
    }

    /// Sets a member's score; true if the member is new.
    pub(crate) fn set(&mut self, member: &[u8], score: f64, settings: &Settings) -> bool {
        let old = self.scores.get(member).copied();
        match old {
            // The same score in the other sign is no change.
            Some(old) if old == score => return false,
            Some(old) => {
                self.order.remove(&Place(old, member.to_vec()));
            }
            None => {
                let is_too_big = self.len() as u64 + 1 > settings.zset_entries_max
                    || member.len() as u64 > settings.zset_value_bytes_max;
                self.is_skiplist |= is_too_big;
            }
        }
        // The compact form keeps whole numbers as integers, which know but one zero.
        let score = if score == 0.0 && !self.is_skiplist { 0.0 } else { score };
        self.scores.insert(member.to_vec(), score);
        self.order.insert(Place(score, member.to_vec()));
        old.is_none()
    }

    /// Removes a member; true if it was there.
    pub(crate) fn remove(&mut self, member: &[u8]) -> bool {
        let Some(score) = self.scores.remove(member) else { return false };
        self.order.remove(&Place(score, member.to_vec()));
        true
    }
}

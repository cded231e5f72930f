//! Streams and their consumer groups.

use super::compact::listpack_bytes;
use crate::settings::Settings;
use std::collections::{BTreeMap, BTreeSet};

/// An entry's id: milliseconds, and a number within them.
pub(crate) type Id = (u64, u64);

/// The greatest id.
pub(crate) const ID_MAX: Id = (u64::MAX, u64::MAX);

/// A stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// What is there: fields and values in turn.
    pub(crate) entries: BTreeMap<Id, Vec<Vec<u8>>>,
    pub(crate) last: Id,
    pub(crate) greatest_deleted: Id,
    pub(crate) added: i64,
    pub(crate) groups: BTreeMap<Vec<u8>, Group>,
    /// How entries are packed, deleted ones included: trimming with `~` removes whole packs.
    packs: Vec<Pack>,
    /// A file brought it, packed as it was before.
    packs_are_a_guess: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Pack {
    /// All ids that were ever put here, with their bytes.
    ids: BTreeSet<Id>,
    words: Vec<Vec<u8>>,
    fields: Vec<Vec<u8>>,
}

/// A consumer group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) last: Id,
    /// How many entries were read; `None` if nobody knows.
    pub(crate) read: Option<i64>,
    pub(crate) pending: BTreeMap<Id, Pending>,
    pub(crate) consumers: BTreeSet<Vec<u8>>,
}

/// An entry that was delivered but not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) consumer: Vec<u8>,
    pub(crate) delivered_at: i64,
    pub(crate) deliveries: i64,
}

/// The id before; `None` before the least.
pub(crate) fn before((ms, seq): Id) -> Option<Id> {
    match seq.checked_sub(1) {
        Some(seq) => Some((ms, seq)),
        None => Some((ms.checked_sub(1)?, u64::MAX)),
    }
}

/// The id after; `None` after the greatest.
pub(crate) fn after((ms, seq): Id) -> Option<Id> {
    match seq.checked_add(1) {
        Some(seq) => Some((ms, seq)),
        None => Some((ms.checked_add(1)?, 0)),
    }
}

impl Stream {
    /// See [`super::Value::content`].
    pub(super) fn content(&self) -> Vec<Vec<u8>> {
        let id = |(ms, seq): Id| format!("{ms}-{seq}").into_bytes();
        let mut words = vec![id(self.last), self.added.to_string().into_bytes()];
        for (at, fields) in &self.entries {
            words.push(id(*at));
            words.extend(fields.iter().cloned());
        }
        for (name, group) in &self.groups {
            words.extend([name.clone(), id(group.last)]);
            let kept = group.pending.iter().filter(|(at, _)| self.entries.contains_key(*at));
            for (at, pending) in kept {
                words.extend([id(*at), pending.consumer.clone()]);
            }
        }
        words
    }

    /// Adds an entry with an id greater than all before.
    pub(crate) fn append(&mut self, id: Id, words: &[Vec<u8>], settings: &Settings) {
        let added: u64 = words.iter().map(|word| word.len() as u64).sum();
        let limit = |limit: u64| if limit == 0 { u64::MAX } else { limit };
        let fits = |pack: &Pack| {
            pack.bytes() + added < limit(settings.stream_node_bytes_max)
                && (pack.ids.len() as u64) < limit(settings.stream_node_entries_max)
        };
        if !self.packs.last().is_some_and(fits) {
            let fields = words.iter().step_by(2).cloned().collect();
            self.packs.push(Pack { fields, ..Pack::default() });
        }
        if let Some(pack) = self.packs.last_mut() {
            pack.push(id, words);
        }
        self.entries.insert(id, words.to_vec());
        self.last = id;
        self.added = self.added.wrapping_add(1);
    }

    /// Deletes an entry by name; true if it was there.
    pub(crate) fn delete(&mut self, id: Id) -> bool {
        let is_there = self.entries.remove(&id).is_some();
        if is_there {
            self.greatest_deleted = self.greatest_deleted.max(id);
            let entries = &self.entries;
            self.packs.retain(|pack| !pack.ids.contains(&id) || pack.live(entries) > 0);
        }
        is_there
    }

    /// The least id that is there; zero without entries.
    pub(crate) fn first(&self) -> Id {
        self.entries.keys().next().copied().unwrap_or_default()
    }

    /// How many packs there are, if that is known.
    pub(crate) fn packs(&self) -> Option<usize> {
        Some(self.packs.len()).filter(|_| !self.packs_are_a_guess)
    }

    pub(super) fn forget_form(&mut self) {
        self.packs_are_a_guess = true;
    }

    /// Removes the oldest entries; how many.
    pub(crate) fn trim(&mut self, to: &Trim) -> usize {
        let before = self.entries.len();
        while let Some(pack) = self.packs.first() {
            let (live, length) = (pack.live(&self.entries), self.entries.len());
            let deleted = before - length;
            if matches!(to.target, Target::Length(max) if length as u64 <= max)
                || (to.limit > 0 && (deleted + live) as u64 > to.limit)
            {
                break;
            }
            let is_whole = match to.target {
                Target::Length(max) => (length - live) as u64 >= max,
                Target::Least(id) => pack.ids.last().is_some_and(|last| *last < id),
            };
            if !is_whole {
                break;
            }
            let pack = self.packs.remove(0);
            pack.ids.iter().for_each(|id| drop(self.entries.remove(id)));
        }
        if !to.is_rough {
            self.trim_exactly(&to.target);
        }
        before - self.entries.len()
    }

    /// Leaves a pack of which nothing is left; only deleting by name takes one away.
    fn trim_exactly(&mut self, target: &Target) {
        while let Some(first) = self.entries.keys().next().copied() {
            let is_done = match target {
                Target::Length(max) => self.entries.len() as u64 <= *max,
                Target::Least(id) => first >= *id,
            };
            if is_done {
                return;
            }
            self.entries.remove(&first);
        }
    }

    /// Whether something was deleted by name at or behind this id.
    pub(crate) fn has_holes_from(&self, id: Id) -> bool {
        let is_known = self.greatest_deleted != (0, 0) && self.greatest_deleted >= id;
        // What was deleted before the first entry leaves no hole.
        !self.entries.is_empty() && is_known && self.first() <= self.greatest_deleted
    }

    /// How many entries were ever added up to this id, where that can be known.
    pub(crate) fn added_until(&self, id: Id) -> Option<i64> {
        let length = self.entries.len() as i64;
        if self.added == 0 {
            return Some(0);
        }
        if length == 0 && id <= self.last {
            return Some(self.added);
        }
        if id >= self.last {
            return (id == self.last).then_some(self.added);
        }
        let has_no_holes = self.greatest_deleted == (0, 0) || self.greatest_deleted < self.first();
        match id.cmp(&self.first()) {
            std::cmp::Ordering::Less if has_no_holes => Some(self.added.wrapping_sub(length)),
            std::cmp::Ordering::Equal if has_no_holes => Some(self.added.wrapping_sub(length - 1)),
            _ => None,
        }
    }
}

impl Pack {
    fn push(&mut self, id: Id, words: &[Vec<u8>]) {
        let base = *self.ids.first().unwrap_or(&id);
        let number = |number: u64| (number as i64).to_string().into_bytes();
        self.words.extend([
            b"0".to_vec(),
            number(id.0.wrapping_sub(base.0)),
            number(id.1.wrapping_sub(base.1)),
        ]);
        let fields: Vec<Vec<u8>> = words.iter().step_by(2).cloned().collect();
        let count = fields.len() as u64;
        if fields == self.fields {
            self.words.extend(words.iter().skip(1).step_by(2).cloned());
            self.words.push(number(count + 3));
        } else {
            self.words.push(number(count));
            self.words.extend(words.iter().cloned());
            self.words.push(number(count * 2 + 4));
        }
        self.ids.insert(id);
    }

    fn live(&self, entries: &BTreeMap<Id, Vec<Vec<u8>>>) -> usize {
        self.ids.iter().filter(|id| entries.contains_key(id)).count()
    }

    /// The bytes of the pack, counting nothing as deleted: that makes a byte of difference at most.
    fn bytes(&self) -> u64 {
        let head = [
            self.ids.len().to_string().into_bytes(),
            b"0".to_vec(),
            self.fields.len().to_string().into_bytes(),
        ];
        let zero = [b"0".to_vec()];
        let all = head.iter().chain(&self.fields).chain(&zero).chain(&self.words);
        listpack_bytes(all.map(Vec::as_slice))
    }
}

/// How far to trim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// To so many entries.
    Length(u64),
    /// To entries not below this id.
    Least(Id),
}

/// How to trim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trim {
    pub(crate) target: Target,
    /// Whole packs only.
    pub(crate) is_rough: bool,
    /// At most so many entries; zero for no limit.
    pub(crate) limit: u64,
}

impl Group {
    /// A consumer joins; true if it is new.
    pub(crate) fn join(&mut self, consumer: &[u8]) -> bool {
        self.consumers.insert(consumer.to_vec())
    }
}

//! The entries of a stream, in nodes by the id of their first entry, and what the stream remembers of itself.

use super::node::{Entry, Node};
use super::{Id, radix};
use crate::listpack::{Listpack, Position};
use crate::memory::{radix_tree, size_class};
use std::collections::{BTreeMap, btree_map};
use std::ops::Bound;

/// The real servers' struct of a stream.
const STRUCT: usize = 80;
/// What a new node is given room for, unless nodes are to be smaller.
const ROOM_MAX: u64 = 4096;
/// No node becomes larger, whatever is configured.
const NODE_BYTES_MAX: u64 = 1 << 30;

/// How large nodes may become (`stream-node-max-bytes`, `stream-node-max-entries`; zero: no limit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In bytes.
    pub max_bytes: u64,
    /// Entries, deleted ones included.
    pub max_entries: u64,
}

/// What to remove from the beginning of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trim {
    /// All but so many entries.
    MaxLen(u64),
    /// Entries before this one.
    MinId(Id),
}

/// What a stream remembers of entries that are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    /// The first entry's id; zero if there is none.
    pub first_id: Id,
    /// The greatest id that XDEL removed.
    pub max_deleted_id: Id,
    /// How many entries were ever added.
    pub entries_added: u64,
}

/// Why a node from outside is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadNode {
    /// It is none, or its counts are wrong.
    Malformed,
    /// There is one of that id.
    Twice,
}

/// Entries in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Log {
    nodes: BTreeMap<Id, Node>,
    len: u64,
    last_id: Id,
    first_id: Id,
    max_deleted_id: Id,
    entries_added: u64,
    /// The sum of the nodes' sizes, each rounded up as an allocator does.
    node_bytes: usize,
    /// Room that the last node was given when it was new.
    room: usize,
}

impl Log {
    /// How many entries there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The greatest id that was ever given (or set by XSETID).
    pub fn last_id(&self) -> Id {
        self.last_id
    }

    /// The first entry's id; zero if there is none.
    pub fn first_id(&self) -> Id {
        self.first_id
    }

    /// The greatest id that XDEL removed (or XSETID named).
    pub fn max_deleted_id(&self) -> Id {
        self.max_deleted_id
    }

    /// How many entries were ever added (or XSETID says so).
    pub fn entries_added(&self) -> u64 {
        self.entries_added
    }

    /// Sets what XSETID sets.
    pub fn set_ids(&mut self, last_id: Id, entries_added: Option<u64>, max_deleted_id: Option<Id>) {
        self.last_id = last_id;
        self.entries_added = entries_added.unwrap_or(self.entries_added);
        self.max_deleted_id = max_deleted_id.unwrap_or(self.max_deleted_id);
    }

    /// Takes a node from outside, filed under that id; whether it is a node, and the id is free. [`Log::restore_ids`]
    /// must follow when all are there.
    pub fn restore_node(&mut self, first: Id, pack: Listpack) -> Result<(), BadNode> {
        let node = Node::from_listpack(pack).ok_or(BadNode::Malformed)?;
        let (live, bytes) = (node.live(), size_class(node.byte_len()));
        if self.nodes.contains_key(&first) {
            return Err(BadNode::Twice);
        }
        self.nodes.insert(first, node);
        self.len += live;
        self.node_bytes += bytes;
        Ok(())
    }

    /// What a stream remembers of itself besides its nodes. Without `counters` (old dumps have none) all that were ever
    /// added are still there, as far as one can know. A last id that is below entries that are there is raised: the next
    /// entry must not fall among them.
    pub fn restore_ids(&mut self, last_id: Id, counters: Option<Counters>) {
        let last_node = self.nodes.last_key_value().map_or(Id::MIN, |(first, _)| *first);
        let last_entry = self.edge(true).map_or(Id::MIN, |entry| entry.id);
        self.last_id = last_id.max(last_node).max(last_entry);
        self.find_first();
        // The real servers look for the first entry, and say so if there is none.
        let first_id = if self.nodes.is_empty() { Id::MAX } else { self.first_id };
        let known = Counters { first_id, max_deleted_id: Id::MIN, entries_added: self.len };
        let counters = counters.unwrap_or(known);
        self.first_id = counters.first_id;
        self.max_deleted_id = counters.max_deleted_id;
        self.entries_added = counters.entries_added;
    }

    /// The id for an entry that comes at that time: it is above all others. `None` if there is none left.
    pub fn next_id(&self, now_ms: u64) -> Option<Id> {
        if now_ms > self.last_id.ms { Some(Id::new(now_ms, 0)) } else { self.last_id.next() }
    }

    /// Appends an entry of names and values; its id must be above the last one.
    pub fn append(&mut self, id: Id, pairs: &[&[u8]], limits: Limits) {
        let size: usize = pairs.iter().map(|word| word.len()).sum();
        match self.nodes.last_entry() {
            Some(mut last) if has_room(last.get(), size as u64, limits) => {
                let first = *last.key();
                let node = last.get_mut();
                self.node_bytes -= size_class(node.byte_len());
                node.push(first, id, pairs);
                self.node_bytes += size_class(node.byte_len());
            }
            full => {
                if let Some(mut full) = full {
                    full.get_mut().shrink();
                }
                self.begin_node(id, pairs, limits);
            }
        }
        self.len += 1;
        self.entries_added += 1;
        self.last_id = id;
        if self.len == 1 {
            self.first_id = id;
        }
    }

    fn begin_node(&mut self, id: Id, pairs: &[&[u8]], limits: Limits) {
        let mut node = Node::new(pairs);
        node.push(id, id, pairs);
        self.room = match limits.max_bytes {
            0 => ROOM_MAX,
            bytes => bytes.min(ROOM_MAX),
        } as usize;
        self.node_bytes += size_class(node.byte_len());
        self.nodes.insert(id, node);
    }

    /// The entries from `start` to `end`, both included, from either end.
    pub fn walk(&self, start: Id, end: Id, is_reverse: bool) -> Walk<'_> {
        let from = self.nodes.range(..=start).next_back().map_or(start, |(first, _)| *first);
        let nodes = if start <= end { self.nodes.range(from..=end) } else { self.nodes.range(end..end) };
        Walk { nodes, start, end, is_reverse, node: None, at: None }
    }

    /// The entry with that id.
    pub fn get(&self, id: Id) -> Option<Entry<'_>> {
        self.walk(id, id, false).next()
    }

    /// The first entry, or the last one.
    pub fn edge(&self, is_last: bool) -> Option<Entry<'_>> {
        self.walk(Id::MIN, Id::MAX, is_last).next()
    }

    /// Removes an entry; whether it was there.
    pub fn remove(&mut self, id: Id) -> bool {
        let Some((first, node)) = self.nodes.range_mut(..=id).next_back() else { return false };
        let first = *first;
        let found = node.all(first).find(|entry| entry.id == id && !entry.is_deleted());
        let Some(at) = found.map(|entry| entry.at) else { return false };
        let before = size_class(node.byte_len());
        if node.live() == 1 {
            self.nodes.remove(&first);
            self.node_bytes -= before;
        } else {
            node.mark(at);
            node.count_deleted(1);
            self.node_bytes = self.node_bytes - before + size_class(node.byte_len());
        }
        self.len -= 1;
        self.max_deleted_id = self.max_deleted_id.max(id);
        if id == self.first_id || self.len == 0 {
            self.find_first();
        }
        true
    }

    /// Removes entries from the beginning: whole nodes, and if it `is_exact` a part of the last one. Stops before it
    /// would have removed more than `limit` (zero: no limit) with whole nodes. How many it removed.
    pub fn trim(&mut self, trim: Trim, is_exact: bool, limit: u64) -> u64 {
        let mut removed = 0;
        while let Some(entry) = self.nodes.first_entry() {
            let (first, node) = (*entry.key(), entry.get());
            let live = node.live();
            let is_done = matches!(trim, Trim::MaxLen(max) if self.len <= max);
            if is_done || limit > 0 && removed + live > limit {
                break;
            }
            let goes_whole = match trim {
                Trim::MaxLen(max) => self.len - live >= max,
                Trim::MinId(min) => last_id_of(node, first).is_none_or(|last| last < min),
            };
            if !goes_whole {
                removed += if is_exact { self.trim_first_node(trim) } else { 0 };
                break;
            }
            self.node_bytes -= size_class(node.byte_len());
            entry.remove();
            self.len -= live;
            removed += live;
        }
        if removed > 0 {
            self.find_first();
        }
        removed
    }

    fn trim_first_node(&mut self, trim: Trim) -> u64 {
        let Some(mut first) = self.nodes.first_entry() else { return 0 };
        let (first_id, node) = (*first.key(), first.get_mut());
        let surplus = match trim {
            Trim::MaxLen(max) => self.len - max,
            Trim::MinId(_) => u64::MAX,
        };
        let goes = |entry: &Entry<'_>| !matches!(trim, Trim::MinId(min) if entry.id >= min);
        let living = node.all(first_id).take_while(goes).filter(|entry| !entry.is_deleted());
        let marks: Vec<Position> = living.take(surplus as usize).map(|entry| entry.at).collect();
        marks.iter().for_each(|at| node.mark(*at));
        self.node_bytes -= size_class(node.byte_len());
        node.count_deleted(marks.len() as u64);
        self.node_bytes += size_class(node.byte_len());
        self.len -= marks.len() as u64;
        marks.len() as u64
    }

    fn find_first(&mut self) {
        self.first_id = self.edge(false).map_or(Id::MIN, |entry| entry.id);
    }

    /// Whether XDEL removed an entry from `after` on that is not before all that are left.
    pub fn has_tombstones(&self, after: Id) -> bool {
        self.len > 0 && self.first_id <= self.max_deleted_id && after <= self.max_deleted_id
    }

    /// How many entries were added up to that id, if that is certain.
    pub fn count_up_to(&self, id: Id) -> Option<i64> {
        let added = self.entries_added as i64;
        if self.entries_added == 0 || (self.len == 0 && id <= self.last_id) || id == self.last_id {
            return Some(added);
        }
        let has_gaps = self.max_deleted_id > Id::MIN && self.max_deleted_id >= self.first_id;
        if id > self.last_id || has_gaps || id > self.first_id {
            return None;
        }
        // A client may have set the number of added ones to anything.
        Some(added.wrapping_sub(self.len as i64).wrapping_add(i64::from(id == self.first_id)))
    }

    /// The first id for which there still is a place, of a living entry or not; the greatest id if there is none.
    pub fn first_kept_id(&self) -> Id {
        self.nodes.first_key_value().map_or(Id::MAX, |(first, _)| *first)
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The nodes as a dump holds them: the first id and the listpack.
    pub fn packs(&self) -> impl ExactSizeIterator<Item = (Id, &[u8])> {
        self.nodes.iter().map(|(first, node)| (*first, node.as_bytes()))
    }

    /// The first of the nodes behind that id (`None`: of all), as [`Log::packs`] gives it.
    pub fn pack_after(&self, id: Option<Id>) -> Option<(Id, &[u8])> {
        let start = id.map_or(Bound::Unbounded, Bound::Excluded);
        let (first, node) = self.nodes.range((start, Bound::Unbounded)).next()?;
        Some((*first, node.as_bytes()))
    }

    /// How many nodes a compressed radix tree over the nodes' ids has. Visits all of them.
    pub fn radix_nodes(&self) -> usize {
        radix::nodes(self.nodes.keys().copied())
    }

    /// Memory by the published formula, in bytes.
    pub fn logical_bytes(&self) -> usize {
        let unused = self
            .nodes
            .last_key_value()
            .map_or(0, |(_, node)| self.room.saturating_sub(size_class(node.byte_len())));
        STRUCT + radix_tree(self.nodes.len(), (2 * self.nodes.len()).max(1)) + self.node_bytes + unused
    }
}

/// Whether an entry of so many bytes still goes into a node.
fn has_room(node: &Node, size: u64, limits: Limits) -> bool {
    let max_bytes = match limits.max_bytes {
        0 => NODE_BYTES_MAX,
        bytes => bytes.min(NODE_BYTES_MAX),
    };
    let has_bytes = (node.byte_len() as u64) + size < max_bytes;
    has_bytes && (limits.max_entries == 0 || node.entries() < limits.max_entries)
}

/// The id of a node's last entry, deleted or not.
fn last_id_of(node: &Node, first: Id) -> Option<Id> {
    node.entry_before(first, node.last_end()?).map(|entry| entry.id)
}

/// Entries between two ids, from either end.
#[derive(Clone)]
pub struct Walk<'a> {
    nodes: btree_map::Range<'a, Id, Node>,
    start: Id,
    end: Id,
    is_reverse: bool,
    node: Option<(Id, &'a Node)>,
    /// In the current node, where the next entry begins (or, in reverse, ends).
    at: Option<Position>,
}

impl<'a> Walk<'a> {
    /// The next entry of the current node.
    fn step(&mut self) -> Option<Entry<'a>> {
        let ((first, node), at) = (self.node?, self.at?);
        let entry = if self.is_reverse { node.entry_before(first, at) } else { node.entry(first, at) };
        self.at = entry.and_then(|entry| if self.is_reverse { entry.before() } else { entry.after() });
        entry
    }

    fn next_node(&mut self) -> Option<()> {
        let (first, node) = if self.is_reverse { self.nodes.next_back()? } else { self.nodes.next()? };
        self.node = Some((*first, node));
        self.at = if self.is_reverse { node.last_end() } else { node.first_entry() };
        Some(())
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        loop {
            let Some(entry) = self.step() else {
                self.next_node()?;
                continue;
            };
            let (is_early, is_late) = (entry.id < self.start, entry.id > self.end);
            if if self.is_reverse { is_early } else { is_late } {
                self.nodes = Default::default();
                self.node = None;
                return None;
            }
            if !is_early && !is_late && !entry.is_deleted() {
                return Some(entry);
            }
        }
    }
}

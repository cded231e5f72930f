//! Consumer groups: how far a group has read, its consumers, and the entries that they have not acknowledged.

use super::{Id, Log};
use crate::memory::radix_tree;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// The real servers' structs of a group, a consumer, and a pending entry.
const GROUP: usize = 40;
const CONSUMER: usize = 32;
const PENDING: usize = 24;

/// An entry that was delivered and not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// When it was delivered last, in milliseconds since 1970.
    pub delivered_ms: i64,
    /// How often it was delivered.
    pub deliveries: u64,
    consumer: u32,
}

/// A member of a group.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// Its name.
    pub name: Box<[u8]>,
    /// When it last asked for something, in milliseconds since 1970.
    pub seen_ms: i64,
    /// When it last got something, likewise.
    pub active_ms: Option<i64>,
    pending: BTreeSet<Id>,
}

impl Consumer {
    /// The ids of what it has not acknowledged, in order, from `start` on.
    pub fn pending(&self, start: Id) -> impl Iterator<Item = Id> {
        self.pending.range(start..).copied()
    }

    /// How many these are.
    pub fn pending_len(&self) -> usize {
        self.pending.len()
    }
}

/// A consumer group. Consumers are known by numbers that stay theirs until they are removed.
#[derive(Clone, Debug)]
pub struct Group {
    last_id: Id,
    entries_read: i64,
    pending: BTreeMap<Id, Pending>,
    names: BTreeMap<Box<[u8]>, u32>,
    consumers: Vec<Option<Consumer>>,
    /// What the consumers take besides what they have not acknowledged.
    consumer_bytes: usize,
    /// How many consumers have acknowledged everything.
    idle: usize,
}

impl Group {
    /// [`Group::entries_read`] where the number is not known.
    pub const UNKNOWN: i64 = -1;

    /// A group without consumers that has read up to `last_id`.
    pub fn new(last_id: Id, entries_read: i64) -> Group {
        Group {
            last_id,
            entries_read,
            pending: BTreeMap::new(),
            names: BTreeMap::new(),
            consumers: Vec::new(),
            consumer_bytes: 0,
            idle: 0,
        }
    }

    /// The last entry that was delivered.
    pub fn last_id(&self) -> Id {
        self.last_id
    }

    /// How many entries of all that were ever added the group has read; [`Group::UNKNOWN`] if that is not known.
    pub fn entries_read(&self) -> i64 {
        self.entries_read
    }

    /// XGROUP SETID.
    pub fn set_id(&mut self, last_id: Id, entries_read: i64) {
        self.last_id = last_id;
        self.entries_read = entries_read;
    }

    /// The group has read this entry; whether it is further now.
    pub fn read(&mut self, log: &Log, id: Id) -> bool {
        if id <= self.last_id {
            return false;
        }
        // What is missing before this entry is not noticed: then the count is too low, in the real server too.
        if self.entries_read != Group::UNKNOWN && !log.has_tombstones(id) {
            // A client may have set it to anything.
            self.entries_read = self.entries_read.wrapping_add(1);
        } else if log.entries_added() > 0 {
            self.entries_read = log.count_up_to(id).unwrap_or(Group::UNKNOWN);
        }
        self.last_id = id;
        true
    }

    /// How many entries of the log the group has not read yet, if that is known.
    pub fn lag(&self, log: &Log) -> Option<i64> {
        if log.entries_added() == 0 {
            return Some(0);
        }
        let read = if self.entries_read != Group::UNKNOWN && !log.has_tombstones(self.last_id) {
            self.entries_read
        } else {
            log.count_up_to(self.last_id)?
        };
        Some((log.entries_added() as i64).wrapping_sub(read))
    }

    /// The consumers, in the order of their names' bytes.
    pub fn consumers(&self) -> impl ExactSizeIterator<Item = &Consumer> {
        self.names.values().map(|number| self.consumer(*number))
    }

    /// The first of the consumers behind that name (`None`: of all).
    pub fn consumer_after(&self, name: Option<&[u8]>) -> Option<&Consumer> {
        let start = name.map_or(Bound::Unbounded, Bound::Excluded);
        let (_, number) = self.names.range::<[u8], _>((start, Bound::Unbounded)).next()?;
        Some(self.consumer(*number))
    }

    /// The number of the consumer of that name.
    pub fn find(&self, name: &[u8]) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// A consumer by its number.
    pub fn consumer(&self, number: u32) -> &Consumer {
        self.consumers[number as usize].as_ref().expect("numbers are of consumers that are there")
    }

    /// A consumer, to note when it was seen or active.
    pub fn consumer_mut(&mut self, number: u32) -> &mut Consumer {
        self.consumers[number as usize].as_mut().expect("numbers are of consumers that are there")
    }

    /// Adds a consumer whose name is free.
    pub fn create(&mut self, name: &[u8], now_ms: i64) -> u32 {
        let consumer =
            Consumer { name: name.into(), seen_ms: now_ms, active_ms: None, pending: BTreeSet::new() };
        self.consumer_bytes += consumer_bytes(&consumer);
        let free = self.consumers.iter().position(Option::is_none);
        let number = free.unwrap_or(self.consumers.len());
        if free.is_none() {
            self.consumers.push(None);
        }
        self.consumers[number] = Some(consumer);
        self.idle += 1;
        self.names.insert(name.into(), number as u32);
        number as u32
    }

    /// Removes a consumer with all that it has not acknowledged; how many entries these are.
    pub fn remove(&mut self, number: u32) -> usize {
        let Some(consumer) = self.consumers[number as usize].take() else { return 0 };
        self.consumer_bytes -= consumer_bytes(&consumer);
        self.names.remove(&consumer.name);
        self.idle -= usize::from(consumer.pending.is_empty());
        for id in &consumer.pending {
            self.pending.remove(id);
        }
        consumer.pending.len()
    }

    /// How many entries are not acknowledged.
    pub fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// An entry that is not acknowledged.
    pub fn get(&self, id: Id) -> Option<Pending> {
        self.pending.get(&id).copied()
    }

    /// Entries that are not acknowledged, in order, from `start` on.
    pub fn pending(&self, start: Id) -> impl DoubleEndedIterator<Item = (Id, &Pending)> {
        self.pending.range(start..).map(|(id, pending)| (*id, pending))
    }

    /// Whose a pending entry is.
    pub fn owner(&self, pending: &Pending) -> &Consumer {
        self.consumer(pending.consumer)
    }

    /// An entry is a consumer's from now on, whosever it was; what is known of it then.
    pub fn give(&mut self, id: Id, consumer: u32, delivered_ms: i64, deliveries: u64) -> Pending {
        let pending = Pending { delivered_ms, deliveries, consumer };
        let owner = self.pending.insert(id, pending).map(|old| old.consumer);
        if owner != Some(consumer) {
            if let Some(owner) = owner {
                self.take_from(owner, id);
            }
            let pending = &mut self.consumer_mut(consumer).pending;
            let was_idle = pending.is_empty();
            pending.insert(id);
            self.idle -= usize::from(was_idle);
        }
        pending
    }

    /// An entry is acknowledged, or forgotten; whether it was pending.
    pub fn acknowledge(&mut self, id: Id) -> bool {
        let Some(pending) = self.pending.remove(&id) else { return false };
        self.take_from(pending.consumer, id);
        true
    }

    fn take_from(&mut self, consumer: u32, id: Id) {
        let pending = &mut self.consumer_mut(consumer).pending;
        pending.remove(&id);
        self.idle += usize::from(pending.is_empty());
    }

    /// An entry was delivered to its consumer once more.
    pub fn deliver_again(&mut self, id: Id, now_ms: i64) {
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.delivered_ms = now_ms;
            pending.deliveries += 1;
        }
    }

    /// Memory by the published formula, in bytes.
    pub(super) fn logical_bytes(&self) -> usize {
        let n = self.pending.len();
        // Each entry is in the tree of its consumer as well.
        let own = radix_tree(n, 2 * n + self.idle);
        GROUP + radix_tree(n, (2 * n).max(1)) + n * PENDING + own + self.consumer_bytes
    }
}

fn consumer_bytes(consumer: &Consumer) -> usize {
    CONSUMER + consumer.name.len()
}

//! Streams: a log of entries in the order of their ids, and the consumer groups that read it.
//!
//! - [`Id`]: when an entry came, and which of its millisecond it is.
//! - [`Log`]: the entries, in nodes of up to `stream-node-max-entries`; each node is a listpack with the real
//!   servers' layout.
//! - [`Group`]: how far a consumer group has read, and what its consumers have not acknowledged.

mod group;
mod id;
mod log;
mod node;
mod radix;

use crate::memory;
pub use group::{Consumer, Group, Pending};
pub use id::{Id, TEXT_MAX};
pub use log::{BadNode, Counters, Limits, Log, Trim, Walk};
pub use node::{Entry, Pairs};
use std::collections::BTreeMap;
use std::ops::Bound;

/// A stream. One word in place.
#[derive(Clone, Debug, Default)]
pub struct Stream(Box<Inner>);

#[derive(Clone, Debug, Default)]
struct Inner {
    log: Log,
    groups: BTreeMap<Box<[u8]>, Group>,
    /// What the groups take together.
    group_bytes: usize,
}

impl Stream {
    /// An empty one.
    pub fn new() -> Stream {
        Stream::default()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.log.len() as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries.
    pub fn log(&self) -> &Log {
        &self.0.log
    }

    /// The entries, to change.
    pub fn log_mut(&mut self) -> &mut Log {
        &mut self.0.log
    }

    /// The groups by name, in the order of their bytes.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = (&[u8], &Group)> {
        self.0.groups.iter().map(|(name, group)| (&**name, group))
    }

    /// The group of that name.
    pub fn group(&self, name: &[u8]) -> Option<&Group> {
        self.0.groups.get(name)
    }

    /// The first of the groups behind that name (`None`: of all).
    pub fn group_after(&self, name: Option<&[u8]>) -> Option<(&[u8], &Group)> {
        let start = name.map_or(Bound::Unbounded, Bound::Excluded);
        let (name, group) = self.0.groups.range::<[u8], _>((start, Bound::Unbounded)).next()?;
        Some((name, group))
    }

    /// Adds a group that has read up to `last_id`; whether the name was free.
    pub fn create_group(&mut self, name: &[u8], last_id: Id, entries_read: i64) -> bool {
        if self.0.groups.contains_key(name) {
            return false;
        }
        let group = Group::new(last_id, entries_read);
        self.0.group_bytes += group.logical_bytes();
        self.0.groups.insert(name.into(), group);
        true
    }

    /// Removes a group; whether it was there.
    pub fn destroy_group(&mut self, name: &[u8]) -> bool {
        let group = self.0.groups.remove(name);
        self.0.group_bytes -= group.as_ref().map_or(0, Group::logical_bytes);
        group.is_some()
    }

    /// Changes a group beside the log; `None` if there is no such group.
    pub fn edit_group<R>(&mut self, name: &[u8], change: impl FnOnce(&Log, &mut Group) -> R) -> Option<R> {
        let Inner { log, groups, group_bytes } = &mut *self.0;
        let group = groups.get_mut(name)?;
        *group_bytes -= group.logical_bytes();
        let result = change(log, group);
        *group_bytes += group.logical_bytes();
        Some(result)
    }

    /// What OBJECT ENCODING says.
    pub fn encoding(&self) -> &'static str {
        "stream"
    }

    /// Memory by the published formula, in bytes.
    pub fn logical_bytes(&self) -> usize {
        memory::OBJECT + self.0.log.logical_bytes() + self.0.group_bytes
    }
}

#[cfg(test)]
mod tests;

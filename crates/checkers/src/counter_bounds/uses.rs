//! What clients did to counters.

use crate::evidence::Evidence;
use crate::keys::{LeftAlone, name};
use resplay_history::{Operation, Outcome};
use resplay_resp::{Reply, decode};
use std::collections::BTreeMap;
use std::fmt;

/// Where a counter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place<'e> {
    pub(super) node: &'e str,
    key: &'e [u8],
    /// Of a hash.
    field: Option<&'e [u8]>,
}

impl fmt::Display for Place<'_> {
    /// `hits`, `hits, field f`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.key.escape_ascii())?;
        self.field.map_or(Ok(()), |field| write!(f, ", field {}", field.escape_ascii()))
    }
}

/// An increment, or a read: an increment by nothing.
#[derive(Debug)]
pub(super) struct Use<'e> {
    pub(super) client: &'e str,
    pub(super) from_ns: u64,
    /// When the reply was there; `None`: there was none.
    pub(super) to_ns: Option<u64>,
    pub(super) by: i128,
    /// What the counter stood at afterwards, as far as the client was told.
    pub(super) seen: Option<Seen<'e>>,
}

/// What a reply said.
#[derive(Debug)]
pub(super) enum Seen<'e> {
    Number(i128),
    /// No number; the whole reply.
    Garbage(&'e [u8]),
}

/// What each counter was used for that can be followed.
pub(super) fn read(evidence: &Evidence) -> BTreeMap<Place<'_>, Vec<Use<'_>>> {
    let mut counters: BTreeMap<Place<'_>, Vec<Use<'_>>> = BTreeMap::new();
    let mut left_alone = LeftAlone::default();
    for operation in &evidence.history.operations {
        match verb(operation) {
            Some((place, by)) if operation.reply() != Some(b"+QUEUED\r\n") => {
                counters.entry(place).or_default().extend(use_of(operation, by));
            }
            _ => left_alone.all_named_by(operation),
        }
    }
    left_alone.all_evicted(evidence);
    // What nobody increments is no counter.
    let is_counter = |uses: &[Use]| uses.iter().any(|one| one.by != 0);
    counters.retain(|place, uses| is_counter(uses) && !left_alone.contains(place.node, place.key));
    counters
}

/// The counter, and by how much a command changes it; `None` for any other command.
fn verb(operation: &Operation) -> Option<(Place<'_>, i128)> {
    let number = |word: &[u8]| str::from_utf8(word).ok()?.parse::<i64>().ok().map(i128::from);
    let words: Vec<&[u8]> = operation.command.iter().skip(1).map(Vec::as_slice).collect();
    let (key, field, by) = match (name(operation).as_str(), words.as_slice()) {
        ("INCR", [key]) => (key, None, 1),
        ("DECR", [key]) => (key, None, -1),
        ("INCRBY", [key, by]) => (key, None, number(by)?),
        ("DECRBY", [key, by]) => (key, None, -number(by)?),
        ("HINCRBY", [key, field, by]) => (key, Some(*field), number(by)?),
        ("GET", [key]) => (key, None, 0),
        ("HGET", [key, field]) => (key, Some(*field), 0),
        _ => return None,
    };
    Some((Place { node: &operation.node, key, field }, by))
}

/// `None` if it had no effect and told nothing.
fn use_of(operation: &Operation, by: i128) -> Option<Use<'_>> {
    let (to_ns, seen) = match &operation.outcome {
        Outcome::Failed(_) => return None,
        Outcome::Reply(reply) if reply.starts_with(b"-") => return None,
        Outcome::Unknown(_) => (None, None),
        Outcome::Reply(reply) => (operation.completed_ns, Some(seen(reply))),
    };
    Some(Use { client: &operation.client, from_ns: operation.invoked_ns, to_ns, by, seen })
}

fn seen(bytes: &[u8]) -> Seen<'_> {
    let number = |reply: &Reply| match reply {
        reply if reply.is_null() => Some(0),
        Reply::Int(number) => Some(i128::from(*number)),
        reply => str::from_utf8(reply.as_bytes()?).ok()?.parse().ok(),
    };
    let reply = decode(bytes).ok().flatten();
    reply.and_then(|(reply, _)| number(&reply)).map_or(Seen::Garbage(bytes), Seen::Number)
}

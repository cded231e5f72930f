//! What XREADGROUP, XCLAIM and XAUTOCLAIM do to a group, and the words in which it is repeated.

use crate::context::Context;
use crate::keyspace::{Dataset, notify::class};
use resplay_datatypes::stream::{Group, Id, Pending};
use resplay_datatypes::{EntryId, Stream};

/// A consumer group that a command works on, and for whom.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    /// The stream.
    pub(super) key: &'a [u8],
    /// The group.
    pub(super) group: &'a [u8],
    /// The consumer.
    pub(super) name: &'a [u8],
}

/// An entry that changed hands, or was forgotten, as XCLAIM repeats it.
pub(super) struct Claim {
    id: Id,
    consumer: Box<[u8]>,
    delivered_ms: i64,
    deliveries: u64,
    last_id: Id,
}

impl Claim {
    /// What a pending entry is now.
    pub(super) fn of(group: &Group, id: Id, pending: &Pending) -> Claim {
        Claim {
            id,
            consumer: group.owner(pending).name.clone(),
            delivered_ms: pending.delivered_ms,
            deliveries: pending.deliveries,
            last_id: group.last_id(),
        }
    }
}

impl Member<'_> {
    /// The consumer's number; it is created if need be. The stream and the group are there. Whether it is new.
    pub(super) fn join(&self, ctx: &mut Context<'_>, id: EntryId) -> (u32, bool) {
        let now_ms = ctx.data.now_ms();
        let joined = ctx.data.edit_as::<Stream, _>(id, |stream| {
            stream.edit_group(self.group, |_, group| {
                let found = group.find(self.name);
                let number = found.unwrap_or_else(|| group.create(self.name, now_ms));
                group.consumer_mut(number).seen_ms = now_ms;
                (number, found.is_none())
            })
        });
        let (number, is_new) = joined.expect("callers have found the group");
        if is_new {
            ctx.data.notify(class::STREAM, "xgroup-createconsumer", self.key);
            ctx.data.dirty += 1;
        }
        (number, is_new)
    }

    /// Repeats claims.
    pub(super) fn repeat(&self, data: &mut Dataset, claims: &[Claim]) {
        let db = data.db;
        if !data.propagation.is_on {
            return;
        }
        for claim in claims {
            let id = claim.id.to_string();
            let (time, count) = (claim.delivered_ms.to_string(), claim.deliveries.to_string());
            let last = claim.last_id.to_string();
            let head: [&[u8]; 6] = [b"XCLAIM", self.key, self.group, &claim.consumer, b"0", id.as_bytes()];
            let state: [&[u8]; 4] = [b"TIME", time.as_bytes(), b"RETRYCOUNT", count.as_bytes()];
            let tail: [&[u8]; 4] = [b"FORCE", b"JUSTID", b"LASTID", last.as_bytes()];
            data.propagation.push(db, &[&head[..], &state, &tail].concat());
        }
    }

    /// Repeats how far the group has read.
    pub(super) fn repeat_position(&self, data: &mut Dataset, last_id: Id, entries_read: i64) {
        if !data.propagation.is_on {
            return;
        }
        let (db, last_id, read) = (data.db, last_id.to_string(), entries_read.to_string());
        let words: [&[u8]; 7] =
            [b"XGROUP", b"SETID", self.key, self.group, last_id.as_bytes(), b"ENTRIESREAD", read.as_bytes()];
        data.propagation.push(db, &words);
    }

    /// Repeats that the consumer came.
    pub(super) fn repeat_creation(&self, data: &mut Dataset) {
        let db = data.db;
        data.propagation.push(db, &[b"XGROUP", b"CREATECONSUMER", self.key, self.group, self.name]);
    }
}

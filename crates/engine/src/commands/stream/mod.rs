//! The stream commands.

mod claims;
mod ids;
mod reading;
mod trimming;
mod xack;
mod xadd;
mod xautoclaim;
mod xclaim;
mod xdel;
mod xgroup;
mod xinfo;
mod xlen;
mod xpending;
mod xrange;
mod xread;
mod xreadgroup;
mod xrevrange;
mod xsetid;
mod xtrim;

use crate::row::Row;
use resplay_datatypes::listpack::Item;
use resplay_datatypes::stream::{Entry, Id, TEXT_MAX, Walk};
use resplay_resp::{Error, Writer};

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[
    &xack::ROW,
    &xadd::ROW,
    &xautoclaim::ROW,
    &xclaim::ROW,
    &xdel::ROW,
    &xgroup::ROW,
    &xinfo::ROW,
    &xlen::ROW,
    &xpending::ROW,
    &xrange::ROW,
    &xread::ROW,
    &xreadgroup::ROW,
    &xrevrange::ROW,
    &xsetid::ROW,
    &xtrim::ROW,
];

fn no_group(key: &[u8], group: &[u8]) -> Error {
    Error::NoGroup(key.to_vec(), group.to_vec())
}

fn reply_id(id: Id, reply: &mut Writer<'_>) {
    reply.bulk(id.write(&mut [0; TEXT_MAX]));
}

/// An entry: its id, and its fields and values in one array.
fn reply_entry(entry: &Entry<'_>, reply: &mut Writer<'_>) {
    reply.array(2);
    reply_id(entry.id, reply);
    reply.array(2 * entry.len());
    for (field, value) in entry.pairs() {
        reply_item(field, reply);
        reply_item(value, reply);
    }
}

fn reply_item(item: Item<'_>, reply: &mut Writer<'_>) {
    match item {
        Item::Int(int) => reply.bulk_int(int),
        Item::Bytes(bytes) => reply.bulk(bytes),
    }
}

/// An array of entries, at most `count` (zero: all); how many they are.
fn reply_entries(walk: Walk<'_>, count: usize, reply: &mut Writer<'_>) -> usize {
    let count = if count == 0 { usize::MAX } else { count };
    behind(reply, Writer::array, |reply| walk.take(count).map(|entry| reply_entry(&entry, reply)).count())
}

/// Puts what `head` writes in front of what was written from `start` on.
fn to_front<'w>(reply: &mut Writer<'w>, start: usize, head: impl FnOnce(&mut Writer<'w>)) {
    let end = reply.out.len();
    head(reply);
    let head_len = reply.out.len() - end;
    reply.out[start..].rotate_right(head_len);
}

/// What `body` writes, behind a head for the number that it returns.
fn behind<'w>(
    reply: &mut Writer<'w>,
    head: fn(&mut Writer<'w>, usize),
    body: impl FnOnce(&mut Writer<'w>) -> usize,
) -> usize {
    let start = reply.out.len();
    let n = body(reply);
    to_front(reply, start, |reply| head(reply, n));
    n
}

//! The list commands.

mod blmove;
mod blmpop;
mod blpop;
mod brpop;
mod brpoplpush;
mod ends;
mod lindex;
mod linsert;
mod llen;
mod lmove;
mod lmpop;
mod lpop;
mod lpos;
mod lpush;
mod lpushx;
mod lrange;
mod lrem;
mod lset;
mod ltrim;
mod rpop;
mod rpoplpush;
mod rpush;
mod rpushx;
mod several;
mod waiting;

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::limits;
use crate::row::Row;
use resplay_datatypes::list::{Limits, Side};
use resplay_datatypes::listpack::Item;
use resplay_datatypes::{EntryId, List, Scratch};
use resplay_resp::{Error, Writer};
use std::ops::Range;

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[
    &blmove::ROW,
    &blmpop::ROW,
    &blpop::ROW,
    &brpop::ROW,
    &brpoplpush::ROW,
    &lindex::ROW,
    &linsert::ROW,
    &llen::ROW,
    &lmove::ROW,
    &lmpop::ROW,
    &lpop::ROW,
    &lpos::ROW,
    &lpush::ROW,
    &lpushx::ROW,
    &lrange::ROW,
    &lrem::ROW,
    &lset::ROW,
    &ltrim::ROW,
    &rpop::ROW,
    &rpoplpush::ROW,
    &rpush::ROW,
    &rpushx::ROW,
];

/// What nodes may hold as configured.
pub(in crate::commands) fn limits(ctx: &Context<'_>) -> Limits {
    limits::of_lists(&ctx.server.config.settings, ctx.server.packed_threshold)
}

/// LEFT or RIGHT.
fn side(word: &[u8]) -> Result<Side, Error> {
    match word.to_ascii_lowercase().as_slice() {
        b"left" => Ok(Side::Left),
        b"right" => Ok(Side::Right),
        _ => Err(Error::Syntax),
    }
}

/// The index that is meant, negative ones counting from the end; `None` beyond either end.
fn index(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(len as i64)? } else { index };
    usize::try_from(index).ok().filter(|index| *index < len)
}

/// The indexes from `start` to `end`, this one included, that there are.
fn range(start: i64, end: i64, len: usize) -> Range<usize> {
    let len = len as i64;
    let from_front = |index: i64| if index < 0 { index + len } else { index };
    let (start, end) = (from_front(start).max(0), from_front(end).min(len - 1));
    if start > end { 0..0 } else { start as usize..end as usize + 1 }
}

fn is_equal(item: Item<'_>, bytes: &[u8]) -> bool {
    match item {
        Item::Int(_) => item == Item::of(bytes),
        Item::Bytes(own) => own == bytes,
    }
}

fn reply_item(item: Item<'_>, reply: &mut Writer<'_>) {
    reply.bulk(item.bytes(&mut Scratch::new()));
}

/// Replies with an array.
fn reply_all<'a>(items: impl ExactSizeIterator<Item = Item<'a>>, reply: &mut Writer<'_>) {
    reply.array(items.len());
    items.for_each(|item| reply_item(item, reply));
}

/// After elements were removed: an empty list goes, a small one becomes compact.
fn settle(ctx: &mut Context<'_>, key: &[u8], id: EntryId, limits: &Limits) {
    if ctx.data.value_as::<List>(id).is_empty() {
        ctx.data.remove(key);
        ctx.data.notify(class::GENERIC, "del", key);
    } else {
        ctx.data.edit_as::<List, _>(id, |list| list.settle(limits));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_count_from_either_end() {
        assert_eq!(
            [0, 2, 3, -1, -3, -4, i64::MIN].map(|at| index(at, 3)),
            [Some(0), Some(2), None, Some(2), Some(0), None, None]
        );
        assert_eq!(range(0, -1, 3), 0..3);
        assert_eq!(range(-100, 100, 3), 0..3);
        assert_eq!(range(i64::MIN, i64::MAX, 3), 0..3);
        assert!(range(2, 1, 3).is_empty() && range(3, 5, 3).is_empty() && range(0, -1, 0).is_empty());
    }
}

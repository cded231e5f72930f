//! The sorted set commands.
//!
//! `add`, `combine`, `pop` and `range` hold what several commands do; GEOADD and its kin use some of it.

pub(super) mod add;
mod bzmpop;
mod bzpopmax;
mod bzpopmin;
mod combine;
mod pop;
pub(super) mod range;
mod zadd;
mod zcard;
mod zcount;
mod zdiff;
mod zdiffstore;
mod zincrby;
mod zinter;
mod zintercard;
mod zinterstore;
mod zlexcount;
mod zmpop;
mod zmscore;
mod zpopmax;
mod zpopmin;
mod zrandmember;
mod zrange;
mod zrangebylex;
mod zrangebyscore;
mod zrangestore;
mod zrank;
mod zrem;
mod zremrangebylex;
mod zremrangebyrank;
mod zremrangebyscore;
mod zrevrange;
mod zrevrangebylex;
mod zrevrangebyscore;
mod zrevrank;
mod zscan;
mod zscore;
mod zunion;
mod zunionstore;

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::limits;
use crate::row::Row;
use resplay_datatypes::listpack::Item;
use resplay_datatypes::{Limits, Scratch, Zset};
use resplay_resp::{Args, Error, Protocol, Writer};
use std::ops::Range;

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[
    &bzmpop::ROW,
    &bzpopmax::ROW,
    &bzpopmin::ROW,
    &zadd::ROW,
    &zcard::ROW,
    &zcount::ROW,
    &zdiff::ROW,
    &zdiffstore::ROW,
    &zincrby::ROW,
    &zinter::ROW,
    &zintercard::ROW,
    &zinterstore::ROW,
    &zlexcount::ROW,
    &zmpop::ROW,
    &zmscore::ROW,
    &zpopmax::ROW,
    &zpopmin::ROW,
    &zrandmember::ROW,
    &zrange::ROW,
    &zrangebylex::ROW,
    &zrangebyscore::ROW,
    &zrangestore::ROW,
    &zrank::ROW,
    &zrem::ROW,
    &zremrangebylex::ROW,
    &zremrangebyrank::ROW,
    &zremrangebyscore::ROW,
    &zrevrange::ROW,
    &zrevrangebylex::ROW,
    &zrevrangebyscore::ROW,
    &zrevrank::ROW,
    &zscan::ROW,
    &zscore::ROW,
    &zunion::ROW,
    &zunionstore::ROW,
];

/// What a compact sorted set may hold.
pub(super) fn limits(ctx: &Context<'_>) -> Limits {
    limits::of_zsets(&ctx.server.config.settings, ctx.data.seed())
}

/// Puts a result under a key, whatever was there, and replies with its size; nothing removes the key. It becomes
/// compact if it fits.
pub(super) fn store(ctx: &mut Context<'_>, key: &[u8], mut result: Zset, event: &'static str) {
    result.compact(&limits(ctx));
    let len = result.len();
    if len > 0 {
        ctx.data.insert(key, result.into());
        ctx.data.changed(key);
        ctx.data.notify(class::ZSET, event, key);
    } else if ctx.data.find(key).is_some() {
        ctx.data.remove(key);
        ctx.data.changed(key);
        ctx.data.notify(class::GENERIC, "del", key);
    }
    ctx.reply.int(len as i64);
}

/// Begins a list of so many elements: with scores it is flat under RESP2, and made of pairs under RESP3.
fn begin(reply: &mut Writer<'_>, len: usize, with_scores: bool) {
    let is_flat = with_scores && reply.protocol == Protocol::Resp2;
    reply.array(if is_flat { 2 * len } else { len });
}

/// One element of such a list.
fn element(reply: &mut Writer<'_>, member: &[u8], score: f64, with_scores: bool) {
    if with_scores && reply.protocol == Protocol::Resp3 {
        reply.array(2);
    }
    reply.bulk(member);
    if with_scores {
        reply.double(score);
    }
}

/// Such a list.
fn elements<'a>(
    reply: &mut Writer<'_>,
    elements: impl ExactSizeIterator<Item = (Item<'a>, f64)>,
    with_scores: bool,
) {
    let mut scratch = Scratch::new();
    begin(reply, elements.len(), with_scores);
    for (item, score) in elements {
        element(reply, item.bytes(&mut scratch), score, with_scores);
    }
}

/// ZRANK and ZREVRANK.
fn rank(ctx: &mut Context<'_>, args: Args<'_>, reverse: bool) -> Result<(), Error> {
    if args.len() > 4 {
        let command = if reverse { "zrevrank" } else { "zrank" };
        return Err(Error::WrongArity(command.to_string()));
    }
    let with_score = args.len() == 4;
    if with_score && !args[3].eq_ignore_ascii_case(b"withscore") {
        return Err(Error::Syntax);
    }
    let zset = ctx.data.read_as::<Zset>(&args[1])?;
    let found = zset.and_then(|zset| Some((zset.rank(&args[2])?, zset.len())));
    let Some(((rank, score), len)) = found else {
        if with_score {
            ctx.reply.null_array()
        } else {
            ctx.reply.null()
        }
        return Ok(());
    };
    let rank = if reverse { len - 1 - rank } else { rank };
    if with_score {
        ctx.reply.array(2);
    }
    ctx.reply.int(rank as i64);
    if with_score {
        ctx.reply.double(score);
    }
    Ok(())
}

/// ZREMRANGEBY…: removes the elements at the ranks that `find` names and replies with their number.
fn remove_range(
    ctx: &mut Context<'_>,
    key: &[u8],
    find: impl FnOnce(&Zset) -> Range<usize>,
    event: &'static str,
) -> Result<(), Error> {
    let Some(id) = ctx.data.write_as::<Zset>(key)? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let (removed, is_empty) = ctx.data.edit_as(id, |zset: &mut Zset| {
        let ranks = find(zset);
        zset.remove_ranks(ranks.clone());
        (ranks.len(), zset.is_empty())
    });
    if is_empty {
        ctx.data.remove(key);
    }
    settle_removal(ctx, key, removed, is_empty, event);
    Ok(())
}

/// Elements of a key were removed, perhaps the last: counts them, tells of it, and replies with their number.
fn settle_removal(ctx: &mut Context<'_>, key: &[u8], removed: usize, is_empty: bool, event: &'static str) {
    if removed > 0 {
        ctx.data.changed(key);
        ctx.data.dirty += removed as u64 - 1;
        ctx.data.notify(class::ZSET, event, key);
    }
    if is_empty {
        ctx.data.notify(class::GENERIC, "del", key);
    }
    ctx.data.work.elements += removed as u64;
    ctx.reply.int(removed as i64);
}

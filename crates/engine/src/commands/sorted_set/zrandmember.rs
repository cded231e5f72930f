//! ZRANDMEMBER: Returns one or more random members from a sorted set.

use crate::commands::draw;
use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::listpack::Item;
use resplay_datatypes::{Scratch, Zset};
use resplay_resp::{Args, Error};

/// What the server knows of ZRANDMEMBER.
pub(super) const ROW: Row = Row {
    summary: "Returns one or more random members from a sorted set.",
    complexity: "O(N) where N is the number of members returned",
    group: "sorted-set",
    since: "6.2.0",
    arity: -2,
    flags: flag::READONLY,
    acl: &["sortedset"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("options", Kind::Block)
            .optional()
            .of(&[Arg::new("count", Kind::Integer), Arg::word("withscores", "WITHSCORES").optional()]),
    ],
    ..Row::new("zrandmember", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let Some(count) = args.get(2) else { return one(ctx, args) };
    let count = integer(count)?;
    if count == i64::MIN {
        return Err(Error::CountOutOfRange);
    }
    let with_scores = args.len() == 4 && args[3].eq_ignore_ascii_case(b"withscores");
    if args.len() > 4 || (args.len() == 4 && !with_scores) {
        return Err(Error::Syntax);
    }
    // Twice as many words must still be countable.
    if with_scores && !(-COUNT_MAX..=COUNT_MAX).contains(&count) {
        return Err(Error::OutOfRange);
    }
    let random = &mut ctx.server.random;
    let Some(zset) = ctx.data.read_as::<Zset>(&args[1])?.filter(|_| count != 0) else {
        ctx.reply.array(0);
        return Ok(());
    };
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let told = if count < 0 { wanted } else { wanted.min(zset.len()) };
    let mut scratch = Scratch::new();
    super::begin(&mut ctx.reply, told, with_scores);
    let mut tell = |(item, score): (Item<'_>, f64)| {
        super::element(&mut ctx.reply, item.bytes(&mut scratch), score, with_scores);
    };
    if count < 0 {
        (0..told).filter_map(|_| zset.random(random)).for_each(&mut tell);
    } else {
        draw::distinct(zset.len(), told, random).filter_map(|rank| zset.nth(rank)).for_each(&mut tell);
    }
    ctx.data.work.elements += told as u64;
    Ok(())
}

const COUNT_MAX: i64 = i64::MAX / 2;

fn one(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let random = &mut ctx.server.random;
    match ctx.data.read_as::<Zset>(&args[1])?.and_then(|zset| zset.random(random)) {
        Some((item, _)) => ctx.reply.bulk(item.bytes(&mut Scratch::new())),
        None => ctx.reply.null(),
    }
    Ok(())
}

//! SRANDMEMBER: Get one or multiple random members from a set

use crate::commands::draw;
use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_base::Random;
use resplay_datatypes::Set;
use resplay_resp::Writer;
use resplay_resp::{Args, Error};

/// What the server knows of SRANDMEMBER.
pub(super) const ROW: Row = Row {
    summary: "Get one or multiple random members from a set",
    complexity: "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.",
    group: "set",
    since: "1.0.0",
    history: &[("2.6.0", "Added the optional `count` argument.")],
    arity: -2,
    flags: flag::READONLY,
    acl: &["set"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("count", Kind::Integer).since("2.6.0").optional()],
    ..Row::new("srandmember", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let Some(count) = args.get(2) else { return one(ctx, args) };
    if args.len() > 3 {
        return Err(Error::Syntax);
    }
    let count = integer(count)?;
    if count == i64::MIN {
        return Err(Error::CountOutOfRange);
    }
    let random = &mut ctx.server.random;
    let Some(set) = ctx.data.read_as::<Set>(&args[1])? else {
        ctx.reply.array(0);
        return Ok(());
    };
    let visited = if count < 0 {
        reply_repeating(set, count.unsigned_abs(), random, &mut ctx.reply)
    } else {
        reply_distinct(set, count as usize, random, &mut ctx.reply)
    };
    ctx.data.work.elements += visited;
    Ok(())
}

fn one(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let random = &mut ctx.server.random;
    match ctx.data.read_as::<Set>(&args[1])?.and_then(|set| set.random(random)) {
        Some(member) => super::reply_member(member, &mut ctx.reply),
        None => ctx.reply.null(),
    }
    Ok(())
}

/// A negative count: that many draws, each from the whole set.
fn reply_repeating(set: &Set, count: u64, random: &mut Random, reply: &mut Writer<'_>) -> u64 {
    reply.array(count as usize);
    for _ in 0..count {
        if let Some(member) = set.random(random) {
            super::reply_member(member, reply);
        }
    }
    count
}

/// A positive count: that many different members, or all there are.
fn reply_distinct(set: &Set, count: usize, random: &mut Random, reply: &mut Writer<'_>) -> u64 {
    let count = count.min(set.len());
    reply.array(count);
    for member in set.pick(draw::distinct(set.len(), count, random)) {
        super::reply_member(member, reply);
    }
    count as u64
}

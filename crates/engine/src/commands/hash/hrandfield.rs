//! HRANDFIELD: Returns one or more random fields from a hash.

use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_base::Random;
use resplay_datatypes::Hash;
use resplay_resp::{Args, Error};
use resplay_resp::{Protocol, Writer};

/// What the server knows of HRANDFIELD.
pub(super) const ROW: Row = Row {
    summary: "Returns one or more random fields from a hash.",
    complexity: "O(N) where N is the number of fields returned",
    group: "hash",
    since: "6.2.0",
    arity: -2,
    flags: flag::READONLY,
    acl: &["hash"],
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
            .of(&[Arg::new("count", Kind::Integer), Arg::word("withvalues", "WITHVALUES").optional()]),
    ],
    ..Row::new("hrandfield", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let Some(count) = args.get(2) else { return one(ctx, args) };
    let count = integer(count)?;
    if count == i64::MIN {
        return Err(Error::CountOutOfRange);
    }
    let with_values = args.len() == 4 && args[3].eq_ignore_ascii_case(b"withvalues");
    if args.len() > 4 || (args.len() == 4 && !with_values) {
        return Err(Error::Syntax);
    }
    // Twice as many words must still be countable.
    if with_values && !(-COUNT_MAX..=COUNT_MAX).contains(&count) {
        return Err(Error::OutOfRange);
    }
    let random = &mut ctx.server.random;
    let visited = match ctx.data.read_hash(&args[1])? {
        None => {
            ctx.reply.array(0);
            0
        }
        Some(hash) if count < 0 => {
            reply_repeating(hash, count.unsigned_abs(), with_values, random, &mut ctx.reply)
        }
        Some(hash) => reply_distinct(hash, count as usize, with_values, random, &mut ctx.reply),
    };
    ctx.data.work.elements += visited;
    Ok(())
}

const COUNT_MAX: i64 = i64::MAX / 2;

fn one(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let random = &mut ctx.server.random;
    let field = ctx.data.read_hash(&args[1])?.and_then(|hash| hash.random(random)).map(|(field, _)| field);
    super::reply_field(field, &mut ctx.reply);
    Ok(())
}

/// A negative count: that many draws, each from the whole hash.
fn reply_repeating(
    hash: &Hash,
    count: u64,
    with_values: bool,
    random: &mut Random,
    reply: &mut Writer<'_>,
) -> u64 {
    begin(count as usize, with_values, reply);
    for _ in 0..count {
        if let Some(pair) = hash.random(random) {
            reply_pair(pair, with_values, reply);
        }
    }
    count
}

/// A positive count: that many different fields, or all there are.
fn reply_distinct(
    hash: &Hash,
    count: usize,
    with_values: bool,
    random: &mut Random,
    reply: &mut Writer<'_>,
) -> u64 {
    let count = count.min(hash.len());
    begin(count, with_values, reply);
    for pair in hash.distinct(count, random) {
        reply_pair(pair, with_values, reply);
    }
    count as u64
}

fn begin(count: usize, with_values: bool, reply: &mut Writer<'_>) {
    let flat = with_values && reply.protocol == Protocol::Resp2;
    reply.array(if flat { count * 2 } else { count });
}

fn reply_pair((field, value): (&[u8], &[u8]), with_values: bool, reply: &mut Writer<'_>) {
    if with_values && reply.protocol == Protocol::Resp3 {
        reply.array(2);
    }
    reply.bulk(field);
    if with_values {
        reply.bulk(value);
    }
}

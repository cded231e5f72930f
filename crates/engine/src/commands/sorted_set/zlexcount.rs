//! ZLEXCOUNT: Returns the number of members in a sorted set within a lexicographical range.

use super::range::lex_range;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Zset;
use resplay_resp::{Args, Error};

/// What the server knows of ZLEXCOUNT.
pub(super) const ROW: Row = Row {
    summary: "Returns the number of members in a sorted set within a lexicographical range.",
    complexity: "O(log(N)) with N being the number of elements in the sorted set.",
    group: "sorted-set",
    since: "2.8.9",
    arity: 4,
    flags: flag::READONLY | flag::FAST,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("min", Kind::String), Arg::new("max", Kind::String)],
    ..Row::new("zlexcount", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let range = lex_range(&args[2], &args[3])?;
    let zset = ctx.data.read_as::<Zset>(&args[1])?;
    let count = zset.map_or(0, |zset| zset.lex_range(&range, false).len());
    ctx.reply.int(count as i64);
    Ok(())
}

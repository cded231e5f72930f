//! ZCOUNT: Returns the count of members in a sorted set that have scores within a range.

use super::range::score_range;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Zset;
use resplay_resp::{Args, Error};

/// What the server knows of ZCOUNT.
pub(super) const ROW: Row = Row {
    summary: "Returns the count of members in a sorted set that have scores within a range.",
    complexity: "O(log(N)) with N being the number of elements in the sorted set.",
    group: "sorted-set",
    since: "2.0.0",
    arity: 4,
    flags: flag::READONLY | flag::FAST,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("min", Kind::Double), Arg::new("max", Kind::Double)],
    ..Row::new("zcount", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let range = score_range(&args[2], &args[3])?;
    let zset = ctx.data.read_as::<Zset>(&args[1])?;
    let count = zset.map_or(0, |zset| zset.score_range(&range).len());
    ctx.reply.int(count as i64);
    Ok(())
}

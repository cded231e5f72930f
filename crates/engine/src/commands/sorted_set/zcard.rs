//! ZCARD: Returns the number of members in a sorted set.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::Zset;
use resplay_resp::{Args, Error};

/// What the server knows of ZCARD.
pub(super) const ROW: Row = Row {
    summary: "Returns the number of members in a sorted set.",
    complexity: "O(1)",
    group: "sorted-set",
    since: "1.2.0",
    arity: 2,
    flags: flag::READONLY | flag::FAST,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("zcard", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let len = ctx.data.read_as::<Zset>(&args[1])?.map_or(0, Zset::len);
    ctx.reply.int(len as i64);
    Ok(())
}

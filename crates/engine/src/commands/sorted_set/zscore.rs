//! ZSCORE: Returns the score of a member in a sorted set.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Zset;
use resplay_resp::{Args, Error};

/// What the server knows of ZSCORE.
pub(super) const ROW: Row = Row {
    summary: "Returns the score of a member in a sorted set.",
    complexity: "O(1)",
    group: "sorted-set",
    since: "1.2.0",
    arity: 3,
    flags: flag::READONLY | flag::FAST,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("member", Kind::String)],
    ..Row::new("zscore", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    match ctx.data.read_as::<Zset>(&args[1])?.and_then(|zset| zset.score(&args[2])) {
        Some(score) => ctx.reply.double(score),
        None => ctx.reply.null(),
    }
    Ok(())
}

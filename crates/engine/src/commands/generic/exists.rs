//! EXISTS: Determines whether one or more keys exist.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of EXISTS.
pub(super) const ROW: Row = Row {
    summary: "Determines whether one or more keys exist.",
    complexity: "O(N) where N is the number of keys to check.",
    group: "generic",
    since: "1.0.0",
    history: &[("3.0.3", "Accepts multiple `key` arguments.")],
    arity: -2,
    flags: flag::READONLY | flag::FAST,
    acl: &["keyspace"],
    tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -1, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0).multiple()],
    ..Row::new("exists", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let there = args.from(1).iter().filter(|key| super::peek_aloud(ctx, key).is_some()).count();
    ctx.reply.int(there as i64);
    Ok(())
}

//! UNLINK: Asynchronously deletes one or more keys.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of UNLINK.
pub(super) const ROW: Row = Row {
    summary: "Asynchronously deletes one or more keys.",
    complexity: "O(1) for each key removed regardless of its size. Then the command does O(N) work in a different thread in order to reclaim memory, where N is the number of allocations the deleted objects where composed of.",
    group: "generic",
    since: "4.0.0",
    arity: -2,
    flags: flag::WRITE | flag::FAST,
    acl: &["keyspace"],
    tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -1, step: 1, limit: 0 },
        flags: &["RM", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0).multiple()],
    ..Row::new("unlink", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let removed = super::remove_all(ctx, args.from(1));
    ctx.reply.int(removed);
    Ok(())
}

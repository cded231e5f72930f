//! RANDOMKEY: Returns a random key name from the database.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of RANDOMKEY.
pub(super) const ROW: Row = Row {
    summary: "Returns a random key name from the database.",
    complexity: "O(1)",
    group: "generic",
    since: "1.0.0",
    arity: 1,
    flags: flag::READONLY | flag::TOUCHES_ARBITRARY_KEYS,
    acl: &["keyspace"],
    tips: &["request_policy:all_shards", "response_policy:special", "nondeterministic_output"],
    ..Row::new("randomkey", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    while let Some(id) = ctx.data.current().random(&mut ctx.server.random) {
        if ctx.data.is_dead(id) {
            ctx.data.reclaim(id);
            continue;
        }
        ctx.reply.bulk(ctx.data.current().key(id));
        return Ok(());
    }
    ctx.reply.null();
    Ok(())
}

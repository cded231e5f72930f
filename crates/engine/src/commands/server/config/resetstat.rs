//! CONFIG RESETSTAT: Resets the server's statistics.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of CONFIG RESETSTAT.
pub(super) const ROW: Row = Row {
    summary: "Resets the server's statistics.",
    complexity: "O(1)",
    group: "server",
    since: "2.0.0",
    arity: 2,
    flags: flag::ADMIN | flag::NOSCRIPT | flag::LOADING | flag::STALE,
    tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    ..Row::new("config|resetstat", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    ctx.server.stats.reset();
    ctx.server.aof.delayed_syncs = 0;
    ctx.server.aof.rewriting.begun = 0;
    ctx.server.aof.rewriting.failures = 0;
    ctx.server.rdb.history.saves = 0;
    ctx.data.stats = Default::default();
    ctx.reply.ok();
    Ok(())
}

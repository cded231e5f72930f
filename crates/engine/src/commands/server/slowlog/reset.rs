//! SLOWLOG RESET: Clears all entries from the slow log.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SLOWLOG RESET.
pub(super) const ROW: Row = Row {
    summary: "Clears all entries from the slow log.",
    complexity: "O(N) where N is the number of entries in the slowlog",
    group: "server",
    since: "2.2.12",
    arity: 2,
    flags: flag::ADMIN | flag::LOADING | flag::STALE,
    tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    ..Row::new("slowlog|reset", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    ctx.server.slowlog.clear();
    ctx.reply.ok();
    Ok(())
}

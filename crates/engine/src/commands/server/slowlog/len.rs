//! SLOWLOG LEN: Returns the number of entries in the slow log.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SLOWLOG LEN.
pub(super) const ROW: Row = Row {
    summary: "Returns the number of entries in the slow log.",
    complexity: "O(1)",
    group: "server",
    since: "2.2.12",
    arity: 2,
    flags: flag::ADMIN | flag::LOADING | flag::STALE,
    tips: &["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
    ..Row::new("slowlog|len", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    ctx.reply.int(ctx.server.slowlog.len() as i64);
    Ok(())
}

//! COMMAND COUNT: Returns a count of commands.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of COMMAND COUNT.
pub(super) const ROW: Row = Row {
    summary: "Returns a count of commands.",
    complexity: "O(1)",
    group: "server",
    since: "2.8.13",
    arity: 2,
    flags: flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    ..Row::new("command|count", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    ctx.reply.int(ctx.server.table.commands().count() as i64);
    Ok(())
}

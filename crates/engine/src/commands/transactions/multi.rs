//! MULTI: Starts a transaction.

use crate::context::Context;
use crate::row::{Row, flag};
use crate::session::Multi;
use resplay_resp::{Args, Error};

/// What the server knows of MULTI.
pub(super) const ROW: Row = Row {
    summary: "Starts a transaction.",
    complexity: "O(1)",
    group: "transactions",
    since: "1.2.0",
    arity: 1,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::FAST | flag::NO_MULTI | flag::ALLOW_BUSY,
    acl: &["transaction"],
    ..Row::new("multi", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    ctx.client.multi = Some(Multi::default());
    ctx.reply.ok();
    Ok(())
}

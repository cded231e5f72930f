//! UNWATCH: Forgets about watched keys of a transaction.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of UNWATCH.
pub(super) const ROW: Row = Row {
    summary: "Forgets about watched keys of a transaction.",
    complexity: "O(1)",
    group: "transactions",
    since: "2.2.0",
    arity: 1,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::FAST | flag::ALLOW_BUSY,
    acl: &["transaction"],
    ..Row::new("unwatch", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    super::unwatch_all(ctx);
    ctx.client.is_cas_dirty = false;
    ctx.reply.ok();
    Ok(())
}

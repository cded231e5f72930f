//! DISCARD: Discards a transaction.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of DISCARD.
pub(super) const ROW: Row = Row {
    summary: "Discards a transaction.",
    complexity: "O(N), when N is the number of queued commands",
    group: "transactions",
    since: "2.0.0",
    arity: 1,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::FAST | flag::ALLOW_BUSY,
    acl: &["transaction"],
    ..Row::new("discard", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    if ctx.client.multi.is_none() {
        return Err(Error::DiscardWithoutMulti);
    }
    super::abandon_transaction(ctx);
    ctx.reply.ok();
    Ok(())
}

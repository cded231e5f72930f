//! RESET: Resets the connection.

use crate::commands::abandon_transaction;
use crate::context::Context;
use crate::row::{Row, flag};
use crate::session::ReplyMode;
use resplay_resp::Protocol;
use resplay_resp::{Args, Error};

/// What the server knows of RESET.
pub(super) const ROW: Row = Row {
    summary: "Resets the connection.",
    complexity: "O(1)",
    group: "connection",
    since: "6.2.0",
    arity: 1,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::FAST | flag::NO_AUTH | flag::ALLOW_BUSY,
    acl: &["connection"],
    ..Row::new("reset", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    abandon_transaction(ctx);
    ctx.server.pubsub.leave(ctx.client);
    ctx.select(0);
    ctx.speak(Protocol::Resp2);
    ctx.client.name.clear();
    // What skips this one reply is not reset.
    if ctx.client.replies != ReplyMode::SkipThis {
        ctx.client.replies = ReplyMode::On;
    }
    ctx.client.no_evict = false;
    ctx.client.no_touch = false;
    ctx.client.is_authenticated = ctx.server.config.settings.requirepass.is_empty();
    ctx.reply.simple(b"RESET");
    Ok(())
}

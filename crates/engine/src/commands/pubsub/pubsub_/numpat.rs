//! PUBSUB NUMPAT: Returns a count of unique pattern subscriptions.

use crate::context::Context;
use crate::pubsub::Kind;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of PUBSUB NUMPAT.
pub(super) const ROW: Row = Row {
    summary: "Returns a count of unique pattern subscriptions.",
    complexity: "O(1)",
    group: "pubsub",
    since: "2.8.0",
    arity: 2,
    flags: flag::PUBSUB | flag::LOADING | flag::STALE,
    ..Row::new("pubsub|numpat", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    let patterns = ctx.server.pubsub.len(Kind::Pattern);
    ctx.reply.int(patterns as i64);
    Ok(())
}

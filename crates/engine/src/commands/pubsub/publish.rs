//! PUBLISH: Posts a message to a channel.

use crate::context::Context;
use crate::pubsub::Kind as Names;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of PUBLISH.
pub(super) const ROW: Row = Row {
    summary: "Posts a message to a channel.",
    complexity: "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).",
    group: "pubsub",
    since: "2.0.0",
    arity: 3,
    flags: flag::PUBSUB | flag::LOADING | flag::STALE | flag::FAST | flag::MAY_REPLICATE | flag::SENTINEL,
    arguments: &[Arg::new("channel", Kind::String), Arg::new("message", Kind::String)],
    ..Row::new("publish", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let receivers = ctx.server.pubsub.publish(&args[1], &args[2]);
    ctx.data.work.elements += (receivers + ctx.server.pubsub.len(Names::Pattern)) as u64;
    ctx.data.work.bytes += receivers as u64 * args[2].len() as u64;
    ctx.reply.int(receivers as i64);
    Ok(())
}

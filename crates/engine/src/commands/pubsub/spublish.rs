//! SPUBLISH: Post a message to a shard channel

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SPUBLISH.
pub(super) const ROW: Row = Row {
    summary: "Post a message to a shard channel",
    complexity: "O(N) where N is the number of clients subscribed to the receiving shard channel.",
    group: "pubsub",
    since: "7.0.0",
    arity: 3,
    flags: flag::PUBSUB | flag::LOADING | flag::STALE | flag::FAST | flag::MAY_REPLICATE,
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["NOT_KEY"],
        notes: None,
    }],
    arguments: &[Arg::new("shardchannel", Kind::String), Arg::new("message", Kind::String)],
    ..Row::new("spublish", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let receivers = ctx.server.pubsub.publish_shard(&args[1], &args[2]);
    ctx.data.work.elements += receivers as u64;
    ctx.data.work.bytes += receivers as u64 * args[2].len() as u64;
    ctx.reply.int(receivers as i64);
    Ok(())
}

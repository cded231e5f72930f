//! SSUBSCRIBE: Listens for messages published to shard channels.

use crate::context::Context;
use crate::pubsub::Kind as Names;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SSUBSCRIBE.
pub(super) const ROW: Row = Row {
    summary: "Listens for messages published to shard channels.",
    complexity: "O(N) where N is the number of shard channels to subscribe to.",
    group: "pubsub",
    since: "7.0.0",
    arity: -2,
    flags: flag::PUBSUB | flag::NOSCRIPT | flag::LOADING | flag::STALE,
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -1, step: 1, limit: 0 },
        flags: &["NOT_KEY"],
        notes: None,
    }],
    arguments: &[Arg::new("shardchannel", Kind::String).multiple()],
    ..Row::new("ssubscribe", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    // Nor the real servers, which let the other two through.
    if ctx.client.multi.is_some() {
        return Err(Error::SsubscribeDenied);
    }
    super::subscribe(ctx, args, Names::Shard, "ssubscribe");
    Ok(())
}

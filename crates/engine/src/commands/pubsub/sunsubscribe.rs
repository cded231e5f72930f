//! SUNSUBSCRIBE: Stops listening to messages posted to shard channels.

use crate::context::Context;
use crate::pubsub::Kind as Names;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SUNSUBSCRIBE.
pub(super) const ROW: Row = Row {
    summary: "Stops listening to messages posted to shard channels.",
    complexity: "O(N) where N is the number of shard channels to unsubscribe.",
    group: "pubsub",
    since: "7.0.0",
    arity: -1,
    flags: flag::PUBSUB | flag::NOSCRIPT | flag::LOADING | flag::STALE,
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -1, step: 1, limit: 0 },
        flags: &["NOT_KEY"],
        notes: None,
    }],
    arguments: &[Arg::new("shardchannel", Kind::String).optional().multiple()],
    ..Row::new("sunsubscribe", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::unsubscribe(ctx, args, Names::Shard, "sunsubscribe");
    Ok(())
}

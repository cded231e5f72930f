//! PUBSUB SHARDCHANNELS: Returns the active shard channels.

use crate::context::Context;
use crate::pubsub::Kind as Names;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of PUBSUB SHARDCHANNELS.
pub(super) const ROW: Row = Row {
    summary: "Returns the active shard channels.",
    complexity: "O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).",
    group: "pubsub",
    since: "7.0.0",
    arity: -2,
    flags: flag::PUBSUB | flag::LOADING | flag::STALE,
    arguments: &[Arg::new("pattern", Kind::Pattern).optional()],
    ..Row::new("pubsub|shardchannels", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::reply_names(ctx, args, Names::Shard)
}

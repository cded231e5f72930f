//! PUBSUB SHARDNUMSUB: Returns the count of subscribers of shard channels.

use crate::context::Context;
use crate::pubsub::Kind as Names;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of PUBSUB SHARDNUMSUB.
pub(super) const ROW: Row = Row {
    summary: "Returns the count of subscribers of shard channels.",
    complexity: "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
    group: "pubsub",
    since: "7.0.0",
    arity: -2,
    flags: flag::PUBSUB | flag::LOADING | flag::STALE,
    arguments: &[Arg::new("shardchannel", Kind::String).optional().multiple()],
    ..Row::new("pubsub|shardnumsub", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::reply_counts(ctx, args, Names::Shard);
    Ok(())
}

//! PUBSUB NUMSUB: Returns a count of subscribers to channels.

use crate::context::Context;
use crate::pubsub::Kind as Names;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of PUBSUB NUMSUB.
pub(super) const ROW: Row = Row {
    summary: "Returns a count of subscribers to channels.",
    complexity: "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
    group: "pubsub",
    since: "2.8.0",
    arity: -2,
    flags: flag::PUBSUB | flag::LOADING | flag::STALE,
    arguments: &[Arg::new("channel", Kind::String).optional().multiple()],
    ..Row::new("pubsub|numsub", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::reply_counts(ctx, args, Names::Channel);
    Ok(())
}

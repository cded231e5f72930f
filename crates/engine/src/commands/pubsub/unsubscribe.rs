//! UNSUBSCRIBE: Stops listening to messages posted to channels.

use crate::context::Context;
use crate::pubsub::Kind as Names;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of UNSUBSCRIBE.
pub(super) const ROW: Row = Row {
    summary: "Stops listening to messages posted to channels.",
    complexity: "O(N) where N is the number of channels to unsubscribe.",
    group: "pubsub",
    since: "2.0.0",
    arity: -1,
    flags: flag::PUBSUB | flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    arguments: &[Arg::new("channel", Kind::String).optional().multiple()],
    ..Row::new("unsubscribe", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::unsubscribe(ctx, args, Names::Channel, "unsubscribe");
    Ok(())
}

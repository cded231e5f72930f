//! SUBSCRIBE: Listens for messages published to channels.

use crate::context::Context;
use crate::pubsub::Kind as Names;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SUBSCRIBE.
pub(super) const ROW: Row = Row {
    summary: "Listens for messages published to channels.",
    complexity: "O(N) where N is the number of channels to subscribe to.",
    group: "pubsub",
    since: "2.0.0",
    arity: -2,
    flags: flag::PUBSUB | flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    arguments: &[Arg::new("channel", Kind::String).multiple()],
    ..Row::new("subscribe", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::subscribe(ctx, args, Names::Channel, "subscribe");
    Ok(())
}

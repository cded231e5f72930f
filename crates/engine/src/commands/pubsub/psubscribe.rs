//! PSUBSCRIBE: Listens for messages published to channels that match one or more patterns.

use crate::context::Context;
use crate::pubsub::Kind as Names;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of PSUBSCRIBE.
pub(super) const ROW: Row = Row {
    summary: "Listens for messages published to channels that match one or more patterns.",
    complexity: "O(N) where N is the number of patterns to subscribe to.",
    group: "pubsub",
    since: "2.0.0",
    arity: -2,
    flags: flag::PUBSUB | flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    arguments: &[Arg::new("pattern", Kind::Pattern).multiple()],
    ..Row::new("psubscribe", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::subscribe(ctx, args, Names::Pattern, "psubscribe");
    Ok(())
}

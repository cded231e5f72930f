//! CLIENT NO-TOUCH: Controls whether commands sent by the client affect the LRU/LFU of accessed keys.

use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of CLIENT NO-TOUCH.
pub(super) const ROW: Row = Row {
    summary: "Controls whether commands sent by the client affect the LRU/LFU of accessed keys.",
    complexity: "O(1)",
    group: "connection",
    since: "7.2.0",
    arity: 3,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE,
    acl: &["connection"],
    arguments: &[Arg::new("enabled", Kind::OneOf).of(&[Arg::word("on", "ON"), Arg::word("off", "OFF")])],
    ..Row::new("client|no-touch", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    ctx.client.no_touch = super::on_or_off(&args[2])?;
    ctx.reply.ok();
    Ok(())
}

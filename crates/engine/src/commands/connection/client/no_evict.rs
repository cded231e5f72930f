//! CLIENT NO-EVICT: Sets the client eviction mode of the connection.

use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of CLIENT NO-EVICT.
pub(super) const ROW: Row = Row {
    summary: "Sets the client eviction mode of the connection.",
    complexity: "O(1)",
    group: "connection",
    since: "7.0.0",
    arity: 3,
    flags: flag::ADMIN | flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    arguments: &[Arg::new("enabled", Kind::OneOf).of(&[Arg::word("on", "ON"), Arg::word("off", "OFF")])],
    ..Row::new("client|no-evict", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    ctx.client.no_evict = super::on_or_off(&args[2])?;
    ctx.reply.ok();
    Ok(())
}

//! CLIENT ID: Returns the unique client ID of the connection.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of CLIENT ID.
pub(super) const ROW: Row = Row {
    summary: "Returns the unique client ID of the connection.",
    complexity: "O(1)",
    group: "connection",
    since: "5.0.0",
    arity: 2,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    ..Row::new("client|id", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    ctx.reply.int(ctx.client.id as i64);
    Ok(())
}

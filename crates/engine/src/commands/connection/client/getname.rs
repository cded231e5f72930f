//! CLIENT GETNAME: Returns the name of the connection.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of CLIENT GETNAME.
pub(super) const ROW: Row = Row {
    summary: "Returns the name of the connection.",
    complexity: "O(1)",
    group: "connection",
    since: "2.6.9",
    arity: 2,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    ..Row::new("client|getname", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    if ctx.client.name.is_empty() {
        ctx.reply.null();
    } else {
        ctx.reply.bulk(&ctx.client.name);
    }
    Ok(())
}

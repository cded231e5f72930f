//! QUIT: Closes the connection.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of QUIT.
pub(super) const ROW: Row = Row {
    summary: "Closes the connection.",
    complexity: "O(1)",
    group: "connection",
    since: "1.0.0",
    doc_flags: &["deprecated"],
    deprecated_since: Some("7.2.0"),
    replaced_by: Some("just closing the connection"),
    arity: -1,
    flags: flag::ALLOW_BUSY | flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::FAST | flag::NO_AUTH,
    acl: &["connection"],
    ..Row::new("quit", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    ctx.client.hang_up(!ctx.reply.out.is_empty());
    ctx.reply.ok();
    Ok(())
}

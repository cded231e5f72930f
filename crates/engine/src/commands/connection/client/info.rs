//! CLIENT INFO: Returns information about the connection.

use super::describe;
use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of CLIENT INFO.
pub(super) const ROW: Row = Row {
    summary: "Returns information about the connection.",
    complexity: "O(1)",
    group: "connection",
    since: "6.2.0",
    arity: 2,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    tips: &["nondeterministic_output"],
    ..Row::new("client|info", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    let line = describe::line(ctx.client, describe::Buffers::own(ctx), ctx.now.mono);
    ctx.reply.verbatim(b"txt", line.as_bytes());
    Ok(())
}

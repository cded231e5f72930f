//! BGREWRITEAOF: Asynchronously rewrites the append-only file to disk.

use crate::aof::AskedBy;
use crate::blocking::Reason;
use crate::context::Context;
use crate::log::log_line;
use crate::row::{Row, flag};
use resplay_persistence::messages::rewrite as messages;
use resplay_resp::{Args, Error};

/// What the server knows of BGREWRITEAOF.
pub(super) const ROW: Row = Row {
    summary: "Asynchronously rewrites the append-only file to disk.",
    complexity: "O(1)",
    group: "server",
    since: "1.0.0",
    arity: 1,
    flags: flag::NO_ASYNC_LOADING | flag::ADMIN | flag::NOSCRIPT,
    ..Row::new("bgrewriteaof", run)
};

/// The reply comes when what is written meanwhile has its file.
fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    if ctx.server.aof.rewriting.began().is_some() {
        let why = "ERR Background append only file rewriting already in progress";
        return Err(Error::Custom(why.to_string()));
    }
    if ctx.server.is_writing_in_background() || ctx.client.multi.is_some() {
        ctx.server.aof.rewriting.schedule_at_once();
        log_line(ctx.host, messages::scheduled());
        ctx.reply.simple(b"Background append only file rewriting scheduled");
        return Ok(());
    }
    ctx.block(Reason::Files, None, None);
    ctx.server.start_rewrite(ctx.data, ctx.host, Some(AskedBy::Command(ctx.client.id)));
    Ok(())
}

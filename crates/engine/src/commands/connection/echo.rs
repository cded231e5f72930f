//! ECHO: Returns the given string.

use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ECHO.
pub(super) const ROW: Row = Row {
    summary: "Returns the given string.",
    complexity: "O(1)",
    group: "connection",
    since: "1.0.0",
    arity: 2,
    flags: flag::LOADING | flag::STALE | flag::FAST,
    acl: &["connection"],
    arguments: &[Arg::new("message", Kind::String)],
    ..Row::new("echo", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    ctx.reply.bulk(&args[1]);
    Ok(())
}

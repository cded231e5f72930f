//! DEBUG: A container for debugging commands.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of DEBUG.
pub(super) const ROW: Row = Row {
    summary: "A container for debugging commands.",
    complexity: "Depends on subcommand.",
    group: "server",
    since: "1.0.0",
    doc_flags: &["syscmd"],
    arity: -2,
    flags: flag::ADMIN | flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::PROTECTED,
    ..Row::new("debug", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let _ = (ctx, args);
    Err(Error::Syntax) // SKELETON
}

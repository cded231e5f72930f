//! CONFIG HELP: Returns helpful text about the different subcommands.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of CONFIG HELP.
pub(super) const ROW: Row = Row {
    summary: "Returns helpful text about the different subcommands.",
    complexity: "O(1)",
    group: "server",
    since: "5.0.0",
    arity: 2,
    flags: flag::LOADING | flag::STALE,
    ..Row::new("config|help", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    crate::commands::help(&mut ctx.reply, "CONFIG", LINES);
    Ok(())
}

const LINES: &[&str] = &[
    "GET <pattern>",
    "    Return parameters matching the glob-like <pattern> and their values.",
    "SET <directive> <value>",
    "    Set the configuration <directive> to <value>.",
    "RESETSTAT",
    "    Reset statistics reported by the INFO command.",
    "REWRITE",
    "    Rewrite the configuration file.",
];

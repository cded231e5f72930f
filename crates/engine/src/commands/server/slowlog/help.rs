//! SLOWLOG HELP: Show helpful text about the different subcommands

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SLOWLOG HELP.
pub(super) const ROW: Row = Row {
    summary: "Show helpful text about the different subcommands",
    complexity: "O(1)",
    group: "server",
    since: "6.2.0",
    arity: 2,
    flags: flag::LOADING | flag::STALE,
    ..Row::new("slowlog|help", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    crate::commands::help(&mut ctx.reply, "SLOWLOG", LINES);
    Ok(())
}

const LINES: &[&str] = &[
    "GET [<count>]",
    "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
    "    Entries are made of:",
    "    id, timestamp, time in microseconds, arguments array, client IP and port,",
    "    client name",
    "LEN",
    "    Return the length of the slowlog.",
    "RESET",
    "    Reset the slowlog.",
];

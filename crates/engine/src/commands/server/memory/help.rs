//! MEMORY HELP: Returns helpful text about the different subcommands.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of MEMORY HELP.
pub(super) const ROW: Row = Row {
    summary: "Returns helpful text about the different subcommands.",
    complexity: "O(1)",
    group: "server",
    since: "4.0.0",
    arity: 2,
    flags: flag::LOADING | flag::STALE,
    ..Row::new("memory|help", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    crate::commands::help(&mut ctx.reply, "MEMORY", LINES);
    Ok(())
}

const LINES: &[&str] = &[
    "DOCTOR",
    "    Return memory problems reports.",
    "MALLOC-STATS",
    "    Return internal statistics report from the memory allocator.",
    "PURGE",
    "    Attempt to purge dirty pages for reclamation by the allocator.",
    "STATS",
    "    Return information about the memory usage of the server.",
    "USAGE <key> [SAMPLES <count>]",
    "    Return memory in bytes used by <key> and its value. Nested values are",
    "    sampled up to <count> times (default: 5, 0 means sample all).",
];

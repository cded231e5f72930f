//! OBJECT HELP: Returns helpful text about the different subcommands.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of OBJECT HELP.
pub(super) const ROW: Row = Row {
    summary: "Returns helpful text about the different subcommands.",
    complexity: "O(1)",
    group: "generic",
    since: "6.2.0",
    arity: 2,
    flags: flag::LOADING | flag::STALE,
    acl: &["keyspace"],
    ..Row::new("object|help", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    crate::commands::help(&mut ctx.reply, "OBJECT", LINES);
    Ok(())
}

const LINES: &[&str] = &[
    "ENCODING <key>",
    "    Return the kind of internal representation used in order to store the value",
    "    associated with a <key>.",
    "FREQ <key>",
    "    Return the access frequency index of the <key>. The returned integer is",
    "    proportional to the logarithm of the recent access frequency of the key.",
    "IDLETIME <key>",
    "    Return the idle time of the <key>, that is the approximated number of",
    "    seconds elapsed since the last access to the key.",
    "REFCOUNT <key>",
    "    Return the number of references of the value associated with the specified",
    "    <key>.",
];

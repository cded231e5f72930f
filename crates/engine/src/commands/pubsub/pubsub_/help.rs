//! PUBSUB HELP: Returns helpful text about the different subcommands.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of PUBSUB HELP.
pub(super) const ROW: Row = Row {
    summary: "Returns helpful text about the different subcommands.",
    complexity: "O(1)",
    group: "pubsub",
    since: "6.2.0",
    arity: 2,
    flags: flag::LOADING | flag::STALE,
    ..Row::new("pubsub|help", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    crate::commands::help(&mut ctx.reply, "PUBSUB", LINES);
    Ok(())
}

const LINES: &[&str] = &[
    "CHANNELS [<pattern>]",
    "    Return the currently active channels matching a <pattern> (default: '*').",
    "NUMPAT",
    "    Return number of subscriptions to patterns.",
    "NUMSUB [<channel> ...]",
    "    Return the number of subscribers for the specified channels, excluding",
    "    pattern subscriptions(default: no channels).",
    "SHARDCHANNELS [<pattern>]",
    "    Return the currently active shard level channels matching a <pattern> (default: '*').",
    "SHARDNUMSUB [<shardchannel> ...]",
    "    Return the number of subscribers for the specified shard level channel(s)",
];

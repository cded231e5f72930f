//! COMMAND GETKEYS: Extracts the key names from an arbitrary command.

use super::keys;
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of COMMAND GETKEYS.
pub(super) const ROW: Row = Row {
    summary: "Extracts the key names from an arbitrary command.",
    complexity: "O(N) where N is the number of arguments to the command",
    group: "server",
    since: "2.8.13",
    arity: -3,
    flags: flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    arguments: &[Arg::new("command", Kind::String), Arg::new("arg", Kind::String).optional().multiple()],
    ..Row::new("command|getkeys", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let found = keys::of(&ctx.server.table, args.from(2))?;
    ctx.reply.array(found.len());
    for key in found {
        ctx.reply.bulk(key.name);
    }
    Ok(())
}

//! COMMAND GETKEYSANDFLAGS: Extracts the key names and access flags for an arbitrary command.

use super::{describe, keys};
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of COMMAND GETKEYSANDFLAGS.
pub(super) const ROW: Row = Row {
    summary: "Extracts the key names and access flags for an arbitrary command.",
    complexity: "O(N) where N is the number of arguments to the command",
    group: "server",
    since: "7.0.0",
    arity: -3,
    flags: flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    arguments: &[Arg::new("command", Kind::String), Arg::new("arg", Kind::String).optional().multiple()],
    ..Row::new("command|getkeysandflags", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let found = keys::of(&ctx.server.table, args.from(2))?;
    ctx.reply.array(found.len());
    for key in found {
        ctx.reply.array(2);
        ctx.reply.bulk(key.name);
        describe::reply_key_flags(key.flags, &mut ctx.reply);
    }
    Ok(())
}

//! COMMAND INFO: Returns information about one, multiple or all commands.

use super::describe;
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of COMMAND INFO.
pub(super) const ROW: Row = Row {
    summary: "Returns information about one, multiple or all commands.",
    complexity: "O(N) where N is the number of commands to look up",
    group: "server",
    since: "2.8.13",
    history: &[("7.0.0", "Allowed to be called with no argument to get info on all commands.")],
    arity: -2,
    flags: flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    tips: &["nondeterministic_output_order"],
    arguments: &[Arg::new("command-name", Kind::String).optional().multiple()],
    ..Row::new("command|info", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    if args.len() == 2 {
        return describe::reply_all(ctx);
    }
    ctx.reply.array(args.len() - 2);
    for name in args.from(2).iter() {
        match ctx.server.table.find_full(name) {
            Some(row) => describe::reply_info(row, &mut ctx.reply),
            None => ctx.reply.null(),
        }
    }
    Ok(())
}

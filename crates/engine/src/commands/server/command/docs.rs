//! COMMAND DOCS: Returns documentary information about one, multiple or all commands.

use super::docs_reply::reply_docs;
use crate::context::Context;
use crate::row::Row as Command;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of COMMAND DOCS.
pub(super) const ROW: Row = Row {
    summary: "Returns documentary information about one, multiple or all commands.",
    complexity: "O(N) where N is the number of commands to look up",
    group: "server",
    since: "7.0.0",
    arity: -2,
    flags: flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    tips: &["nondeterministic_output_order"],
    arguments: &[Arg::new("command-name", Kind::String).optional().multiple()],
    ..Row::new("command|docs", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let rows: Vec<&'static Command> = if args.len() == 2 {
        ctx.server.table.commands().collect()
    } else {
        args.from(2).iter().filter_map(|name| ctx.server.table.find_full(name)).collect()
    };
    ctx.reply.map(rows.len());
    for row in rows {
        ctx.reply.bulk(row.name.as_bytes());
        reply_docs(row, &mut ctx.reply);
    }
    Ok(())
}

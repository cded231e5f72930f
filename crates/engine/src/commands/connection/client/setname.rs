//! CLIENT SETNAME: Sets the connection name.

use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of CLIENT SETNAME.
pub(super) const ROW: Row = Row {
    summary: "Sets the connection name.",
    complexity: "O(1)",
    group: "connection",
    since: "2.6.9",
    arity: 3,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    arguments: &[Arg::new("connection-name", Kind::String)],
    ..Row::new("client|setname", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::super::check_name(&args[2])?;
    ctx.client.name = args[2].to_vec();
    ctx.reply.ok();
    Ok(())
}

//! SELECT: Changes the selected database.

use crate::commands::options::small_integer;
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SELECT.
pub(super) const ROW: Row = Row {
    summary: "Changes the selected database.",
    complexity: "O(1)",
    group: "connection",
    since: "1.0.0",
    arity: 2,
    flags: flag::LOADING | flag::STALE | flag::FAST,
    acl: &["connection"],
    arguments: &[Arg::new("index", Kind::Integer)],
    ..Row::new("select", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let number = small_integer(&args[1])?;
    let db = u32::try_from(number).ok().filter(|db| *db < ctx.data.databases());
    ctx.select(db.ok_or(Error::DbOutOfRange)?);
    ctx.reply.ok();
    Ok(())
}

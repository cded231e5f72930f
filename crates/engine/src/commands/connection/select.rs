//! SELECT: Changes the selected database.

use crate::commands::options::integer;
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
    let number = integer(&args[1])?;
    if i32::try_from(number).is_err() {
        let why = "ERR value is out of range, value must between -2147483648 and 2147483647";
        return Err(Error::Custom(why.to_string()));
    }
    let db = u32::try_from(number).ok().filter(|db| *db < ctx.data.databases());
    ctx.select(db.ok_or(Error::DbOutOfRange)?);
    ctx.reply.ok();
    Ok(())
}

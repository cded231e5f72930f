//! SWAPDB: Swaps two databases.

use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SWAPDB.
pub(super) const ROW: Row = Row {
    summary: "Swaps two databases.",
    complexity: "O(N) where N is the count of clients watching or blocking on keys from both databases.",
    group: "server",
    since: "4.0.0",
    arity: 3,
    flags: flag::WRITE | flag::FAST,
    acl: &["keyspace", "dangerous"],
    arguments: &[Arg::new("index1", Kind::Integer), Arg::new("index2", Kind::Integer)],
    ..Row::new("swapdb", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let first = number(&args[1]).ok_or(Error::InvalidFirstDb)?;
    let second = number(&args[2]).ok_or(Error::InvalidSecondDb)?;
    let known = |number: i32| u32::try_from(number).ok().filter(|db| *db < ctx.data.databases());
    let (first, second) = known(first).zip(known(second)).ok_or(Error::DbOutOfRange)?;
    if first != second {
        ctx.data.touch_all(first, Some(second));
        ctx.data.touch_all(second, Some(first));
        ctx.data.swap(first, second);
    }
    ctx.data.dirty += 1;
    ctx.reply.ok();
    Ok(())
}

fn number(text: &[u8]) -> Option<i32> {
    integer(text).ok().and_then(|number| i32::try_from(number).ok())
}

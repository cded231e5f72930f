//! TIME: Returns the server time.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of TIME.
pub(super) const ROW: Row = Row {
    summary: "Returns the server time.",
    complexity: "O(1)",
    group: "server",
    since: "2.6.0",
    arity: 1,
    flags: flag::LOADING | flag::STALE | flag::FAST,
    tips: &["nondeterministic_output"],
    ..Row::new("time", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    let wall = ctx.now.wall;
    ctx.reply.array(2);
    ctx.reply.bulk_int(wall.as_secs());
    ctx.reply.bulk_int(wall.0.rem_euclid(1_000_000));
    Ok(())
}

//! LASTSAVE: Returns the Unix timestamp of the last successful save to disk.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of LASTSAVE.
pub(super) const ROW: Row = Row {
    summary: "Returns the Unix timestamp of the last successful save to disk.",
    complexity: "O(1)",
    group: "server",
    since: "1.0.0",
    arity: 1,
    flags: flag::LOADING | flag::STALE | flag::FAST,
    acl: &["admin", "dangerous"],
    tips: &["nondeterministic_output"],
    ..Row::new("lastsave", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    ctx.reply.int(ctx.server.rdb.history.saved_at.wall.as_secs());
    Ok(())
}

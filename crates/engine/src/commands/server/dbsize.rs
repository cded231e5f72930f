//! DBSIZE: Returns the number of keys in the database.

use crate::context::Context;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of DBSIZE.
pub(super) const ROW: Row = Row {
    summary: "Returns the number of keys in the database.",
    complexity: "O(1)",
    group: "server",
    since: "1.0.0",
    arity: 1,
    flags: flag::READONLY | flag::FAST,
    acl: &["keyspace"],
    tips: &["request_policy:all_shards", "response_policy:agg_sum"],
    ..Row::new("dbsize", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    ctx.reply.int(ctx.data.current().len() as i64);
    Ok(())
}

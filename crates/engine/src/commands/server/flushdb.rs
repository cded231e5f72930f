//! FLUSHDB: Remove all keys from the current database.

use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of FLUSHDB.
pub(super) const ROW: Row = Row {
    summary: "Remove all keys from the current database.",
    complexity: "O(N) where N is the number of keys in the selected database",
    group: "server",
    since: "1.0.0",
    history: &[
        ("4.0.0", "Added the `ASYNC` flushing mode modifier."),
        ("6.2.0", "Added the `SYNC` flushing mode modifier."),
    ],
    arity: -1,
    flags: flag::WRITE,
    acl: &["keyspace", "dangerous"],
    tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
    arguments: &[Arg::new("flush-type", Kind::OneOf)
        .optional()
        .of(&[Arg::word("async", "ASYNC").since("4.0.0"), Arg::word("sync", "SYNC").since("6.2.0")])],
    ..Row::new("flushdb", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::check_flush(args)?;
    let db = ctx.data.db;
    super::flush(ctx, db);
    // Repeated even if there was nothing to remove: whoever repeats it may have something.
    ctx.data.dirty += 1;
    ctx.reply.ok();
    Ok(())
}

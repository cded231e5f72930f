//! FLUSHALL: Removes all keys from all databases.

use crate::context::Context;
use crate::rdb::Purpose;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of FLUSHALL.
pub(super) const ROW: Row = Row {
    summary: "Removes all keys from all databases.",
    complexity: "O(N) where N is the total number of keys in all databases",
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
    ..Row::new("flushall", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::check_flush(args)?;
    ctx.server.end_background_save(ctx.data, ctx.host);
    let keys = ctx.data.flush_all();
    ctx.data.dirty += keys;
    ctx.data.work.elements += keys;
    // The file must not bring back what was removed; while one is read, it will be replaced anyway.
    if !ctx.server.config.settings.save.is_empty() && !ctx.data.is_loading {
        ctx.server.start_save(ctx.data, ctx.host, Purpose::Flush);
    }
    // Repeated even if there was nothing to remove: whoever repeats it may have something.
    ctx.data.dirty += 1;
    ctx.reply.ok();
    Ok(())
}

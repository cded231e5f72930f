//! XGROUP CREATECONSUMER: Creates a consumer in a consumer group.

use super::find_group;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_resp::{Args, Error};

/// What the server knows of XGROUP CREATECONSUMER.
pub(super) const ROW: Row = Row {
    summary: "Creates a consumer in a consumer group.",
    complexity: "O(1)",
    group: "stream",
    since: "6.2.0",
    arity: 5,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(2),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "INSERT"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("group", Kind::String), Arg::new("consumer", Kind::String)],
    ..Row::new("xgroup|createconsumer", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, now_ms, id) = (&args[2], ctx.data.now_ms(), find_group(ctx, args)?);
    let is_new = ctx.data.edit_as::<Stream, _>(id, |stream| {
        stream.edit_group(&args[3], |_, group| {
            let is_new = group.find(&args[4]).is_none();
            if is_new {
                group.create(&args[4], now_ms);
            }
            is_new
        })
    });
    let is_new = is_new.unwrap_or(false);
    if is_new {
        ctx.data.notify(class::STREAM, "xgroup-createconsumer", key);
        ctx.data.dirty += 1;
    }
    ctx.reply.int(i64::from(is_new));
    Ok(())
}

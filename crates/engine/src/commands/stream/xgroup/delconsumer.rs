//! XGROUP DELCONSUMER: Deletes a consumer from a consumer group.

use super::find_group;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_resp::{Args, Error};

/// What the server knows of XGROUP DELCONSUMER.
pub(super) const ROW: Row = Row {
    summary: "Deletes a consumer from a consumer group.",
    complexity: "O(1)",
    group: "stream",
    since: "5.0.0",
    arity: 5,
    flags: flag::WRITE,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(2),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("group", Kind::String), Arg::new("consumer", Kind::String)],
    ..Row::new("xgroup|delconsumer", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, id) = (&args[2], find_group(ctx, args)?);
    let removed = ctx.data.edit_as::<Stream, _>(id, |stream| {
        stream.edit_group(&args[3], |_, group| group.find(&args[4]).map(|number| group.remove(number)))
    });
    let removed = removed.flatten();
    if removed.is_some() {
        ctx.data.dirty += 1;
        ctx.data.notify(class::STREAM, "xgroup-delconsumer", key);
    }
    let pending = removed.unwrap_or(0);
    ctx.data.work.elements += pending as u64;
    ctx.reply.int(pending as i64);
    Ok(())
}

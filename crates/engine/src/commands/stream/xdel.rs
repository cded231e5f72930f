//! XDEL: Returns the number of messages after removing them from a stream.

use super::ids;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_datatypes::stream::Id;
use resplay_resp::{Args, Error};

/// What the server knows of XDEL.
pub(super) const ROW: Row = Row {
    summary: "Returns the number of messages after removing them from a stream.",
    complexity: "O(1) for each single item to delete in the stream, regardless of the stream size.",
    group: "stream",
    since: "5.0.0",
    arity: -3,
    flags: flag::WRITE | flag::FAST,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("ID", Kind::String).multiple()],
    ..Row::new("xdel", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let key = &args[1];
    let Some(id) = ctx.data.write_as::<Stream>(key)? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let ids: Vec<Id> = args.from(2).iter().map(|text| ids::strict(text, 0)).collect::<Result<_, _>>()?;
    let removed = ctx
        .data
        .edit_as::<Stream, _>(id, |stream| ids.iter().filter(|id| stream.log_mut().remove(**id)).count());
    if removed > 0 {
        ctx.data.changed(key);
        ctx.data.notify(class::STREAM, "xdel", key);
        ctx.data.dirty += removed as u64 - 1;
    }
    ctx.data.work.elements += ids.len() as u64;
    ctx.reply.int(removed as i64);
    Ok(())
}

//! XACK: Returns the number of messages that were successfully acknowledged by the consumer group member of a stream.

use super::ids;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_datatypes::stream::Id;
use resplay_resp::{Args, Error};

/// What the server knows of XACK.
pub(super) const ROW: Row = Row {
    summary: "Returns the number of messages that were successfully acknowledged by the consumer group member of a stream.",
    complexity: "O(1) for each message ID processed.",
    group: "stream",
    since: "5.0.0",
    arity: -4,
    flags: flag::WRITE | flag::FAST,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "UPDATE"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("group", Kind::String),
        Arg::new("ID", Kind::String).multiple(),
    ],
    ..Row::new("xack", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let id = ctx.data.read_id_as::<Stream>(&args[1])?;
    let found = id.filter(|id| ctx.data.value_as::<Stream>(*id).group(&args[2]).is_some());
    let Some(id) = found else {
        ctx.reply.int(0);
        return Ok(());
    };
    let ids: Vec<Id> = args.from(3).iter().map(|text| ids::strict(text, 0)).collect::<Result<_, _>>()?;
    let acknowledged = ctx.data.edit_as::<Stream, _>(id, |stream| {
        stream.edit_group(&args[2], |_, group| ids.iter().filter(|id| group.acknowledge(**id)).count())
    });
    let acknowledged = acknowledged.unwrap_or(0);
    ctx.data.dirty += acknowledged as u64;
    ctx.data.work.elements += ids.len() as u64;
    ctx.reply.int(acknowledged as i64);
    Ok(())
}

//! XGROUP DESTROY: Destroys a consumer group.

use super::check_key;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_resp::{Args, Error};

/// What the server knows of XGROUP DESTROY.
pub(super) const ROW: Row = Row {
    summary: "Destroys a consumer group.",
    complexity: "O(N) where N is the number of entries in the group's pending entries list (PEL).",
    group: "stream",
    since: "5.0.0",
    arity: 4,
    flags: flag::WRITE,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(2),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("group", Kind::String)],
    ..Row::new("xgroup|destroy", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let key = &args[2];
    let id = check_key(ctx.data.write_as::<Stream>(key)?)?;
    let was_there = ctx.data.edit_as::<Stream, _>(id, |stream| stream.destroy_group(&args[3]));
    if was_there {
        ctx.data.dirty += 1;
        ctx.data.notify(class::STREAM, "xgroup-destroy", key);
        // Its members must not wait for what will not come.
        ctx.data.signal(key);
    }
    ctx.reply.int(i64::from(was_there));
    Ok(())
}

//! MOVE: Moves a key to another database.

use crate::commands::options::small_integer;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of MOVE.
pub(super) const ROW: Row = Row {
    summary: "Moves a key to another database.",
    complexity: "O(1)",
    group: "generic",
    since: "1.0.0",
    arity: 3,
    flags: flag::WRITE | flag::FAST,
    acl: &["keyspace"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("db", Kind::Integer)],
    ..Row::new("move", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let key = &args[1];
    let target = super::database(ctx, small_integer(&args[2])?).ok_or(Error::DbOutOfRange)?;
    if target == ctx.data.db {
        return Err(Error::SameObject);
    }
    let Some(id) = ctx.data.write(key) else {
        ctx.reply.int(0);
        return Ok(());
    };
    if ctx.data.in_db(target, |data| data.write(key)).is_some() {
        ctx.reply.int(0);
        return Ok(());
    }
    let (_, entry) = ctx.data.take(id);
    ctx.data.touch(key);
    ctx.data.in_db(target, |data| {
        data.restore(key, entry);
        data.changed(key);
    });
    ctx.data.notify(class::GENERIC, "move_from", key);
    ctx.data.in_db(target, |data| data.notify(class::GENERIC, "move_to", key));
    ctx.reply.int(1);
    Ok(())
}

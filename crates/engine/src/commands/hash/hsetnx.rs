//! HSETNX: Sets the value of a field in a hash only when the field doesn't exist.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of HSETNX.
pub(super) const ROW: Row = Row {
    summary: "Sets the value of a field in a hash only when the field doesn't exist.",
    complexity: "O(1)",
    group: "hash",
    since: "2.0.0",
    arity: 4,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["hash"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "INSERT"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("field", Kind::String), Arg::new("value", Kind::String)],
    ..Row::new("hsetnx", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let id = ctx.data.write_hash(&args[1])?;
    let is_new =
        id.is_none_or(|id| super::hash(ctx.data.value(id)).is_some_and(|hash| !hash.contains(&args[2])));
    if is_new {
        super::set_field(ctx, &args[1], &args[2], &args[3])?;
        ctx.data.notify(class::HASH, "hset", &args[1]);
    }
    ctx.reply.int(i64::from(is_new));
    Ok(())
}

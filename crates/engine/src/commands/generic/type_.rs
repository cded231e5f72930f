//! TYPE: Determines the type of value stored at a key.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of TYPE.
pub(super) const ROW: Row = Row {
    summary: "Determines the type of value stored at a key.",
    complexity: "O(1)",
    group: "generic",
    since: "1.0.0",
    arity: 2,
    flags: flag::READONLY | flag::FAST,
    acl: &["keyspace"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("type", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let name = super::peek_aloud(ctx, &args[1]).map_or("none", |id| ctx.data.value(id).type_name());
    ctx.reply.simple(name.as_bytes());
    Ok(())
}

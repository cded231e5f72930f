//! OBJECT ENCODING: Returns the internal encoding of an object.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of OBJECT ENCODING.
pub(super) const ROW: Row = Row {
    summary: "Returns the internal encoding of an object.",
    complexity: "O(1)",
    group: "generic",
    since: "2.2.3",
    arity: 3,
    flags: flag::READONLY,
    acl: &["keyspace"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(2),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("object|encoding", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    match super::super::peek(ctx, &args[2]) {
        Some(id) => ctx.reply.bulk(ctx.data.value(id).encoding().as_bytes()),
        None => ctx.reply.null(),
    }
    Ok(())
}

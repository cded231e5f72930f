//! OBJECT FREQ: Returns the logarithmic access frequency counter of an object.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of OBJECT FREQ.
pub(super) const ROW: Row = Row {
    summary: "Returns the logarithmic access frequency counter of an object.",
    complexity: "O(1)",
    group: "generic",
    since: "4.0.0",
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
    ..Row::new("object|freq", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let Some(id) = super::super::peek(ctx, &args[2]) else {
        ctx.reply.null();
        return Ok(());
    };
    if !ctx.data.access.is_lfu() {
        return Err(Error::NotLfu);
    }
    let frequency = ctx.data.access.frequency(ctx.data.entry(id).stamp);
    ctx.reply.int(i64::from(frequency));
    Ok(())
}

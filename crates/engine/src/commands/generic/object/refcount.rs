//! OBJECT REFCOUNT: Returns the reference count of a value of a key.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::Value;
use resplay_resp::{Args, Error};

/// What the server knows of OBJECT REFCOUNT.
pub(super) const ROW: Row = Row {
    summary: "Returns the reference count of a value of a key.",
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
    ..Row::new("object|refcount", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let Some(id) = super::super::peek(ctx, &args[2]) else {
        ctx.reply.null();
        return Ok(());
    };
    let is_shared =
        shares_integers(ctx) && matches!(ctx.data.value(id), Value::Str(string) if string.is_shared());
    ctx.reply.int(if is_shared { i64::from(i32::MAX) } else { 1 });
    Ok(())
}

/// The real servers keep one object for each small integer, unless keys need access stamps of their own.
fn shares_integers(ctx: &Context<'_>) -> bool {
    let settings = &ctx.server.config.settings;
    settings.maxmemory == 0 || !settings.maxmemory_policy.needs_stamps()
}

//! PERSIST: Removes the expiration time of a key.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of PERSIST.
pub(super) const ROW: Row = Row {
    summary: "Removes the expiration time of a key.",
    complexity: "O(1)",
    group: "generic",
    since: "2.2.0",
    arity: 2,
    flags: flag::WRITE | flag::FAST,
    acl: &["keyspace"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("persist", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let had_expiry = super::persist(ctx, &args[1]);
    ctx.reply.int(i64::from(had_expiry));
    Ok(())
}

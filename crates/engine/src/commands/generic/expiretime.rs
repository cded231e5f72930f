//! EXPIRETIME: Returns the expiration time of a key as a Unix timestamp.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of EXPIRETIME.
pub(super) const ROW: Row = Row {
    summary: "Returns the expiration time of a key as a Unix timestamp.",
    complexity: "O(1)",
    group: "generic",
    since: "7.0.0",
    arity: 2,
    flags: flag::READONLY | flag::FAST,
    acl: &["keyspace"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("expiretime", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::reply_expiry(ctx, &args[1], |at_ms, _| ((i128::from(at_ms) + 500) / 1000) as i64);
    Ok(())
}

//! PTTL: Returns the expiration time in milliseconds of a key.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of PTTL.
pub(super) const ROW: Row = Row {
    summary: "Returns the expiration time in milliseconds of a key.",
    complexity: "O(1)",
    group: "generic",
    since: "2.6.0",
    history: &[("2.8.0", "Added the -2 reply.")],
    arity: 2,
    flags: flag::READONLY | flag::FAST,
    acl: &["keyspace"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("pttl", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::reply_expiry(ctx, &args[1], |at_ms, now_ms| (at_ms - now_ms).max(0));
    Ok(())
}

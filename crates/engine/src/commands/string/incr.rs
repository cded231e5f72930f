//! INCR: Increments the integer value of a key by one. Uses 0 as initial value if the key doesn't exist.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of INCR.
pub(super) const ROW: Row = Row {
    summary: "Increments the integer value of a key by one. Uses 0 as initial value if the key doesn't exist.",
    complexity: "O(1)",
    group: "string",
    since: "1.0.0",
    arity: 2,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("incr", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::add(ctx, &args[1], 1)
}

//! DECRBY: Decrements a number from the integer value of a key. Uses 0 as initial value if the key doesn't exist.

use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of DECRBY.
pub(super) const ROW: Row = Row {
    summary: "Decrements a number from the integer value of a key. Uses 0 as initial value if the key doesn't exist.",
    complexity: "O(1)",
    group: "string",
    since: "1.0.0",
    arity: 3,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("decrement", Kind::Integer)],
    ..Row::new("decrby", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let by = integer(&args[2])?.checked_neg().ok_or(Error::DecrementOverflow)?;
    super::add(ctx, &args[1], by)
}

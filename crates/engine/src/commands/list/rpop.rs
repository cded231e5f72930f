//! RPOP: Returns and removes the last elements of a list. Deletes the list if the last element was popped.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::list::Side;
use resplay_resp::{Args, Error};

/// What the server knows of RPOP.
pub(super) const ROW: Row = Row {
    summary: "Returns and removes the last elements of a list. Deletes the list if the last element was popped.",
    complexity: "O(N) where N is the number of elements returned",
    group: "list",
    since: "1.0.0",
    history: &[("6.2.0", "Added the `count` argument.")],
    arity: -2,
    flags: flag::WRITE | flag::FAST,
    acl: &["list"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("count", Kind::Integer).since("6.2.0").optional()],
    ..Row::new("rpop", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::ends::pop(ctx, args, Side::Right, "rpop")
}

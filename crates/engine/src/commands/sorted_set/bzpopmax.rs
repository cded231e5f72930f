//! BZPOPMAX: Removes and returns the member with the highest score from one or more sorted sets. Blocks until a member available otherwise.  Deletes the sorted set if the last element was popped.

use super::pop::{self, End};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of BZPOPMAX.
pub(super) const ROW: Row = Row {
    summary: "Removes and returns the member with the highest score from one or more sorted sets. Blocks until a member available otherwise.  Deletes the sorted set if the last element was popped.",
    complexity: "O(log(N)) with N being the number of elements in the sorted set.",
    group: "sorted-set",
    since: "5.0.0",
    history: &[("6.0.0", "`timeout` is interpreted as a double instead of an integer.")],
    arity: -3,
    flags: flag::WRITE | flag::FAST | flag::BLOCKING,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -2, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0).multiple(), Arg::new("timeout", Kind::Double)],
    ..Row::new("bzpopmax", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    pop::run_blocking(ctx, args, End::Max)
}

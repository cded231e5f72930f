//! ZPOPMIN: Returns the lowest-scoring members from a sorted set after removing them. Deletes the sorted set if the last member was popped.

use super::pop::{self, End};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZPOPMIN.
pub(super) const ROW: Row = Row {
    summary: "Returns the lowest-scoring members from a sorted set after removing them. Deletes the sorted set if the last member was popped.",
    complexity: "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.",
    group: "sorted-set",
    since: "5.0.0",
    arity: -2,
    flags: flag::WRITE | flag::FAST,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("count", Kind::Integer).optional()],
    ..Row::new("zpopmin", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    pop::run(ctx, args, End::Min)
}

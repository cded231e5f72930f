//! ZDIFF: Returns the difference between multiple sorted sets.

use super::combine::{self, Operation};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZDIFF.
pub(super) const ROW: Row = Row {
    summary: "Returns the difference between multiple sorted sets.",
    complexity: "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.",
    group: "sorted-set",
    since: "6.2.0",
    arity: -3,
    flags: flag::READONLY,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::KeyNum { at: 0, first: 1, step: 1 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    movable_keys: true,
    arguments: &[
        Arg::new("numkeys", Kind::Integer),
        Arg::key("key", 0).multiple(),
        Arg::word("withscores", "WITHSCORES").optional(),
    ],
    ..Row::new("zdiff", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    combine::run(ctx, args, Operation::Diff)
}

//! ZINTER: Returns the intersect of multiple sorted sets.

use super::combine::{self, Operation};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZINTER.
pub(super) const ROW: Row = Row {
    summary: "Returns the intersect of multiple sorted sets.",
    complexity: "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.",
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
        Arg::new("weight", Kind::Integer).token("WEIGHTS").optional().multiple(),
        Arg::new("aggregate", Kind::OneOf).token("AGGREGATE").optional().of(&[
            Arg::word("sum", "SUM"),
            Arg::word("min", "MIN"),
            Arg::word("max", "MAX"),
        ]),
        Arg::word("withscores", "WITHSCORES").optional(),
    ],
    ..Row::new("zinter", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    combine::run(ctx, args, Operation::Inter)
}

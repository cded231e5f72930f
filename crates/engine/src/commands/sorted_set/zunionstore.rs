//! ZUNIONSTORE: Stores the union of multiple sorted sets in a key.

use super::combine::{self, Operation};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZUNIONSTORE.
pub(super) const ROW: Row = Row {
    summary: "Stores the union of multiple sorted sets in a key.",
    complexity: "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.",
    group: "sorted-set",
    since: "2.0.0",
    arity: -4,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["sortedset"],
    keys: &[
        KeySpec {
            begin: Begin::Index(1),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["OW", "UPDATE"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Index(2),
            find: Find::KeyNum { at: 0, first: 1, step: 1 },
            flags: &["RO", "ACCESS"],
            notes: None,
        },
    ],
    movable_keys: true,
    arguments: &[
        Arg::key("destination", 0),
        Arg::new("numkeys", Kind::Integer),
        Arg::key("key", 1).multiple(),
        Arg::new("weight", Kind::Integer).token("WEIGHTS").optional().multiple(),
        Arg::new("aggregate", Kind::OneOf).token("AGGREGATE").optional().of(&[
            Arg::word("sum", "SUM"),
            Arg::word("min", "MIN"),
            Arg::word("max", "MAX"),
        ]),
    ],
    ..Row::new("zunionstore", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    combine::run_store(ctx, args, Operation::Union)
}

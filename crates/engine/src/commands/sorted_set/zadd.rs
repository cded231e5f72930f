//! ZADD: Adds one or more members to a sorted set, or updates their scores. Creates the key if it doesn't exist.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZADD.
pub(super) const ROW: Row = Row {
    summary: "Adds one or more members to a sorted set, or updates their scores. Creates the key if it doesn't exist.",
    complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
    group: "sorted-set",
    since: "1.2.0",
    history: &[
        ("2.4.0", "Accepts multiple elements."),
        ("3.0.2", "Added the `XX`, `NX`, `CH` and `INCR` options."),
        ("6.2.0", "Added the `GT` and `LT` options."),
    ],
    arity: -4,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "UPDATE"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("condition", Kind::OneOf)
            .since("3.0.2")
            .optional()
            .of(&[Arg::word("nx", "NX"), Arg::word("xx", "XX")]),
        Arg::new("comparison", Kind::OneOf)
            .since("6.2.0")
            .optional()
            .of(&[Arg::word("gt", "GT"), Arg::word("lt", "LT")]),
        Arg::word("change", "CH").since("3.0.2").optional(),
        Arg::word("increment", "INCR").since("3.0.2").optional(),
        Arg::new("data", Kind::Block)
            .multiple()
            .of(&[Arg::new("score", Kind::Double), Arg::new("member", Kind::String)]),
    ],
    ..Row::new("zadd", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::add::run(ctx, args, false)
}

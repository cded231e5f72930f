//! ZRANGE: Returns members in a sorted set within a range of indexes.

use super::range::{self, Given};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZRANGE.
pub(super) const ROW: Row = Row {
    summary: "Returns members in a sorted set within a range of indexes.",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.",
    group: "sorted-set",
    since: "1.2.0",
    history: &[("6.2.0", "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.")],
    arity: -4,
    flags: flag::READONLY,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("start", Kind::String),
        Arg::new("stop", Kind::String),
        Arg::new("sortby", Kind::OneOf)
            .since("6.2.0")
            .optional()
            .of(&[Arg::word("byscore", "BYSCORE"), Arg::word("bylex", "BYLEX")]),
        Arg::word("rev", "REV").since("6.2.0").optional(),
        Arg::new("limit", Kind::Block)
            .token("LIMIT")
            .since("6.2.0")
            .optional()
            .of(&[Arg::new("offset", Kind::Integer), Arg::new("count", Kind::Integer)]),
        Arg::word("withscores", "WITHSCORES").optional(),
    ],
    ..Row::new("zrange", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    range::run(ctx, args.from(1), Given::default())
}

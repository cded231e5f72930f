//! ZRANGESTORE: Stores a range of members from sorted set in a key.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZRANGESTORE.
pub(super) const ROW: Row = Row {
    summary: "Stores a range of members from sorted set in a key.",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements stored into the destination key.",
    group: "sorted-set",
    since: "6.2.0",
    arity: -5,
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
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["RO", "ACCESS"],
            notes: None,
        },
    ],
    arguments: &[
        Arg::key("dst", 0),
        Arg::key("src", 1),
        Arg::new("min", Kind::String),
        Arg::new("max", Kind::String),
        Arg::new("sortby", Kind::OneOf)
            .optional()
            .of(&[Arg::word("byscore", "BYSCORE"), Arg::word("bylex", "BYLEX")]),
        Arg::word("rev", "REV").optional(),
        Arg::new("limit", Kind::Block)
            .token("LIMIT")
            .optional()
            .of(&[Arg::new("offset", Kind::Integer), Arg::new("count", Kind::Integer)]),
    ],
    ..Row::new("zrangestore", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::range::run_store(ctx, args)
}

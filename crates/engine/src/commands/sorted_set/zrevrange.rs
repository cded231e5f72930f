//! ZREVRANGE: Returns members in a sorted set within a range of indexes in reverse order.

use super::range::{self, By, Given};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZREVRANGE.
pub(super) const ROW: Row = Row {
    summary: "Returns members in a sorted set within a range of indexes in reverse order.",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.",
    group: "sorted-set",
    since: "1.2.0",
    doc_flags: &["deprecated"],
    deprecated_since: Some("6.2.0"),
    replaced_by: Some("`ZRANGE` with the `REV` argument"),
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
        Arg::new("start", Kind::Integer),
        Arg::new("stop", Kind::Integer),
        Arg::word("withscores", "WITHSCORES").optional(),
    ],
    ..Row::new("zrevrange", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    range::run(ctx, args.from(1), Given { by: Some(By::Rank), reverse: Some(true) })
}

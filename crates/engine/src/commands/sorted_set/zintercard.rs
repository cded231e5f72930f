//! ZINTERCARD: Returns the number of members of the intersect of multiple sorted sets.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZINTERCARD.
pub(super) const ROW: Row = Row {
    summary: "Returns the number of members of the intersect of multiple sorted sets.",
    complexity: "O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.",
    group: "sorted-set",
    since: "7.0.0",
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
        Arg::new("limit", Kind::Integer).token("LIMIT").optional(),
    ],
    ..Row::new("zintercard", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::combine::run_count(ctx, args)
}

//! ZRANK: Returns the index of a member in a sorted set ordered by ascending scores.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZRANK.
pub(super) const ROW: Row = Row {
    summary: "Returns the index of a member in a sorted set ordered by ascending scores.",
    complexity: "O(log(N))",
    group: "sorted-set",
    since: "2.0.0",
    history: &[("7.2.0", "Added the optional `WITHSCORE` argument.")],
    arity: -3,
    flags: flag::READONLY | flag::FAST,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("member", Kind::String),
        Arg::word("withscore", "WITHSCORE").optional(),
    ],
    ..Row::new("zrank", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::rank(ctx, args, false)
}

//! ZINCRBY: Increments the score of a member in a sorted set.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZINCRBY.
pub(super) const ROW: Row = Row {
    summary: "Increments the score of a member in a sorted set.",
    complexity: "O(log(N)) where N is the number of elements in the sorted set.",
    group: "sorted-set",
    since: "1.2.0",
    arity: 4,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("increment", Kind::Integer), Arg::new("member", Kind::String)],
    ..Row::new("zincrby", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::add::run(ctx, args, true)
}

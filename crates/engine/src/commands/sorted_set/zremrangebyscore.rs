//! ZREMRANGEBYSCORE: Removes members in a sorted set within a range of scores. Deletes the sorted set if all members were removed.

use super::range::score_range;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZREMRANGEBYSCORE.
pub(super) const ROW: Row = Row {
    summary: "Removes members in a sorted set within a range of scores. Deletes the sorted set if all members were removed.",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
    group: "sorted-set",
    since: "1.2.0",
    arity: 4,
    flags: flag::WRITE,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("min", Kind::Double), Arg::new("max", Kind::Double)],
    ..Row::new("zremrangebyscore", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let range = score_range(&args[2], &args[3])?;
    super::remove_range(ctx, &args[1], |zset| zset.score_range(&range), "zremrangebyscore")
}

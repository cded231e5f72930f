//! ZREMRANGEBYLEX: Removes members in a sorted set within a lexicographical range. Deletes the sorted set if all members were removed.

use super::range::lex_range;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZREMRANGEBYLEX.
pub(super) const ROW: Row = Row {
    summary: "Removes members in a sorted set within a lexicographical range. Deletes the sorted set if all members were removed.",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
    group: "sorted-set",
    since: "2.8.9",
    arity: 4,
    flags: flag::WRITE,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("min", Kind::String), Arg::new("max", Kind::String)],
    ..Row::new("zremrangebylex", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let range = lex_range(&args[2], &args[3])?;
    super::remove_range(ctx, &args[1], |zset| zset.lex_range(&range, false), "zremrangebylex")
}

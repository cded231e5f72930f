//! ZMPOP: Returns the highest- or lowest-scoring members from one or more sorted sets after removing them. Deletes the sorted set if the last member was popped.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZMPOP.
pub(super) const ROW: Row = Row {
    summary: "Returns the highest- or lowest-scoring members from one or more sorted sets after removing them. Deletes the sorted set if the last member was popped.",
    complexity: "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.",
    group: "sorted-set",
    since: "7.0.0",
    arity: -4,
    flags: flag::WRITE,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::KeyNum { at: 0, first: 1, step: 1 },
        flags: &["RW", "ACCESS", "DELETE"],
        notes: None,
    }],
    movable_keys: true,
    arguments: &[
        Arg::new("numkeys", Kind::Integer),
        Arg::key("key", 0).multiple(),
        Arg::new("where", Kind::OneOf).of(&[Arg::word("min", "MIN"), Arg::word("max", "MAX")]),
        Arg::new("count", Kind::Integer).token("COUNT").optional(),
    ],
    ..Row::new("zmpop", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::pop::run_multiple(ctx, args, 1)
}

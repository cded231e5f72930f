//! ZDIFFSTORE: Stores the difference of multiple sorted sets in a key.

use super::combine::{self, Operation};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZDIFFSTORE.
pub(super) const ROW: Row = Row {
    summary: "Stores the difference of multiple sorted sets in a key.",
    complexity: "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.",
    group: "sorted-set",
    since: "6.2.0",
    arity: -4,
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
            find: Find::KeyNum { at: 0, first: 1, step: 1 },
            flags: &["RO", "ACCESS"],
            notes: None,
        },
    ],
    movable_keys: true,
    arguments: &[
        Arg::key("destination", 0),
        Arg::new("numkeys", Kind::Integer),
        Arg::key("key", 1).multiple(),
    ],
    ..Row::new("zdiffstore", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    combine::run_store(ctx, args, Operation::Diff)
}

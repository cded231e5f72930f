//! SORT_RO: Returns the sorted elements of a list, a set, or a sorted set.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SORT_RO.
pub(super) const ROW: Row = Row {
    summary: "Returns the sorted elements of a list, a set, or a sorted set.",
    complexity: "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).",
    group: "generic",
    since: "7.0.0",
    arity: -2,
    flags: flag::READONLY,
    acl: &["set", "sortedset", "list", "dangerous"],
    keys: &[
        KeySpec {
            begin: Begin::Index(1),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["RO", "ACCESS"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Unknown,
            find: Find::Unknown,
            flags: &["RO", "ACCESS"],
            notes: Some(
                "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
            ),
        },
    ],
    movable_keys: true,
    arguments: &[
        Arg::key("key", 0),
        Arg::new("by-pattern", Kind::Pattern).spec(1).token("BY").display("pattern").optional(),
        Arg::new("limit", Kind::Block)
            .token("LIMIT")
            .optional()
            .of(&[Arg::new("offset", Kind::Integer), Arg::new("count", Kind::Integer)]),
        Arg::new("get-pattern", Kind::Pattern)
            .spec(1)
            .token("GET")
            .display("pattern")
            .optional()
            .multiple()
            .multiple_token(),
        Arg::new("order", Kind::OneOf).optional().of(&[Arg::word("asc", "ASC"), Arg::word("desc", "DESC")]),
        Arg::word("sorting", "ALPHA").optional(),
    ],
    ..Row::new("sort_ro", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::sort::sort(ctx, args, true)
}

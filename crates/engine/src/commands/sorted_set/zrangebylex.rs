//! ZRANGEBYLEX: Returns members in a sorted set within a lexicographical range.

use super::range::{self, By, Given};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of ZRANGEBYLEX.
pub(super) const ROW: Row = Row {
    summary: "Returns members in a sorted set within a lexicographical range.",
    complexity: "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
    group: "sorted-set",
    since: "2.8.9",
    doc_flags: &["deprecated"],
    deprecated_since: Some("6.2.0"),
    replaced_by: Some("`ZRANGE` with the `BYLEX` argument"),
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
        Arg::new("min", Kind::String),
        Arg::new("max", Kind::String),
        Arg::new("limit", Kind::Block)
            .token("LIMIT")
            .optional()
            .of(&[Arg::new("offset", Kind::Integer), Arg::new("count", Kind::Integer)]),
    ],
    ..Row::new("zrangebylex", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    range::run(ctx, args.from(1), Given { by: Some(By::Lex), reverse: Some(false) })
}

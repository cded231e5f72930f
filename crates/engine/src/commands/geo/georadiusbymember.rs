//! GEORADIUSBYMEMBER: Queries a geospatial index for members within a distance from a member, optionally stores the result.

use super::search::{self, Style};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of GEORADIUSBYMEMBER.
pub(super) const ROW: Row = Row {
    summary: "Queries a geospatial index for members within a distance from a member, optionally stores the result.",
    complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
    group: "geo",
    since: "3.2.0",
    doc_flags: &["deprecated"],
    deprecated_since: Some("6.2.0"),
    replaced_by: Some("`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments"),
    history: &[
        ("6.2.0", "Added the `ANY` option for `COUNT`."),
        ("7.0.0", "Added support for uppercase unit names."),
    ],
    arity: -5,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["geo"],
    keys: &[
        KeySpec {
            begin: Begin::Index(1),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["RO", "ACCESS"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Keyword("STORE", 5),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["OW", "UPDATE"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Keyword("STOREDIST", 5),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["OW", "UPDATE"],
            notes: None,
        },
    ],
    movable_keys: true,
    arguments: &[
        Arg::key("key", 0),
        Arg::new("member", Kind::String),
        Arg::new("radius", Kind::Double),
        Arg::new("unit", Kind::OneOf).of(&[
            Arg::word("m", "m"),
            Arg::word("km", "km"),
            Arg::word("ft", "ft"),
            Arg::word("mi", "mi"),
        ]),
        Arg::word("withcoord", "WITHCOORD").optional(),
        Arg::word("withdist", "WITHDIST").optional(),
        Arg::word("withhash", "WITHHASH").optional(),
        Arg::new("count-block", Kind::Block)
            .optional()
            .of(&[Arg::new("count", Kind::Integer).token("COUNT"), Arg::word("any", "ANY").optional()]),
        Arg::new("order", Kind::OneOf).optional().of(&[Arg::word("asc", "ASC"), Arg::word("desc", "DESC")]),
        Arg::new("store", Kind::OneOf).optional().of(&[
            Arg::key("storekey", 1).token("STORE").display("key"),
            Arg::key("storedistkey", 2).token("STOREDIST").display("key"),
        ]),
    ],
    ..Row::new("georadiusbymember", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    search::run(ctx, args, Style::Member, true)
}

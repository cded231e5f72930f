//! GEORADIUS_RO: Returns members from a geospatial index that are within a distance from a coordinate.

use super::search::{self, Style};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of GEORADIUS_RO.
pub(super) const ROW: Row = Row {
    summary: "Returns members from a geospatial index that are within a distance from a coordinate.",
    complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
    group: "geo",
    since: "3.2.10",
    doc_flags: &["deprecated"],
    deprecated_since: Some("6.2.0"),
    replaced_by: Some("`GEOSEARCH` with the `BYRADIUS` argument"),
    history: &[
        ("6.2.0", "Added the `ANY` option for `COUNT`."),
        ("7.0.0", "Added support for uppercase unit names."),
    ],
    arity: -6,
    flags: flag::READONLY,
    acl: &["geo"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("longitude", Kind::Double),
        Arg::new("latitude", Kind::Double),
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
        Arg::new("count-block", Kind::Block).optional().of(&[
            Arg::new("count", Kind::Integer).token("COUNT"),
            Arg::word("any", "ANY").since("6.2.0").optional(),
        ]),
        Arg::new("order", Kind::OneOf).optional().of(&[Arg::word("asc", "ASC"), Arg::word("desc", "DESC")]),
    ],
    ..Row::new("georadius_ro", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    search::run(ctx, args, Style::Coordinates, false)
}

//! GEOSEARCHSTORE: Queries a geospatial index for members inside an area of a box or a circle, optionally stores the result.

use super::search::{self, Style};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of GEOSEARCHSTORE.
pub(super) const ROW: Row = Row {
    summary: "Queries a geospatial index for members inside an area of a box or a circle, optionally stores the result.",
    complexity: "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is the number of items inside the shape",
    group: "geo",
    since: "6.2.0",
    history: &[("7.0.0", "Added support for uppercase unit names.")],
    arity: -8,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["geo"],
    keys: &[
        KeySpec {
            begin: Begin::Index(1),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["OW", "UPDATE"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Index(2),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["RO", "ACCESS"],
            notes: None,
        },
    ],
    arguments: &[
        Arg::key("destination", 0),
        Arg::key("source", 1),
        Arg::new("from", Kind::OneOf).of(&[
            Arg::new("member", Kind::String).token("FROMMEMBER"),
            Arg::new("fromlonlat", Kind::Block)
                .token("FROMLONLAT")
                .of(&[Arg::new("longitude", Kind::Double), Arg::new("latitude", Kind::Double)]),
        ]),
        Arg::new("by", Kind::OneOf).of(&[
            Arg::new("circle", Kind::Block).of(&[
                Arg::new("radius", Kind::Double).token("BYRADIUS"),
                Arg::new("unit", Kind::OneOf).of(&[
                    Arg::word("m", "m"),
                    Arg::word("km", "km"),
                    Arg::word("ft", "ft"),
                    Arg::word("mi", "mi"),
                ]),
            ]),
            Arg::new("box", Kind::Block).of(&[
                Arg::new("width", Kind::Double).token("BYBOX"),
                Arg::new("height", Kind::Double),
                Arg::new("unit", Kind::OneOf).of(&[
                    Arg::word("m", "m"),
                    Arg::word("km", "km"),
                    Arg::word("ft", "ft"),
                    Arg::word("mi", "mi"),
                ]),
            ]),
        ]),
        Arg::new("order", Kind::OneOf).optional().of(&[Arg::word("asc", "ASC"), Arg::word("desc", "DESC")]),
        Arg::new("count-block", Kind::Block)
            .optional()
            .of(&[Arg::new("count", Kind::Integer).token("COUNT"), Arg::word("any", "ANY").optional()]),
        Arg::word("storedist", "STOREDIST").optional(),
    ],
    ..Row::new("geosearchstore", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    search::run(ctx, args, Style::SearchStore, true)
}

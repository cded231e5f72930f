//! GEODIST: Returns the distance between two members of a geospatial index.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of GEODIST.
pub(super) const ROW: Row = Row {
    summary: "Returns the distance between two members of a geospatial index.",
    complexity: "O(1)",
    group: "geo",
    since: "3.2.0",
    arity: -4,
    flags: flag::READONLY,
    acl: &["geo"],
    keys: &[KeySpec { begin: Begin::Index(1), find: Find::Range { last: 0, step: 1, limit: 0 }, flags: &["RO", "ACCESS"], notes: None }],
    arguments: &[Arg::key("key", 0), Arg::new("member1", Kind::String), Arg::new("member2", Kind::String), Arg::new("unit", Kind::OneOf).optional().of(&[Arg::word("m", "m"), Arg::word("km", "km"), Arg::word("ft", "ft"), Arg::word("mi", "mi")])],
    ..Row::new("geodist", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let _ = (ctx, args);
    Err(Error::Syntax) // SKELETON
}

//! GEOPOS: Returns the longitude and latitude of members from a geospatial index.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of GEOPOS.
pub(super) const ROW: Row = Row {
    summary: "Returns the longitude and latitude of members from a geospatial index.",
    complexity: "O(1) for each member requested.",
    group: "geo",
    since: "3.2.0",
    arity: -2,
    flags: flag::READONLY,
    acl: &["geo"],
    keys: &[KeySpec { begin: Begin::Index(1), find: Find::Range { last: 0, step: 1, limit: 0 }, flags: &["RO", "ACCESS"], notes: None }],
    arguments: &[Arg::key("key", 0), Arg::new("member", Kind::String).optional().multiple()],
    ..Row::new("geopos", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let _ = (ctx, args);
    Err(Error::Syntax) // SKELETON
}

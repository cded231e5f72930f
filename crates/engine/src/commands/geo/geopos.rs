//! GEOPOS: Returns the longitude and latitude of members from a geospatial index.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{Zset, geohash::Point};
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
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("member", Kind::String).optional().multiple()],
    ..Row::new("geopos", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (zset, members) = (ctx.data.read_as::<Zset>(&args[1])?, args.from(2));
    ctx.reply.array(members.len());
    for member in members.iter() {
        match zset.and_then(|zset| zset.score(member)) {
            Some(score) => super::reply_point(&mut ctx.reply, &Point::of_score(score)),
            None => ctx.reply.null_array(),
        }
    }
    ctx.data.work.elements += members.len() as u64;
    Ok(())
}

//! GEOHASH: Returns members from a geospatial index as geohash strings.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{Zset, geohash::Point};
use resplay_resp::{Args, Error};

/// What the server knows of GEOHASH.
pub(super) const ROW: Row = Row {
    summary: "Returns members from a geospatial index as geohash strings.",
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
    ..Row::new("geohash", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (zset, members) = (ctx.data.read_as::<Zset>(&args[1])?, args.from(2));
    ctx.reply.array(members.len());
    for member in members.iter() {
        match zset.and_then(|zset| zset.score(member)) {
            Some(score) => ctx.reply.bulk(&Point::of_score(score).text()),
            None => ctx.reply.null(),
        }
    }
    ctx.data.work.elements += members.len() as u64;
    Ok(())
}

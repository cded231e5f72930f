//! GEODIST: Returns the distance between two members of a geospatial index.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{Zset, geohash::Point};
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
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("member1", Kind::String),
        Arg::new("member2", Kind::String),
        Arg::new("unit", Kind::OneOf).optional().of(&[
            Arg::word("m", "m"),
            Arg::word("km", "km"),
            Arg::word("ft", "ft"),
            Arg::word("mi", "mi"),
        ]),
    ],
    ..Row::new("geodist", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let unit = args.get(4).filter(|_| args.len() == 5).map_or(Ok(1.0), super::unit)?;
    if args.len() > 5 {
        return Err(Error::Syntax);
    }
    let zset = ctx.data.read_as::<Zset>(&args[1])?;
    let point = |member: &[u8]| zset.and_then(|zset| zset.score(member)).map(Point::of_score);
    match (point(&args[2]), point(&args[3])) {
        (Some(one), Some(other)) => super::reply_distance(&mut ctx.reply, one.distance(&other) / unit),
        _ => ctx.reply.null(),
    }
    Ok(())
}

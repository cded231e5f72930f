//! ZMSCORE: Returns the score of one or more members in a sorted set.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Zset;
use resplay_resp::{Args, Error};

/// What the server knows of ZMSCORE.
pub(super) const ROW: Row = Row {
    summary: "Returns the score of one or more members in a sorted set.",
    complexity: "O(N) where N is the number of members being requested.",
    group: "sorted-set",
    since: "6.2.0",
    arity: -3,
    flags: flag::READONLY | flag::FAST,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("member", Kind::String).multiple()],
    ..Row::new("zmscore", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let zset = ctx.data.read_as::<Zset>(&args[1])?;
    let members = args.from(2);
    ctx.reply.array(members.len());
    for member in members.iter() {
        match zset.and_then(|zset| zset.score(member)) {
            Some(score) => ctx.reply.double(score),
            None => ctx.reply.null(),
        }
    }
    ctx.data.work.elements += members.len() as u64 - 1;
    Ok(())
}

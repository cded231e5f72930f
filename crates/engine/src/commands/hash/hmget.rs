//! HMGET: Returns the values of all fields in a hash.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of HMGET.
pub(super) const ROW: Row = Row {
    summary: "Returns the values of all fields in a hash.",
    complexity: "O(N) where N is the number of fields being requested.",
    group: "hash",
    since: "2.0.0",
    arity: -3,
    flags: flag::READONLY | flag::FAST,
    acl: &["hash"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("field", Kind::String).multiple()],
    ..Row::new("hmget", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let hash = ctx.data.read_hash(&args[1])?;
    ctx.reply.array(args.len() - 2);
    for field in args.from(2).iter() {
        super::reply_field(hash.and_then(|hash| hash.get(field)), &mut ctx.reply);
    }
    ctx.data.work.elements += args.len() as u64 - 3;
    Ok(())
}

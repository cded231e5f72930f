//! MGET: Atomically returns the string values of one or more keys.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of MGET.
pub(super) const ROW: Row = Row {
    summary: "Atomically returns the string values of one or more keys.",
    complexity: "O(N) where N is the number of keys to retrieve.",
    group: "string",
    since: "1.0.0",
    arity: -2,
    flags: flag::READONLY | flag::FAST,
    acl: &["string"],
    tips: &["request_policy:multi_shard"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -1, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0).multiple()],
    ..Row::new("mget", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    ctx.reply.array(args.len() - 1);
    for key in args.from(1).iter() {
        super::reply_string(ctx.data.read_string(key).unwrap_or(None), &mut ctx.reply);
    }
    ctx.data.work.elements += args.len() as u64 - 2;
    Ok(())
}

//! MSET: Atomically creates or modifies the string values of one or more keys.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of MSET.
pub(super) const ROW: Row = Row {
    summary: "Atomically creates or modifies the string values of one or more keys.",
    complexity: "O(N) where N is the number of keys to set.",
    group: "string",
    since: "1.0.1",
    arity: -3,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["string"],
    tips: &["request_policy:multi_shard", "response_policy:all_succeeded"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -1, step: 2, limit: 0 },
        flags: &["OW", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::new("data", Kind::Block)
        .multiple()
        .of(&[Arg::key("key", 0), Arg::new("value", Kind::String)])],
    ..Row::new("mset", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::check_pairs(args, "mset")?;
    super::assign_pairs(ctx, args);
    ctx.reply.ok();
    Ok(())
}

//! MSETNX: Atomically modifies the string values of one or more keys only when all keys don't exist.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of MSETNX.
pub(super) const ROW: Row = Row {
    summary: "Atomically modifies the string values of one or more keys only when all keys don't exist.",
    complexity: "O(N) where N is the number of keys to set.",
    group: "string",
    since: "1.0.1",
    arity: -3,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -1, step: 2, limit: 0 },
        flags: &["OW", "INSERT"],
        notes: None,
    }],
    arguments: &[Arg::new("data", Kind::Block)
        .multiple()
        .of(&[Arg::key("key", 0), Arg::new("value", Kind::String)])],
    ..Row::new("msetnx", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::check_pairs(args, "msetnx")?;
    let is_free = args.from(1).iter().step_by(2).all(|key| ctx.data.write(key).is_none());
    if is_free {
        super::assign_pairs(ctx, args);
    }
    ctx.reply.int(i64::from(is_free));
    Ok(())
}

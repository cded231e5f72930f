//! HGETALL: Returns all fields and values in a hash.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of HGETALL.
pub(super) const ROW: Row = Row {
    summary: "Returns all fields and values in a hash.",
    complexity: "O(N) where N is the size of the hash.",
    group: "hash",
    since: "2.0.0",
    arity: 2,
    flags: flag::READONLY,
    acl: &["hash"],
    tips: &["nondeterministic_output_order"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("hgetall", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let hash = ctx.data.read_hash(&args[1])?;
    let len = hash.map_or(0, |hash| hash.len());
    ctx.reply.map(len);
    for (field, value) in hash.into_iter().flat_map(|hash| hash.iter()) {
        ctx.reply.bulk(field);
        ctx.reply.bulk(value);
    }
    ctx.data.work.elements += 2 * len as u64;
    Ok(())
}

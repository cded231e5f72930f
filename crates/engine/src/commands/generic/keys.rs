//! KEYS: Returns all key names that match a pattern.

use crate::context::Context;
use crate::glob;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of KEYS.
pub(super) const ROW: Row = Row {
    summary: "Returns all key names that match a pattern.",
    complexity: "O(N) with N being the number of keys in the database, under the assumption that the key names in the database and the given pattern have limited length.",
    group: "generic",
    since: "1.0.0",
    arity: 2,
    flags: flag::READONLY,
    acl: &["keyspace", "dangerous"],
    tips: &["request_policy:all_shards", "nondeterministic_output_order"],
    arguments: &[Arg::new("pattern", Kind::Pattern)],
    ..Row::new("keys", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let now_ms = ctx.data.now_ms();
    let database = ctx.data.current();
    let is_alive = |at_ms: Option<i64>| at_ms.is_none_or(|at_ms| now_ms <= at_ms);
    let found: Vec<&[u8]> = database
        .keys()
        .iter()
        .filter(|(key, entry)| is_alive(database.expire_ms(entry)) && glob::selects(&args[1], key))
        .map(|(key, _)| key)
        .collect();
    ctx.reply.array(found.len());
    for key in found {
        ctx.reply.bulk(key);
    }
    ctx.data.work.elements += ctx.data.current().len() as u64;
    Ok(())
}

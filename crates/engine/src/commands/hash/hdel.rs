//! HDEL: Deletes one or more fields and their values from a hash. Deletes the hash if no fields remain.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of HDEL.
pub(super) const ROW: Row = Row {
    summary: "Deletes one or more fields and their values from a hash. Deletes the hash if no fields remain.",
    complexity: "O(N) where N is the number of fields to be removed.",
    group: "hash",
    since: "2.0.0",
    history: &[("2.4.0", "Accepts multiple `field` arguments.")],
    arity: -3,
    flags: flag::WRITE | flag::FAST,
    acl: &["hash"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("field", Kind::String).multiple()],
    ..Row::new("hdel", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let key = &args[1];
    let Some(id) = ctx.data.write_hash(key)? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let (removed, is_empty) = ctx.data.edit(id, |value| {
        let Some(hash) = super::hash_mut(value) else { return (0, false) };
        let removed = args.from(2).iter().filter(|field| hash.remove(field)).count();
        (removed, hash.is_empty())
    });
    if removed > 0 {
        ctx.data.changed(key);
        ctx.data.notify(class::HASH, "hdel", key);
        ctx.data.dirty += removed as u64 - 1;
    }
    if is_empty {
        ctx.data.remove(key);
        ctx.data.notify(class::GENERIC, "del", key);
    }
    ctx.data.work.elements += args.len() as u64 - 3;
    ctx.reply.int(removed as i64);
    Ok(())
}

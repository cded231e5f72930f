//! WATCH: Monitors changes to keys to determine the execution of a transaction.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use crate::session::Watched;
use resplay_resp::{Args, Error};

/// What the server knows of WATCH.
pub(super) const ROW: Row = Row {
    summary: "Monitors changes to keys to determine the execution of a transaction.",
    complexity: "O(1) for every key.",
    group: "transactions",
    since: "2.2.0",
    arity: -2,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::FAST | flag::NO_MULTI | flag::ALLOW_BUSY,
    acl: &["transaction"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -1, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0).multiple()],
    ..Row::new("watch", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    // Once a watched key has changed nothing can save the transaction.
    if !ctx.client.is_cas_dirty {
        for key in args.from(1).iter() {
            watch(ctx, key);
        }
    }
    ctx.reply.ok();
    Ok(())
}

fn watch(ctx: &mut Context<'_>, key: &[u8]) {
    let db = ctx.data.db;
    let is_watched = |watched: &Watched| watched.db == db && *watched.key == *key;
    if ctx.client.watched.iter().any(is_watched) {
        return;
    }
    let was_dead = ctx.data.current().find(key).is_some_and(|id| ctx.data.is_dead(id));
    ctx.data.watch(ctx.client.id, key);
    ctx.client.watched.push(Watched { db, key: key.into(), was_dead });
}

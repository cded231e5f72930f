//! EXEC: Executes all commands in a transaction.

use crate::context::Context;
use crate::dispatch;
use crate::row::{Row, flag};
use crate::session::Multi;
use resplay_resp::{Args, Error};

/// What the server knows of EXEC.
pub(super) const ROW: Row = Row {
    summary: "Executes all commands in a transaction.",
    complexity: "Depends on commands in the transaction",
    group: "transactions",
    since: "1.2.0",
    arity: 1,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SKIP_SLOWLOG,
    acl: &["transaction"],
    ..Row::new("exec", run)
};

fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    let Some(multi) = &mut ctx.client.multi else { return Err(Error::ExecWithoutMulti) };
    let (is_aborted, queue) = (multi.is_aborted, std::mem::take(&mut multi.queue));
    let is_stale = ctx.client.is_cas_dirty || watches_dead_key(ctx);
    super::abandon_transaction(ctx);
    if is_aborted {
        return Err(Error::ExecAbort);
    }
    if is_stale {
        ctx.reply.null_array();
        return Ok(());
    }
    let start = ctx.reply.out.len();
    ctx.reply.array(queue.len());
    dispatch::take_back_if_muted(ctx, start);
    ctx.client.multi = Some(Multi { running: queue.len(), ..Multi::default() });
    for (found, words) in &queue {
        let start = ctx.reply.out.len();
        dispatch::call(ctx, *found, words.as_args());
        // CLIENT REPLY is obeyed from one command to the next: what was answered before it stays.
        dispatch::take_back_if_muted(ctx, start);
    }
    ctx.client.kept = ctx.reply.out.len();
    ctx.client.multi = None;
    // The commands were repeated one by one; EXEC itself is not.
    ctx.data.propagation.replace();
    Ok(())
}

/// A watched key died since: that is a change, although nobody noticed it yet.
fn watches_dead_key(ctx: &Context<'_>) -> bool {
    ctx.client.watched.iter().any(|watched| {
        let database = ctx.data.database(watched.db);
        let expiry = database.find(&watched.key).and_then(|id| database.expire_ms(database.entry(id)));
        !watched.was_dead && expiry.is_some_and(|at_ms| ctx.data.now_ms() > at_ms)
    })
}

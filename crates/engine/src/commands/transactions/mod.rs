//! The transactions commands.

mod discard;
mod exec;
mod multi;
mod unwatch;
mod watch;

use crate::context::Context;
use crate::row::Row;

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[&discard::ROW, &exec::ROW, &multi::ROW, &unwatch::ROW, &watch::ROW];

/// Ends a transaction without running it: nothing is queued or watched any more.
pub fn abandon_transaction(ctx: &mut Context<'_>) {
    ctx.client.multi = None;
    ctx.client.is_cas_dirty = false;
    unwatch_all(ctx);
}

/// The client watches nothing any more.
pub(super) fn unwatch_all(ctx: &mut Context<'_>) {
    for watched in std::mem::take(&mut ctx.client.watched) {
        ctx.data.unwatch(ctx.client.id, watched.db, &watched.key);
    }
}

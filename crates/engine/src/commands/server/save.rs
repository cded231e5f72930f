//! SAVE: Synchronously saves the database(s) to disk.

use crate::blocking::Reason;
use crate::context::Context;
use crate::rdb::Purpose;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SAVE.
pub(super) const ROW: Row = Row {
    summary: "Synchronously saves the database(s) to disk.",
    complexity: "O(N) where N is the total number of keys in all databases",
    group: "server",
    since: "1.0.0",
    arity: 1,
    flags: flag::NO_ASYNC_LOADING | flag::ADMIN | flag::NOSCRIPT | flag::NO_MULTI,
    ..Row::new("save", run)
};

/// The reply comes when the file is in its place, or could not be written.
fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    super::refuse_while_saving(ctx)?;
    ctx.server.start_save(ctx.data, ctx.host, Purpose::Command(ctx.client.id));
    ctx.block(Reason::Files, None, None);
    Ok(())
}

//! BGSAVE: Asynchronously saves the database(s) to disk.

use crate::context::Context;
use crate::rdb::Purpose;
use crate::row::{Arg, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of BGSAVE.
pub(super) const ROW: Row = Row {
    summary: "Asynchronously saves the database(s) to disk.",
    complexity: "O(1)",
    group: "server",
    since: "1.0.0",
    history: &[("3.2.2", "Added the `SCHEDULE` option.")],
    arity: -1,
    flags: flag::NO_ASYNC_LOADING | flag::ADMIN | flag::NOSCRIPT,
    arguments: &[Arg::word("schedule", "SCHEDULE").since("3.2.2").optional()],
    ..Row::new("bgsave", run)
};

/// SCHEDULE says something only while the append-only file is rewritten.
fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let is_known = args.len() == 1 || (args.len() == 2 && args[1].eq_ignore_ascii_case(b"schedule"));
    if !is_known {
        return Err(Error::Syntax);
    }
    super::refuse_while_saving(ctx)?;
    let is_busy = ctx.server.is_writing_in_background();
    if ctx.client.multi.is_some() || (is_busy && args.len() > 1) {
        ctx.server.rdb.schedule();
        ctx.reply.simple(b"Background saving scheduled");
    } else if is_busy {
        return Err(Error::Custom(BUSY.to_string()));
    } else {
        ctx.server.start_save(ctx.data, ctx.host, Purpose::Background);
        ctx.reply.simple(b"Background saving started");
    }
    Ok(())
}

const BUSY: &str = "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to \
    schedule a BGSAVE whenever possible.";

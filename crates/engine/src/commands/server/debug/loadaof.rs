//! DEBUG LOADAOF: writes what is to be written to the append-only file, removes the data, and reads the file.

use crate::aof::LoadFor;
use crate::blocking::Reason;
use crate::context::Context;
use resplay_resp::{Args, Error};

/// As DEBUG RELOAD, it is awaited, and so cannot be a part of a transaction.
pub(super) fn run(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    if ctx.client.multi.is_some() {
        return Err(Error::Custom("ERR DEBUG LOADAOF is not possible inside MULTI".to_string()));
    }
    ctx.server.aof.append_now(ctx.host);
    ctx.data.flush_before_reload();
    ctx.server.start_aof_load(ctx.data, ctx.host, LoadFor::Debug(ctx.client.id));
    ctx.block(Reason::Files, None, None);
    Ok(())
}

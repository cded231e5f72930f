//! DEBUG RELOAD: saves the data, removes it, and reads the file.

use crate::blocking::Reason;
use crate::context::Context;
use crate::rdb::{Purpose, Reload};
use resplay_resp::{Args, Error};

/// As everywhere where files are awaited, nothing else happens meanwhile; so it cannot be a part of a transaction, whose
/// commands do not wait. (The real servers can: their disk operations block the process where they stand.)
///
/// A background save is given up.
pub(super) fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let mut reload = Reload { client: ctx.client.id, flushes: true, merges: false };
    let mut saves = true;
    for word in args.from(2).iter() {
        match word.to_ascii_lowercase().as_slice() {
            b"merge" => reload.merges = true,
            b"noflush" => reload.flushes = false,
            b"nosave" => saves = false,
            _ => {
                let why = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.";
                return Err(Error::Custom(why.to_string()));
            }
        }
    }
    if ctx.client.multi.is_some() {
        return Err(Error::Custom("ERR DEBUG RELOAD is not possible inside MULTI".to_string()));
    }
    ctx.server.end_background_save(ctx.data, ctx.host);
    if saves {
        ctx.server.start_save(ctx.data, ctx.host, Purpose::Reload(reload));
    } else {
        ctx.server.start_reload(ctx.data, ctx.host, reload);
    }
    ctx.block(Reason::Files, None, None);
    Ok(())
}

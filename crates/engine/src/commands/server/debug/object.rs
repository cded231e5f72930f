//! DEBUG OBJECT and LISTPACK: how a value is kept.

use crate::context::Context;
use crate::log::log;
use resplay_datatypes::EntryId;
use resplay_resp::{Args, Error};

/// As OBJECT … fast of the real servers: the length of the value in a snapshot is not told. There are no addresses;
/// what stands in their place is where the entry begins in memory as the published formula counts it: nowhere.
pub(super) fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let id = find(ctx, &args[2])?;
    let (entry, access) = (ctx.data.entry(id), &ctx.data.access);
    let text = format!(
        "Value at:0x0 refcount:1 encoding:{} lru:{} lru_seconds_idle:{} lfu_freq:{} lfu_access_time_minutes:{}",
        entry.value.encoding(),
        entry.stamp,
        access.idle_secs(entry.stamp),
        access.frequency(entry.stamp),
        entry.stamp >> 8,
    );
    ctx.reply.simple(text.as_bytes());
    Ok(())
}

/// The real servers print the structure to their standard output; here a line in the log says how much there is.
pub(super) fn listpack(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let id = find(ctx, &args[2])?;
    let value = ctx.data.value(id);
    if value.encoding() != "listpack" {
        return Err(Error::Custom("ERR Not a listpack encoded object.".to_string()));
    }
    let text = format!("Listpack of {} elements, {} bytes", value.elements(), value.logical_bytes());
    log(ctx.host, '*', &text);
    ctx.reply.simple(b"Listpack structure printed on stdout");
    Ok(())
}

/// A key as it lies there, dead or alive.
fn find(ctx: &Context<'_>, key: &[u8]) -> Result<EntryId, Error> {
    ctx.data.current().find(key).ok_or(Error::NoSuchKey)
}

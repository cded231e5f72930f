//! SETRANGE: Overwrites a part of a string value with another by an offset. Creates the key if it doesn't exist.

use crate::commands::options::integer;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{Str, Value};
use resplay_resp::{Args, Error};

/// What the server knows of SETRANGE.
pub(super) const ROW: Row = Row {
    summary: "Overwrites a part of a string value with another by an offset. Creates the key if it doesn't exist.",
    complexity: "O(1), not counting the time taken to copy the new string in place. Usually, this string is very small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M being the length of the value argument.",
    group: "string",
    since: "2.2.0",
    arity: 4,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("offset", Kind::Integer), Arg::new("value", Kind::String)],
    ..Row::new("setrange", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let offset = usize::try_from(integer(&args[2])?).map_err(|_| Error::OffsetOutOfRange)?;
    let patch = &args[3];
    let found = ctx.data.write_string(&args[1])?;
    let old = found.map_or(0, |id| super::string_len(ctx.data, id));
    if patch.is_empty() {
        ctx.reply.int(old as i64);
        return Ok(());
    }
    super::check_length(ctx, offset, patch.len())?;
    let id = found.unwrap_or_else(|| ctx.data.insert(&args[1], Value::Str(Str::raw(Vec::new()))));
    let len = ctx.data.edit(id, |value| {
        let buffer = super::buffer(value);
        buffer.resize(buffer.len().max(offset + patch.len()), 0);
        buffer[offset..offset + patch.len()].copy_from_slice(patch);
        buffer.len()
    });
    ctx.data.changed(&args[1]);
    ctx.data.notify(class::STRING, "setrange", &args[1]);
    ctx.data.work.bytes += (offset + patch.len()).saturating_sub(old) as u64;
    ctx.reply.int(len as i64);
    Ok(())
}

//! SETNX: Set the string value of a key only when the key doesn't exist.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SETNX.
pub(super) const ROW: Row = Row {
    summary: "Set the string value of a key only when the key doesn't exist.",
    complexity: "O(1)",
    group: "string",
    since: "1.0.0",
    doc_flags: &["deprecated"],
    deprecated_since: Some("2.6.12"),
    replaced_by: Some("`SET` with the `NX` argument"),
    arity: 3,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["OW", "INSERT"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("value", Kind::String)],
    ..Row::new("setnx", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    if ctx.data.write(&args[1]).is_some() {
        ctx.reply.int(0);
        return Ok(());
    }
    super::assign(ctx, &args[1], &args[2]);
    ctx.reply.int(1);
    Ok(())
}

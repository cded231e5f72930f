//! PSETEX: Sets both string value and expiration time in milliseconds of a key. The key is created if it doesn't exist.

use crate::commands::options::{Expiry, Unit};
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of PSETEX.
pub(super) const ROW: Row = Row {
    summary: "Sets both string value and expiration time in milliseconds of a key. The key is created if it doesn't exist.",
    complexity: "O(1)",
    group: "string",
    since: "2.6.0",
    doc_flags: &["deprecated"],
    deprecated_since: Some("2.6.12"),
    replaced_by: Some("`SET` with the `PX` argument"),
    arity: 4,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["OW", "UPDATE"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("milliseconds", Kind::Integer),
        Arg::new("value", Kind::String),
    ],
    ..Row::new("psetex", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let expiry = Expiry::In(&args[2], Unit::Milliseconds);
    let at_ms = expiry.deadline(ctx.data.now_ms(), "psetex")?;
    super::assign(ctx, &args[1], &args[3]);
    if let (Some(at), Some(id)) = (at_ms, ctx.data.find(&args[1])) {
        ctx.data.set_expiry(id, at_ms);
        ctx.data.notify(class::GENERIC, "expire", &args[1]);
        ctx.rewrite(&[b"SET", &args[1], &args[3], b"PXAT", at.to_string().as_bytes()]);
    }
    ctx.reply.ok();
    Ok(())
}

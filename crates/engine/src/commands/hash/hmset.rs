//! HMSET: Sets the values of multiple fields.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of HMSET.
pub(super) const ROW: Row = Row {
    summary: "Sets the values of multiple fields.",
    complexity: "O(N) where N is the number of fields being set.",
    group: "hash",
    since: "2.0.0",
    doc_flags: &["deprecated"],
    deprecated_since: Some("4.0.0"),
    replaced_by: Some("`HSET` with multiple field-value pairs"),
    arity: -4,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["hash"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "UPDATE"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("data", Kind::Block)
            .multiple()
            .of(&[Arg::new("field", Kind::String), Arg::new("value", Kind::String)]),
    ],
    ..Row::new("hmset", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::set_pairs(ctx, args, "hmset")?;
    ctx.reply.ok();
    Ok(())
}

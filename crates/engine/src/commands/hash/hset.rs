//! HSET: Creates or modifies the value of a field in a hash.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of HSET.
pub(super) const ROW: Row = Row {
    summary: "Creates or modifies the value of a field in a hash.",
    complexity: "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is called with multiple field/value pairs.",
    group: "hash",
    since: "2.0.0",
    history: &[("4.0.0", "Accepts multiple `field` and `value` arguments.")],
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
    ..Row::new("hset", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let added = super::set_pairs(ctx, args, "hset")?;
    ctx.reply.int(added);
    Ok(())
}

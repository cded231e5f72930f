//! RENAME: Renames a key and overwrites the destination.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of RENAME.
pub(super) const ROW: Row = Row {
    summary: "Renames a key and overwrites the destination.",
    complexity: "O(1)",
    group: "generic",
    since: "1.0.0",
    arity: 3,
    flags: flag::WRITE,
    acl: &["keyspace"],
    keys: &[
        KeySpec {
            begin: Begin::Index(1),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["RW", "ACCESS", "DELETE"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Index(2),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["OW", "UPDATE"],
            notes: None,
        },
    ],
    arguments: &[Arg::key("key", 0), Arg::key("newkey", 1)],
    ..Row::new("rename", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::rename_key(ctx, args, false)?;
    ctx.reply.ok();
    Ok(())
}

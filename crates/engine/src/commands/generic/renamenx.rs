//! RENAMENX: Renames a key only when the target key name doesn't exist.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of RENAMENX.
pub(super) const ROW: Row = Row {
    summary: "Renames a key only when the target key name doesn't exist.",
    complexity: "O(1)",
    group: "generic",
    since: "1.0.0",
    history: &[(
        "3.2.0",
        "The command no longer returns an error when source and destination names are the same.",
    )],
    arity: 3,
    flags: flag::WRITE | flag::FAST,
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
            flags: &["OW", "INSERT"],
            notes: None,
        },
    ],
    arguments: &[Arg::key("key", 0), Arg::key("newkey", 1)],
    ..Row::new("renamenx", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let renamed = super::rename_key(ctx, args, true)?;
    ctx.reply.int(i64::from(renamed));
    Ok(())
}

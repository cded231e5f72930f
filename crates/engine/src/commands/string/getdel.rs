//! GETDEL: Returns the string value of a key after deleting the key.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of GETDEL.
pub(super) const ROW: Row = Row {
    summary: "Returns the string value of a key after deleting the key.",
    complexity: "O(1)",
    group: "string",
    since: "6.2.0",
    arity: 2,
    flags: flag::WRITE | flag::FAST,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("getdel", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let value = ctx.data.read_string(&args[1])?;
    let found = value.is_some();
    super::reply_string(value, &mut ctx.reply);
    if found {
        ctx.data.remove(&args[1]);
        ctx.data.changed(&args[1]);
        ctx.data.notify(class::GENERIC, "del", &args[1]);
        ctx.rewrite(&[b"DEL", &args[1]]);
    }
    Ok(())
}

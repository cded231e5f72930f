//! GET: Returns the string value of a key.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of GET.
pub(super) const ROW: Row = Row {
    summary: "Returns the string value of a key.",
    complexity: "O(1)",
    group: "string",
    since: "1.0.0",
    arity: 2,
    flags: flag::READONLY | flag::FAST,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("get", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::reply_string(ctx.data.read_string(&args[1])?, &mut ctx.reply);
    Ok(())
}

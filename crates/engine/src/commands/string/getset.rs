//! GETSET: Returns the previous string value of a key after setting it to a new value.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of GETSET.
pub(super) const ROW: Row = Row {
    summary: "Returns the previous string value of a key after setting it to a new value.",
    complexity: "O(1)",
    group: "string",
    since: "1.0.0",
    doc_flags: &["deprecated"],
    deprecated_since: Some("6.2.0"),
    replaced_by: Some("`SET` with the `!GET` argument"),
    arity: 3,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("value", Kind::String)],
    ..Row::new("getset", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::reply_string(ctx.data.read_string(&args[1])?, &mut ctx.reply);
    super::assign(ctx, &args[1], &args[2]);
    ctx.rewrite(&[b"SET", &args[1], &args[2]]);
    Ok(())
}

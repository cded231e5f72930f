//! STRLEN: Returns the length of a string value.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::Str;
use resplay_resp::{Args, Error};

/// What the server knows of STRLEN.
pub(super) const ROW: Row = Row {
    summary: "Returns the length of a string value.",
    complexity: "O(1)",
    group: "string",
    since: "2.2.0",
    arity: 2,
    flags: flag::READONLY | flag::FAST,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("strlen", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let len = ctx.data.read_string(&args[1])?.map_or(0, Str::len);
    ctx.reply.int(len as i64);
    Ok(())
}

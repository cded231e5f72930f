//! LLEN: Returns the length of a list.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::List;
use resplay_resp::{Args, Error};

/// What the server knows of LLEN.
pub(super) const ROW: Row = Row {
    summary: "Returns the length of a list.",
    complexity: "O(1)",
    group: "list",
    since: "1.0.0",
    arity: 2,
    flags: flag::READONLY | flag::FAST,
    acl: &["list"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("llen", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let len = ctx.data.read_as::<List>(&args[1])?.map_or(0, List::len);
    ctx.reply.int(len as i64);
    Ok(())
}

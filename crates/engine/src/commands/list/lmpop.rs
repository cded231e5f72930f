//! LMPOP: Returns multiple elements from a list after removing them. Deletes the list if the last element was popped.

use super::several::Several;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of LMPOP.
pub(super) const ROW: Row = Row {
    summary: "Returns multiple elements from a list after removing them. Deletes the list if the last element was popped.",
    complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
    group: "list",
    since: "7.0.0",
    arity: -4,
    flags: flag::WRITE,
    acl: &["list"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::KeyNum { at: 0, first: 1, step: 1 },
        flags: &["RW", "ACCESS", "DELETE"],
        notes: None,
    }],
    movable_keys: true,
    arguments: &[
        Arg::new("numkeys", Kind::Integer),
        Arg::key("key", 0).multiple(),
        Arg::new("where", Kind::OneOf).of(&[Arg::word("left", "LEFT"), Arg::word("right", "RIGHT")]),
        Arg::new("count", Kind::Integer).token("COUNT").optional(),
    ],
    ..Row::new("lmpop", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let wanted = Several::parse(args, 1)?;
    if !wanted.pop(ctx)? {
        ctx.reply.null_array();
    }
    Ok(())
}

//! BLMPOP: Pops the first element from one of multiple lists. Blocks until an element is available otherwise. Deletes the list if the last element was popped.

use super::several::Several;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of BLMPOP.
pub(super) const ROW: Row = Row {
    summary: "Pops the first element from one of multiple lists. Blocks until an element is available otherwise. Deletes the list if the last element was popped.",
    complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
    group: "list",
    since: "7.0.0",
    arity: -5,
    flags: flag::WRITE | flag::BLOCKING,
    acl: &["list"],
    keys: &[KeySpec {
        begin: Begin::Index(2),
        find: Find::KeyNum { at: 0, first: 1, step: 1 },
        flags: &["RW", "ACCESS", "DELETE"],
        notes: None,
    }],
    movable_keys: true,
    arguments: &[
        Arg::new("timeout", Kind::Double),
        Arg::new("numkeys", Kind::Integer),
        Arg::key("key", 0).multiple(),
        Arg::new("where", Kind::OneOf).of(&[Arg::word("left", "LEFT"), Arg::word("right", "RIGHT")]),
        Arg::new("count", Kind::Integer).token("COUNT").optional(),
    ],
    ..Row::new("blmpop", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let wanted = Several::parse(args, 2)?;
    super::waiting::pop_several(ctx, &wanted, &args[1])
}

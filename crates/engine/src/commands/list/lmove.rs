//! LMOVE: Returns an element after popping it from one list and pushing it to another. Deletes the list if the last element was moved.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of LMOVE.
pub(super) const ROW: Row = Row {
    summary: "Returns an element after popping it from one list and pushing it to another. Deletes the list if the last element was moved.",
    complexity: "O(1)",
    group: "list",
    since: "6.2.0",
    arity: 5,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["list"],
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
            flags: &["RW", "INSERT"],
            notes: None,
        },
    ],
    arguments: &[
        Arg::key("source", 0),
        Arg::key("destination", 1),
        Arg::new("wherefrom", Kind::OneOf).of(&[Arg::word("left", "LEFT"), Arg::word("right", "RIGHT")]),
        Arg::new("whereto", Kind::OneOf).of(&[Arg::word("left", "LEFT"), Arg::word("right", "RIGHT")]),
    ],
    ..Row::new("lmove", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (from, to) = (super::side(&args[3])?, super::side(&args[4])?);
    super::ends::transfer(ctx, [&args[1], &args[2]], from, to)?;
    Ok(())
}

//! BLMOVE: Pops an element from a list, pushes it to another list and returns it. Blocks until an element is available otherwise. Deletes the list if the last element was moved.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of BLMOVE.
pub(super) const ROW: Row = Row {
    summary: "Pops an element from a list, pushes it to another list and returns it. Blocks until an element is available otherwise. Deletes the list if the last element was moved.",
    complexity: "O(1)",
    group: "list",
    since: "6.2.0",
    arity: 6,
    flags: flag::WRITE | flag::DENYOOM | flag::BLOCKING,
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
        Arg::new("timeout", Kind::Double),
    ],
    ..Row::new("blmove", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (from, to) = (super::side(&args[3])?, super::side(&args[4])?);
    super::waiting::transfer(ctx, args, from, to, &args[5])
}

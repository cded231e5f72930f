//! RPOPLPUSH: Returns the last element of a list after removing and pushing it to another list. Deletes the list if the last element was popped.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::list::Side;
use resplay_resp::{Args, Error};

/// What the server knows of RPOPLPUSH.
pub(super) const ROW: Row = Row {
    summary: "Returns the last element of a list after removing and pushing it to another list. Deletes the list if the last element was popped.",
    complexity: "O(1)",
    group: "list",
    since: "1.2.0",
    doc_flags: &["deprecated"],
    deprecated_since: Some("6.2.0"),
    replaced_by: Some("`LMOVE` with the `RIGHT` and `LEFT` arguments"),
    arity: 3,
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
    arguments: &[Arg::key("source", 0), Arg::key("destination", 1)],
    ..Row::new("rpoplpush", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::ends::transfer(ctx, [&args[1], &args[2]], Side::Right, Side::Left)?;
    Ok(())
}

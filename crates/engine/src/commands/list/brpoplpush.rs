//! BRPOPLPUSH: Pops an element from a list, pushes it to another list and returns it. Block until an element is available otherwise. Deletes the list if the last element was popped.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::list::Side;
use resplay_resp::{Args, Error};

/// What the server knows of BRPOPLPUSH.
pub(super) const ROW: Row = Row {
    summary: "Pops an element from a list, pushes it to another list and returns it. Block until an element is available otherwise. Deletes the list if the last element was popped.",
    complexity: "O(1)",
    group: "list",
    since: "2.2.0",
    doc_flags: &["deprecated"],
    deprecated_since: Some("6.2.0"),
    replaced_by: Some("`BLMOVE` with the `RIGHT` and `LEFT` arguments"),
    history: &[("6.0.0", "`timeout` is interpreted as a double instead of an integer.")],
    arity: 4,
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
    arguments: &[Arg::key("source", 0), Arg::key("destination", 1), Arg::new("timeout", Kind::Double)],
    ..Row::new("brpoplpush", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::waiting::transfer(ctx, args, Side::Right, Side::Left, &args[3])
}

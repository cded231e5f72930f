//! RPUSHX: Appends an element to a list only when the list exists.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::list::Side;
use resplay_resp::{Args, Error};

/// What the server knows of RPUSHX.
pub(super) const ROW: Row = Row {
    summary: "Appends an element to a list only when the list exists.",
    complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
    group: "list",
    since: "2.2.0",
    history: &[("4.0.0", "Accepts multiple `element` arguments.")],
    arity: -3,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["list"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "INSERT"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("element", Kind::String).multiple()],
    ..Row::new("rpushx", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::ends::push(ctx, args, Side::Right, true)
}

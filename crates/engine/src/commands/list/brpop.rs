//! BRPOP: Removes and returns the last element in a list. Blocks until an element is available otherwise. Deletes the list if the last element was popped.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::list::Side;
use resplay_resp::{Args, Error};

/// What the server knows of BRPOP.
pub(super) const ROW: Row = Row {
    summary: "Removes and returns the last element in a list. Blocks until an element is available otherwise. Deletes the list if the last element was popped.",
    complexity: "O(N) where N is the number of provided keys.",
    group: "list",
    since: "2.0.0",
    history: &[("6.0.0", "`timeout` is interpreted as a double instead of an integer.")],
    arity: -3,
    flags: flag::WRITE | flag::BLOCKING,
    acl: &["list"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -2, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0).multiple(), Arg::new("timeout", Kind::Double)],
    ..Row::new("brpop", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::waiting::pop(ctx, args, Side::Right)
}

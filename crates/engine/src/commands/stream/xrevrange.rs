//! XREVRANGE: Returns the messages from a stream within a range of IDs in reverse order.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of XREVRANGE.
pub(super) const ROW: Row = Row {
    summary: "Returns the messages from a stream within a range of IDs in reverse order.",
    complexity: "O(N) with N being the number of elements returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
    group: "stream",
    since: "5.0.0",
    history: &[("6.2.0", "Added exclusive ranges.")],
    arity: -4,
    flags: flag::READONLY,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("end", Kind::String),
        Arg::new("start", Kind::String),
        Arg::new("count", Kind::Integer).token("COUNT").optional(),
    ],
    ..Row::new("xrevrange", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::xrange::range(ctx, args, true)
}

//! GEOADD: Adds one or more members to a geospatial index. The key is created if it doesn't exist.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of GEOADD.
pub(super) const ROW: Row = Row {
    summary: "Adds one or more members to a geospatial index. The key is created if it doesn't exist.",
    complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
    group: "geo",
    since: "3.2.0",
    history: &[("6.2.0", "Added the `CH`, `NX` and `XX` options.")],
    arity: -5,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["geo"],
    keys: &[KeySpec { begin: Begin::Index(1), find: Find::Range { last: 0, step: 1, limit: 0 }, flags: &["RW", "UPDATE"], notes: None }],
    arguments: &[Arg::key("key", 0), Arg::new("condition", Kind::OneOf).since("6.2.0").optional().of(&[Arg::word("nx", "NX"), Arg::word("xx", "XX")]), Arg::word("change", "CH").since("6.2.0").optional(), Arg::new("data", Kind::Block).multiple().of(&[Arg::new("longitude", Kind::Double), Arg::new("latitude", Kind::Double), Arg::new("member", Kind::String)])],
    ..Row::new("geoadd", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let _ = (ctx, args);
    Err(Error::Syntax) // SKELETON
}

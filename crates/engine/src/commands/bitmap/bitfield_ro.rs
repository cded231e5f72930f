//! BITFIELD_RO: Performs arbitrary read-only bitfield integer operations on strings.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of BITFIELD_RO.
pub(super) const ROW: Row = Row {
    summary: "Performs arbitrary read-only bitfield integer operations on strings.",
    complexity: "O(1) for each subcommand specified",
    group: "bitmap",
    since: "6.0.0",
    arity: -2,
    flags: flag::READONLY | flag::FAST,
    acl: &["bitmap"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("get-block", Kind::Block)
            .token("GET")
            .optional()
            .multiple()
            .multiple_token()
            .of(&[Arg::new("encoding", Kind::String), Arg::new("offset", Kind::Integer)]),
    ],
    ..Row::new("bitfield_ro", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::bitfield::run_all(ctx, args, true)
}

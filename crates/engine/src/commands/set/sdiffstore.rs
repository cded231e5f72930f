//! SDIFFSTORE: Stores the difference of multiple sets in a key.

use super::Operation;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SDIFFSTORE.
pub(super) const ROW: Row = Row {
    summary: "Stores the difference of multiple sets in a key.",
    complexity: "O(N) where N is the total number of elements in all given sets.",
    group: "set",
    since: "1.0.0",
    arity: -3,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["set"],
    keys: &[
        KeySpec {
            begin: Begin::Index(1),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["OW", "UPDATE"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Index(2),
            find: Find::Range { last: -1, step: 1, limit: 0 },
            flags: &["RO", "ACCESS"],
            notes: None,
        },
    ],
    arguments: &[Arg::key("destination", 0), Arg::key("key", 1).multiple()],
    ..Row::new("sdiffstore", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let result = super::combine(ctx, args.from(2), Operation::Difference, true)?;
    super::store(ctx, &args[1], result, "sdiffstore");
    Ok(())
}

//! SCARD: Returns the number of members in a set.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::Set;
use resplay_resp::{Args, Error};

/// What the server knows of SCARD.
pub(super) const ROW: Row = Row {
    summary: "Returns the number of members in a set.",
    complexity: "O(1)",
    group: "set",
    since: "1.0.0",
    arity: 2,
    flags: flag::READONLY | flag::FAST,
    acl: &["set"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("scard", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let members = ctx.data.read_as::<Set>(&args[1])?.map_or(0, Set::len);
    ctx.reply.int(members as i64);
    Ok(())
}

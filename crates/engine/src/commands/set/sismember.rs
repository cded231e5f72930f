//! SISMEMBER: Determines whether a member belongs to a set.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Set;
use resplay_resp::{Args, Error};

/// What the server knows of SISMEMBER.
pub(super) const ROW: Row = Row {
    summary: "Determines whether a member belongs to a set.",
    complexity: "O(1)",
    group: "set",
    since: "1.0.0",
    arity: 3,
    flags: flag::READONLY | flag::FAST,
    acl: &["set"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("member", Kind::String)],
    ..Row::new("sismember", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let is_member = ctx.data.read_as::<Set>(&args[1])?.is_some_and(|set| set.contains(&args[2]));
    ctx.reply.int(i64::from(is_member));
    Ok(())
}

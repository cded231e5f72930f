//! SMISMEMBER: Determines whether multiple members belong to a set.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Set;
use resplay_resp::{Args, Error};

/// What the server knows of SMISMEMBER.
pub(super) const ROW: Row = Row {
    summary: "Determines whether multiple members belong to a set.",
    complexity: "O(N) where N is the number of elements being checked for membership",
    group: "set",
    since: "6.2.0",
    arity: -3,
    flags: flag::READONLY | flag::FAST,
    acl: &["set"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("member", Kind::String).multiple()],
    ..Row::new("smismember", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let members = args.from(2);
    let set = ctx.data.read_as::<Set>(&args[1])?;
    ctx.reply.array(members.len());
    for member in members.iter() {
        ctx.reply.int(i64::from(set.is_some_and(|set| set.contains(member))));
    }
    ctx.data.work.elements += members.len() as u64 - 1;
    Ok(())
}

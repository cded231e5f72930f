//! SMEMBERS: Returns all members of a set.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::Set;
use resplay_resp::{Args, Error};

/// What the server knows of SMEMBERS.
pub(super) const ROW: Row = Row {
    summary: "Returns all members of a set.",
    complexity: "O(N) where N is the set cardinality.",
    group: "set",
    since: "1.0.0",
    arity: 2,
    flags: flag::READONLY,
    acl: &["set"],
    tips: &["nondeterministic_output_order"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("smembers", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let Some(set) = ctx.data.read_as::<Set>(&args[1])? else {
        ctx.reply.set(0);
        return Ok(());
    };
    super::reply_members(set.iter(), &mut ctx.reply);
    let visited = set.len() as u64;
    ctx.data.work.elements += visited;
    Ok(())
}

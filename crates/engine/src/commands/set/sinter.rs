//! SINTER: Returns the intersect of multiple sets.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SINTER.
pub(super) const ROW: Row = Row {
    summary: "Returns the intersect of multiple sets.",
    complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
    group: "set",
    since: "1.0.0",
    arity: -2,
    flags: flag::READONLY,
    acl: &["set"],
    tips: &["nondeterministic_output_order"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -1, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0).multiple()],
    ..Row::new("sinter", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let found = super::read_all(ctx, args.from(1))?;
    let (members, lookups) = super::intersect(ctx.data, &found, usize::MAX);
    super::reply_members(members.into_iter(), &mut ctx.reply);
    ctx.data.work.elements += lookups;
    Ok(())
}

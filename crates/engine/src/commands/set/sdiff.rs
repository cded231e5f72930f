//! SDIFF: Returns the difference of multiple sets.

use super::Operation;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SDIFF.
pub(super) const ROW: Row = Row {
    summary: "Returns the difference of multiple sets.",
    complexity: "O(N) where N is the total number of elements in all given sets.",
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
    ..Row::new("sdiff", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let result = super::combine(ctx, args.from(1), Operation::Difference, false)?;
    super::reply_members(result.iter(), &mut ctx.reply);
    Ok(())
}

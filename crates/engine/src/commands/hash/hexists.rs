//! HEXISTS: Determines whether a field exists in a hash.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of HEXISTS.
pub(super) const ROW: Row = Row {
    summary: "Determines whether a field exists in a hash.",
    complexity: "O(1)",
    group: "hash",
    since: "2.0.0",
    arity: 3,
    flags: flag::READONLY | flag::FAST,
    acl: &["hash"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("field", Kind::String)],
    ..Row::new("hexists", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let exists = ctx.data.read_hash(&args[1])?.is_some_and(|hash| hash.contains(&args[2]));
    ctx.reply.int(i64::from(exists));
    Ok(())
}

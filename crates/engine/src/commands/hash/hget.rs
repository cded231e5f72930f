//! HGET: Returns the value of a field in a hash.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Hash;
use resplay_resp::{Args, Error};

/// What the server knows of HGET.
pub(super) const ROW: Row = Row {
    summary: "Returns the value of a field in a hash.",
    complexity: "O(1)",
    group: "hash",
    since: "2.0.0",
    arity: 3,
    flags: flag::READONLY | flag::FAST,
    acl: &["hash"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("field", Kind::String)],
    ..Row::new("hget", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let value = ctx.data.read_hash(&args[1])?.and_then(|hash: &Hash| hash.get(&args[2]));
    super::reply_field(value, &mut ctx.reply);
    Ok(())
}

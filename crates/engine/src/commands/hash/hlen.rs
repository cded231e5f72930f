//! HLEN: Returns the number of fields in a hash.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::Hash;
use resplay_resp::{Args, Error};

/// What the server knows of HLEN.
pub(super) const ROW: Row = Row {
    summary: "Returns the number of fields in a hash.",
    complexity: "O(1)",
    group: "hash",
    since: "2.0.0",
    arity: 2,
    flags: flag::READONLY | flag::FAST,
    acl: &["hash"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("hlen", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let len = ctx.data.read_hash(&args[1])?.map_or(0, Hash::len);
    ctx.reply.int(len as i64);
    Ok(())
}

//! HSTRLEN: Returns the length of the value of a field.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of HSTRLEN.
pub(super) const ROW: Row = Row {
    summary: "Returns the length of the value of a field.",
    complexity: "O(1)",
    group: "hash",
    since: "3.2.0",
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
    ..Row::new("hstrlen", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let len = ctx.data.read_hash(&args[1])?.and_then(|hash| hash.get(&args[2])).map_or(0, <[u8]>::len);
    ctx.reply.int(len as i64);
    Ok(())
}

//! XLEN: Return the number of messages in a stream.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::Stream;
use resplay_resp::{Args, Error};

/// What the server knows of XLEN.
pub(super) const ROW: Row = Row {
    summary: "Return the number of messages in a stream.",
    complexity: "O(1)",
    group: "stream",
    since: "5.0.0",
    arity: 2,
    flags: flag::READONLY | flag::FAST,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("xlen", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let len = ctx.data.read_as::<Stream>(&args[1])?.map_or(0, Stream::len);
    ctx.reply.int(len as i64);
    Ok(())
}

//! GETBIT: Returns a bit value by offset.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{Scratch, Str};
use resplay_resp::{Args, Error};

/// What the server knows of GETBIT.
pub(super) const ROW: Row = Row {
    summary: "Returns a bit value by offset.",
    complexity: "O(1)",
    group: "bitmap",
    since: "2.2.0",
    arity: 3,
    flags: flag::READONLY | flag::FAST,
    acl: &["bitmap"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("offset", Kind::Integer)],
    ..Row::new("getbit", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let offset = super::bit_offset(ctx, &args[2])?;
    let mut scratch = Scratch::new();
    let string = ctx.data.read_as::<Str>(&args[1])?;
    let byte = string.and_then(|string| string.bytes(&mut scratch).get((offset >> 3) as usize));
    ctx.reply.int(byte.map_or(0, |byte| i64::from(byte >> (7 - (offset & 7)) & 1)));
    Ok(())
}

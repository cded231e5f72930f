//! SETBIT: Sets or clears the bit at offset of the string value. Creates the key if it doesn't exist.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Str;
use resplay_resp::{Args, Error, number};

/// What the server knows of SETBIT.
pub(super) const ROW: Row = Row {
    summary: "Sets or clears the bit at offset of the string value. Creates the key if it doesn't exist.",
    complexity: "O(1)",
    group: "bitmap",
    since: "2.2.0",
    arity: 4,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["bitmap"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("offset", Kind::Integer), Arg::new("value", Kind::Integer)],
    ..Row::new("setbit", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let offset = super::bit_offset(ctx, &args[2])?;
    let bit = match number::parse_i64(&args[3]) {
        Some(bit @ (0 | 1)) => bit as u8,
        _ => return Err(Error::Custom("ERR bit is not an integer or out of range".to_owned())),
    };
    let (id, has_grown) = super::make_room(ctx, &args[1], offset)?;
    let shift = 7 - (offset & 7);
    let old = ctx.data.edit_as::<Str, _>(id, |string| {
        let byte = &mut string.make_raw()[(offset >> 3) as usize];
        let old = *byte >> shift & 1;
        *byte = *byte & !(1 << shift) | bit << shift;
        old
    });
    if has_grown || old != bit {
        ctx.data.changed(&args[1]);
        ctx.data.notify(class::STRING, "setbit", &args[1]);
    }
    ctx.reply.int(i64::from(old));
    Ok(())
}

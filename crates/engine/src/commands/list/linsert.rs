//! LINSERT: Inserts an element before or after another element in a list.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{List, list::Side};
use resplay_resp::{Args, Error};

/// What the server knows of LINSERT.
pub(super) const ROW: Row = Row {
    summary: "Inserts an element before or after another element in a list.",
    complexity: "O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).",
    group: "list",
    since: "2.2.0",
    arity: 5,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["list"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "INSERT"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("where", Kind::OneOf).of(&[Arg::word("before", "BEFORE"), Arg::word("after", "AFTER")]),
        Arg::new("pivot", Kind::String),
        Arg::new("element", Kind::String),
    ],
    ..Row::new("linsert", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let side = match args[2].to_ascii_lowercase().as_slice() {
        b"before" => Side::Left,
        b"after" => Side::Right,
        _ => return Err(Error::Syntax),
    };
    let (key, value, limits) = (&args[1], &args[4], super::limits(ctx));
    let Some(id) = ctx.data.write_as::<List>(key)? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let (is_inserted, len) = ctx.data.edit_as::<List, _>(id, |list| {
        // Before it is known whether the pivot is there, as in the real servers.
        list.expect(1, value.len(), &limits);
        (list.insert(&args[3], side, value, &limits), list.len())
    });
    ctx.data.work.elements += len as u64;
    ctx.data.work.bytes += value.len() as u64;
    if is_inserted {
        ctx.data.changed(key);
        ctx.data.notify(class::LIST, "linsert", key);
    }
    ctx.reply.int(if is_inserted { len as i64 } else { -1 });
    Ok(())
}

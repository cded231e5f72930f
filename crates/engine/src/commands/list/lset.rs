//! LSET: Sets the value of an element in a list by its index.

use crate::commands::options::integer;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::List;
use resplay_resp::{Args, Error};

/// What the server knows of LSET.
pub(super) const ROW: Row = Row {
    summary: "Sets the value of an element in a list by its index.",
    complexity: "O(N) where N is the length of the list. Setting either the first or the last element of the list is O(1).",
    group: "list",
    since: "1.0.0",
    arity: 4,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["list"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("index", Kind::Integer), Arg::new("element", Kind::String)],
    ..Row::new("lset", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, value, limits) = (&args[1], &args[3], super::limits(ctx));
    let id = ctx.data.write_as::<List>(key)?.ok_or(Error::NoSuchKey)?;
    // The real servers keep 32 bits of it.
    let index = i64::from(integer(&args[2])? as i32);
    let (is_set, steps) = ctx.data.edit_as::<List, _>(id, |list| {
        // Before it is known whether the index is one, as in the real servers.
        list.expect(1, value.len(), &limits);
        let Some(index) = super::index(index, list.len()) else { return (false, 0) };
        let steps = list.steps_to(index);
        (list.set(index, value, &limits), steps)
    });
    ctx.data.work.elements += steps as u64;
    ctx.data.work.bytes += value.len() as u64;
    if !is_set {
        return Err(Error::IndexOutOfRange);
    }
    ctx.reply.ok();
    ctx.data.changed(key);
    ctx.data.notify(class::LIST, "lset", key);
    ctx.data.edit_as::<List, _>(id, |list| list.settle(&limits));
    Ok(())
}

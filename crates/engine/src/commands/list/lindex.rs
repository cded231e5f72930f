//! LINDEX: Returns an element from a list by its index.

use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::List;
use resplay_resp::{Args, Error};

/// What the server knows of LINDEX.
pub(super) const ROW: Row = Row {
    summary: "Returns an element from a list by its index.",
    complexity: "O(N) where N is the number of elements to traverse to get to the element at index. This makes asking for the first or the last element of the list O(1).",
    group: "list",
    since: "1.0.0",
    arity: 3,
    flags: flag::READONLY,
    acl: &["list"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("index", Kind::Integer)],
    ..Row::new("lindex", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let Some(list) = ctx.data.read_as::<List>(&args[1])? else {
        ctx.reply.null();
        return Ok(());
    };
    let index = super::index(integer(&args[2])?, list.len());
    let steps = index.map_or(0, |index| list.steps_to(index));
    match index.and_then(|index| list.get(index)) {
        Some(item) => super::reply_item(item, &mut ctx.reply),
        None => ctx.reply.null(),
    }
    ctx.data.work.elements += steps as u64;
    Ok(())
}

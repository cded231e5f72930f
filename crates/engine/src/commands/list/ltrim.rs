//! LTRIM: Removes elements from both ends a list. Deletes the list if all elements were trimmed.

use crate::commands::options::integer;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::List;
use resplay_resp::{Args, Error};

/// What the server knows of LTRIM.
pub(super) const ROW: Row = Row {
    summary: "Removes elements from both ends a list. Deletes the list if all elements were trimmed.",
    complexity: "O(N) where N is the number of elements to be removed by the operation.",
    group: "list",
    since: "1.0.0",
    arity: 4,
    flags: flag::WRITE,
    acl: &["list"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("start", Kind::Integer), Arg::new("stop", Kind::Integer)],
    ..Row::new("ltrim", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (start, end) = (integer(&args[2])?, integer(&args[3])?);
    let (key, limits) = (&args[1], super::limits(ctx));
    let Some(id) = ctx.data.write_as::<List>(key)? else {
        ctx.reply.ok();
        return Ok(());
    };
    let removed = ctx.data.edit_as::<List, _>(id, |list| {
        let kept = super::range(start, end, list.len());
        let before = list.len();
        list.remove_range(kept.end, before - kept.end);
        list.remove_range(0, kept.start);
        before - list.len()
    });
    ctx.data.notify(class::LIST, "ltrim", key);
    super::settle(ctx, key, id, &limits);
    ctx.data.touch(key);
    ctx.data.dirty += removed as u64;
    ctx.data.work.elements += removed as u64;
    ctx.reply.ok();
    Ok(())
}

//! LRANGE: Returns a range of elements from a list.

use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{List, list::Side};
use resplay_resp::{Args, Error};

/// What the server knows of LRANGE.
pub(super) const ROW: Row = Row {
    summary: "Returns a range of elements from a list.",
    complexity: "O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists; and N is the number of elements in the specified range.",
    group: "list",
    since: "1.0.0",
    arity: 4,
    flags: flag::READONLY,
    acl: &["list"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("start", Kind::Integer), Arg::new("stop", Kind::Integer)],
    ..Row::new("lrange", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (start, end) = (integer(&args[2])?, integer(&args[3])?);
    let Some(list) = ctx.data.read_as::<List>(&args[1])? else {
        ctx.reply.array(0);
        return Ok(());
    };
    let range = super::range(start, end, list.len());
    let steps = if range.is_empty() { 0 } else { list.steps_to(range.start) + range.len() };
    let elements = list.iter_from(range.start, Side::Left).take(range.len());
    let before = ctx.reply.out.len();
    super::reply_all(elements, &mut ctx.reply);
    ctx.data.work.elements += steps as u64;
    ctx.data.work.bytes += (ctx.reply.out.len() - before) as u64;
    Ok(())
}

//! LREM: Removes elements from a list. Deletes the list if the last element was removed.

use crate::commands::options::integer;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{List, list::Side};
use resplay_resp::{Args, Error};

/// What the server knows of LREM.
pub(super) const ROW: Row = Row {
    summary: "Removes elements from a list. Deletes the list if the last element was removed.",
    complexity: "O(N+M) where N is the length of the list and M is the number of elements removed.",
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
    arguments: &[Arg::key("key", 0), Arg::new("count", Kind::Integer), Arg::new("element", Kind::String)],
    ..Row::new("lrem", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let count = integer(&args[2])?;
    if count == i64::MIN {
        return Err(Error::CountOutOfRange);
    }
    let (key, limits) = (&args[1], super::limits(ctx));
    let Some(id) = ctx.data.write_as::<List>(key)? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let most = if count == 0 { usize::MAX } else { count.unsigned_abs() as usize };
    let from = if count < 0 { Side::Right } else { Side::Left };
    ctx.data.work.elements += ctx.data.value(id).elements() as u64;
    let removed = ctx.data.edit_as::<List, _>(id, |list| list.remove_equal(&args[3], most, from));
    if removed > 0 {
        ctx.data.changed(key);
        ctx.data.dirty += removed as u64 - 1;
        ctx.data.notify(class::LIST, "lrem", key);
        super::settle(ctx, key, id, &limits);
    }
    ctx.reply.int(removed as i64);
    Ok(())
}

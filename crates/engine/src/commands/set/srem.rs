//! SREM: Removes one or more members from a set. Deletes the set if the last member was removed.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Set;
use resplay_resp::{Args, Error};

/// What the server knows of SREM.
pub(super) const ROW: Row = Row {
    summary: "Removes one or more members from a set. Deletes the set if the last member was removed.",
    complexity: "O(N) where N is the number of members to be removed.",
    group: "set",
    since: "1.0.0",
    history: &[("2.4.0", "Accepts multiple `member` arguments.")],
    arity: -3,
    flags: flag::WRITE | flag::FAST,
    acl: &["set"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("member", Kind::String).multiple()],
    ..Row::new("srem", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, members) = (&args[1], args.from(2));
    let Some(id) = ctx.data.write_as::<Set>(key)? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let (removed, is_empty) = ctx.data.edit_as::<Set, _>(id, |set| {
        let removed = members.iter().filter(|member| set.remove(member)).count();
        (removed, set.is_empty())
    });
    if removed > 0 {
        ctx.data.changed(key);
        ctx.data.dirty += removed as u64 - 1;
        ctx.data.notify(class::SET, "srem", key);
    }
    if is_empty {
        super::remove_emptied(ctx, key);
    }
    ctx.data.work.elements += members.len() as u64 - 1;
    ctx.reply.int(removed as i64);
    Ok(())
}

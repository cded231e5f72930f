//! ZREM: Removes one or more members from a sorted set. Deletes the sorted set if all members were removed.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Zset;
use resplay_resp::{Args, Error};

/// What the server knows of ZREM.
pub(super) const ROW: Row = Row {
    summary: "Removes one or more members from a sorted set. Deletes the sorted set if all members were removed.",
    complexity: "O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to be removed.",
    group: "sorted-set",
    since: "1.2.0",
    history: &[("2.4.0", "Accepts multiple elements.")],
    arity: -3,
    flags: flag::WRITE | flag::FAST,
    acl: &["sortedset"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("member", Kind::String).multiple()],
    ..Row::new("zrem", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let key = &args[1];
    let Some(id) = ctx.data.write_as::<Zset>(key)? else {
        ctx.reply.int(0);
        return Ok(());
    };
    let (removed, is_empty) = ctx.data.edit_as(id, |zset: &mut Zset| {
        let removed = args.from(2).iter().filter(|member| zset.remove(member).is_some()).count();
        (removed, zset.is_empty())
    });
    if is_empty {
        ctx.data.remove(key);
    }
    super::settle_removal(ctx, key, removed, is_empty, "zrem");
    Ok(())
}

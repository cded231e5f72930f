//! SMOVE: Moves a member from one set to another.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{EntryId, Set, Typed};
use resplay_resp::{Args, Error};

/// What the server knows of SMOVE.
pub(super) const ROW: Row = Row {
    summary: "Moves a member from one set to another.",
    complexity: "O(1)",
    group: "set",
    since: "1.0.0",
    arity: 4,
    flags: flag::WRITE | flag::FAST,
    acl: &["set"],
    keys: &[
        KeySpec {
            begin: Begin::Index(1),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["RW", "ACCESS", "DELETE"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Index(2),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["RW", "INSERT"],
            notes: None,
        },
    ],
    arguments: &[Arg::key("source", 0), Arg::key("destination", 1), Arg::new("member", Kind::String)],
    ..Row::new("smove", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (from, to, member) = (&args[1], &args[2], &args[3]);
    let source = ctx.data.write(from);
    let target = ctx.data.write(to);
    let Some(source) = source else {
        ctx.reply.int(0);
        return Ok(());
    };
    let is_set = |id| Set::of(ctx.data.value(id)).is_some();
    if !is_set(source) || !target.is_none_or(is_set) {
        return Err(Error::WrongType);
    }
    let is_moved = if target == Some(source) {
        ctx.data.value_as::<Set>(source).contains(member)
    } else {
        take(ctx, from, source, member) && {
            put(ctx, to, target, member);
            true
        }
    };
    ctx.reply.int(i64::from(is_moved));
    Ok(())
}

/// Takes the member out of the source; whether it was there.
fn take(ctx: &mut Context<'_>, key: &[u8], id: EntryId, member: &[u8]) -> bool {
    let (is_removed, is_empty) = ctx.data.edit_as::<Set, _>(id, |set| (set.remove(member), set.is_empty()));
    if is_removed {
        ctx.data.changed(key);
        ctx.data.notify(class::SET, "srem", key);
        if is_empty {
            super::remove_emptied(ctx, key);
        }
    }
    is_removed
}

fn put(ctx: &mut Context<'_>, key: &[u8], target: Option<EntryId>, member: &[u8]) {
    let limits = super::limits(ctx);
    let is_new = match target {
        Some(id) => ctx.data.edit_as::<Set, _>(id, |set| set.add(member, &limits)),
        None => {
            let mut set = Set::expecting(member, 1, &limits);
            set.add(member, &limits);
            ctx.data.insert(key, set.into());
            true
        }
    };
    if is_new {
        ctx.data.changed(key);
        ctx.data.notify(class::SET, "sadd", key);
    }
}

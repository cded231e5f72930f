//! SPOP: Returns one or more random members from a set after removing them. Deletes the set if the last member was popped.

use crate::commands::draw;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::listpack::Item;
use resplay_datatypes::set::{Encoding, Limits};
use resplay_datatypes::{EntryId, Set};
use resplay_resp::number;
use resplay_resp::{Args, Error};

/// What the server knows of SPOP.
pub(super) const ROW: Row = Row {
    summary: "Returns one or more random members from a set after removing them. Deletes the set if the last member was popped.",
    complexity: "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
    group: "set",
    since: "1.0.0",
    history: &[("3.2.0", "Added the `count` argument.")],
    arity: -2,
    flags: flag::WRITE | flag::FAST,
    acl: &["set"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "DELETE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("count", Kind::Integer).since("3.2.0").optional()],
    ..Row::new("spop", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    match args.get(2) {
        None => pop_one(ctx, &args[1]),
        Some(count) if args.len() == 3 => pop_many(ctx, &args[1], count),
        Some(_) => Err(Error::Syntax),
    }
}

fn pop_one(ctx: &mut Context<'_>, key: &[u8]) -> Result<(), Error> {
    let Some(id) = ctx.data.write_as::<Set>(key)? else {
        ctx.reply.null();
        return Ok(());
    };
    let random = &mut ctx.server.random;
    let Some(member) = ctx.data.value_as::<Set>(id).random(random).map(|member| member.to_vec()) else {
        ctx.reply.null();
        return Ok(());
    };
    let is_empty = ctx.data.edit_as::<Set, _>(id, |set| {
        set.remove(&member);
        set.is_empty()
    });
    ctx.data.changed(key);
    ctx.data.notify(class::SET, "spop", key);
    if is_empty {
        super::remove_emptied(ctx, key);
    }
    ctx.rewrite(&[b"SREM", key, &member]);
    ctx.reply.bulk(&member);
    Ok(())
}

fn pop_many(ctx: &mut Context<'_>, key: &[u8], count: &[u8]) -> Result<(), Error> {
    let count = number::parse_i64(count).and_then(|count| usize::try_from(count).ok());
    let count = count.ok_or(Error::NotPositive)?;
    let found = ctx.data.write_as::<Set>(key)?.filter(|_| count > 0);
    let Some(id) = found else {
        ctx.reply.set(0);
        return Ok(());
    };
    let size = ctx.data.value_as::<Set>(id).len();
    ctx.data.changed(key);
    ctx.data.dirty += count.min(size) as u64 - 1;
    ctx.data.work.elements += count.min(size) as u64;
    ctx.data.notify(class::SET, "spop", key);
    if count >= size {
        pop_all(ctx, key, id);
    } else {
        pop_some(ctx, key, id, count);
    }
    Ok(())
}

fn pop_all(ctx: &mut Context<'_>, key: &[u8], id: EntryId) {
    super::reply_members(ctx.data.value_as::<Set>(id).iter(), &mut ctx.reply);
    super::remove_emptied(ctx, key);
    ctx.rewrite_as_deletion(key);
}

/// How many members one command of the append-only file removes at most.
const BATCH: usize = 1024;
/// Above that many popped members for each that stays, the set is built anew from those that stay.
const POPPED_PER_KEPT: usize = 5;

fn pop_some(ctx: &mut Context<'_>, key: &[u8], id: EntryId, count: usize) {
    let set = ctx.data.value_as::<Set>(id);
    let drawn = draw::distinct(set.len(), count, &mut ctx.server.random);
    let popped: Vec<Vec<u8>> = set.pick(drawn).iter().map(Item::to_vec).collect();
    let rebuilds = (set.len() - count) * POPPED_PER_KEPT <= count;
    let limits = super::limits(ctx);
    ctx.data.edit_as::<Set, _>(id, |set| {
        popped.iter().for_each(|member| {
            set.remove(member);
        });
        if rebuilds {
            *set = rebuilt(set, &limits);
        }
    });
    for batch in popped.chunks(BATCH) {
        let mut words = vec![&b"SREM"[..], key];
        words.extend(batch.iter().map(Vec::as_slice));
        ctx.rewrite(&words);
    }
    ctx.reply.set(popped.len());
    popped.iter().for_each(|member| ctx.reply.bulk(member));
}

/// The set in the encoding of one that is filled member by member: a table may become a listpack again.
fn rebuilt(set: &Set, limits: &Limits) -> Set {
    let first = match set.encoding_kind() {
        Encoding::Intset => Encoding::Intset,
        Encoding::Listpack => return set.clone(),
        Encoding::Hashtable => Encoding::Listpack,
    };
    let mut rebuilt = Set::new(first, limits.seed);
    for member in set.iter() {
        rebuilt.add_item(member, limits);
    }
    rebuilt
}

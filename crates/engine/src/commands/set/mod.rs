//! The set commands.

mod sadd;
mod scard;
mod sdiff;
mod sdiffstore;
mod sinter;
mod sintercard;
mod sinterstore;
mod sismember;
mod smembers;
mod smismember;
mod smove;
mod spop;
mod srandmember;
mod srem;
mod sscan;
mod sunion;
mod sunionstore;

use crate::context::Context;
use crate::keyspace::Dataset;
use crate::keyspace::notify::class;
use crate::limits;
use crate::row::Row;
use resplay_datatypes::listpack::Item;
use resplay_datatypes::set::{Encoding, Limits};
use resplay_datatypes::{EntryId, Scratch, Set};
use resplay_resp::{Args, Error, Writer};

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[
    &sadd::ROW,
    &scard::ROW,
    &sdiff::ROW,
    &sdiffstore::ROW,
    &sinter::ROW,
    &sintercard::ROW,
    &sinterstore::ROW,
    &sismember::ROW,
    &smembers::ROW,
    &smismember::ROW,
    &smove::ROW,
    &spop::ROW,
    &srandmember::ROW,
    &srem::ROW,
    &sscan::ROW,
    &sunion::ROW,
    &sunionstore::ROW,
];

fn limits(ctx: &Context<'_>) -> Limits {
    limits::of_sets(&ctx.server.config.settings, ctx.data.seed())
}

fn reply_member(member: Item<'_>, reply: &mut Writer<'_>) {
    reply.bulk(member.bytes(&mut Scratch::new()));
}

fn reply_members<'a>(members: impl ExactSizeIterator<Item = Item<'a>>, reply: &mut Writer<'_>) {
    reply.set(members.len());
    members.for_each(|member| reply_member(member, reply));
}

/// Removes a set whose last member went.
fn remove_emptied(ctx: &mut Context<'_>, key: &[u8]) {
    ctx.data.remove(key);
    ctx.data.notify(class::GENERIC, "del", key);
}

/// The sets at these keys, in order.
fn read_all(ctx: &mut Context<'_>, keys: Args<'_>) -> Result<Vec<Option<EntryId>>, Error> {
    keys.iter().map(|key| ctx.data.read_id_as::<Set>(key)).collect()
}

/// Lets `key` hold the result and replies with its size; an empty result removes the key.
fn store(ctx: &mut Context<'_>, key: &[u8], result: Set, event: &'static str) {
    let members = result.len();
    if members > 0 {
        ctx.data.insert(key, result.into());
        ctx.data.changed(key);
        ctx.data.notify(class::SET, event, key);
    } else if ctx.data.find(key).is_some() {
        ctx.data.changed(key);
        remove_emptied(ctx, key);
    }
    ctx.reply.int(members as i64);
}

/// The members that all sets have, at most `max`, in the order of the smallest; and how many lookups it took.
fn intersect<'a>(data: &'a Dataset, found: &[Option<EntryId>], max: usize) -> (Vec<Item<'a>>, u64) {
    let Some(ids) = found.iter().copied().collect::<Option<Vec<EntryId>>>() else { return (Vec::new(), 0) };
    let (smallest, others) = by_size(data, &ids);
    let mut lookups = 0;
    let members = smallest.iter().filter(|member| {
        lookups += 1;
        others.iter().all(|other| {
            lookups += 1;
            other.contains_item(*member)
        })
    });
    (members.take(max).collect(), lookups)
}

/// The smallest set (the first of several), and the others that differ from it, the smaller first.
fn by_size<'a>(data: &'a Dataset, ids: &[EntryId]) -> (&'a Set, Vec<&'a Set>) {
    let mut ids = ids.to_vec();
    ids.sort_by_key(|id| data.value_as::<Set>(*id).len());
    let others = ids[1..].iter().filter(|id| **id != ids[0]).map(|id| data.value_as(*id)).collect();
    (data.value_as(ids[0]), others)
}

/// What SUNION and SDIFF make of several sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Union,
    Difference,
}

/// The result as a set. It begins as an intset where it is to be stored or all sets are intsets, as a table
/// otherwise, as this decides its encoding and order.
fn combine(
    ctx: &mut Context<'_>,
    keys: Args<'_>,
    operation: Operation,
    is_stored: bool,
) -> Result<Set, Error> {
    let found = read_all(ctx, keys)?;
    let limits = limits(ctx);
    let sets: Vec<Option<&Set>> = found.iter().map(|id| id.map(|id| ctx.data.value_as(id))).collect();
    let is_intset = |set: &&Set| set.encoding_kind() == Encoding::Intset;
    let first = match is_stored || sets.iter().flatten().all(is_intset) {
        true => Encoding::Intset,
        false => Encoding::Hashtable,
    };
    let mut result = Set::new(first, limits.seed);
    let visited = match operation {
        Operation::Union => unite(&mut result, &sets, &limits),
        // A set without itself is empty.
        Operation::Difference if found[0].is_none() || found[1..].contains(&found[0]) => 0,
        Operation::Difference => subtract(&mut result, &sets, &limits),
    };
    ctx.data.work.elements += visited;
    Ok(result)
}

fn unite(result: &mut Set, sets: &[Option<&Set>], limits: &Limits) -> u64 {
    let mut visited = 0;
    for member in sets.iter().flatten().flat_map(|set| set.iter()) {
        result.add_item(member, limits);
        visited += 1;
    }
    visited
}

/// The first set without the others, in the way that promises less work. The ways differ in the encoding that they
/// leave.
fn subtract(result: &mut Set, sets: &[Option<&Set>], limits: &Limits) -> u64 {
    let (Some(Some(first)), others) = (sets.first(), sets[1..].iter().flatten()) else { return 0 };
    let others: Vec<&Set> = others.copied().collect();
    let lookups = first.len() * (others.len() + 1);
    let members = first.len() + others.iter().map(|set| set.len()).sum::<usize>();
    if lookups / 2 <= members {
        add_missing(result, first, others, limits)
    } else {
        add_and_remove(result, first, &others, limits)
    }
}

/// Looks each member up in the others, the largest first.
fn add_missing(result: &mut Set, first: &Set, mut others: Vec<&Set>, limits: &Limits) -> u64 {
    others.sort_by_key(|set| std::cmp::Reverse(set.len()));
    let mut lookups = 0;
    for member in first.iter() {
        lookups += 1;
        let is_elsewhere = others.iter().any(|other| {
            lookups += 1;
            other.contains_item(member)
        });
        if !is_elsewhere {
            result.add_item(member, limits);
        }
    }
    lookups
}

/// Adds all members, then removes those of the others.
fn add_and_remove(result: &mut Set, first: &Set, others: &[&Set], limits: &Limits) -> u64 {
    let mut visited = unite(result, &[Some(first)], limits);
    for other in others {
        if result.is_empty() {
            break;
        }
        for member in other.iter() {
            result.remove(member.bytes(&mut Scratch::new()));
            visited += 1;
        }
    }
    visited
}

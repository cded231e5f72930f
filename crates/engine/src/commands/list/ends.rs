//! What happens at the ends of lists: push, pop, and from one to another.

use crate::commands::options::integer;
use crate::context::Context;
use crate::keyspace::notify::class;
use resplay_datatypes::list::Side;
use resplay_datatypes::listpack::Item;
use resplay_datatypes::{EntryId, List};
use resplay_resp::{Args, Error};

/// LPUSH and its kin.
pub(super) fn push(
    ctx: &mut Context<'_>,
    args: Args<'_>,
    side: Side,
    only_existing: bool,
) -> Result<(), Error> {
    let (key, words, limits) = (&args[1], args.from(2), super::limits(ctx));
    let id = match ctx.data.write_as::<List>(key)? {
        Some(id) => id,
        None if only_existing => {
            ctx.reply.int(0);
            return Ok(());
        }
        None => ctx.data.insert(key, List::new().into()),
    };
    let len = ctx.data.edit_as::<List, _>(id, |list| {
        list.expect(words.len(), words.total_bytes(), &limits);
        words.iter().for_each(|word| list.push(side, word, &limits));
        list.len()
    });
    ctx.reply.int(len as i64);
    ctx.data.changed(key);
    ctx.data.dirty += words.len() as u64 - 1;
    ctx.data.work.elements += words.len() as u64 - 1;
    ctx.data.work.bytes += words.total_bytes() as u64;
    ctx.data.notify(class::LIST, if side == Side::Left { "lpush" } else { "rpush" }, key);
    Ok(())
}

/// LPOP and RPOP.
pub(super) fn pop(ctx: &mut Context<'_>, args: Args<'_>, side: Side, command: &str) -> Result<(), Error> {
    if args.len() > 3 {
        return Err(Error::WrongArity(command.to_string()));
    }
    let count = args.get(2).map(positive).transpose()?;
    let (key, reply) = (&args[1], &mut ctx.reply);
    match (ctx.data.write_as::<List>(key)?, count) {
        (None, Some(_)) => reply.null_array(),
        (None, None) => reply.null(),
        (Some(_), Some(0)) => reply.array(0),
        (Some(id), Some(count)) => {
            pop_many(ctx, key, id, side, count);
        }
        (Some(id), None) => pop_one(ctx, key, id, side),
    }
    Ok(())
}

/// How many; whatever else it is, the error is the same.
fn positive(text: &[u8]) -> Result<usize, Error> {
    integer(text).ok().and_then(|count| usize::try_from(count).ok()).ok_or(Error::NotPositive)
}

/// Replies with the element at an end, and removes it.
pub(super) fn pop_one(ctx: &mut Context<'_>, key: &[u8], id: EntryId, side: Side) {
    match ctx.data.value_as::<List>(id).peek(side) {
        Some(item) => super::reply_item(item, &mut ctx.reply),
        None => ctx.reply.null(),
    }
    ctx.data.edit_as::<List, _>(id, |list| list.remove_end(side));
    removed(ctx, key, id, side, 1);
}

/// Replies with so many elements from an end as an array, and removes them; how many there were.
pub(super) fn pop_many(ctx: &mut Context<'_>, key: &[u8], id: EntryId, side: Side, count: usize) -> usize {
    let list = ctx.data.value_as::<List>(id);
    let (len, count) = (list.len(), count.min(list.len()));
    let before = ctx.reply.out.len();
    super::reply_all(list.from_end(side).take(count), &mut ctx.reply);
    ctx.data.edit_as::<List, _>(id, |list| {
        list.remove_range(if side == Side::Left { 0 } else { len - count }, count);
    });
    ctx.data.work.elements += count as u64;
    ctx.data.work.bytes += (ctx.reply.out.len() - before) as u64;
    removed(ctx, key, id, side, count);
    count
}

/// What follows when elements were popped.
fn removed(ctx: &mut Context<'_>, key: &[u8], id: EntryId, side: Side, count: usize) {
    ctx.data.notify(class::LIST, if side == Side::Left { "lpop" } else { "rpop" }, key);
    let limits = super::limits(ctx);
    super::settle(ctx, key, id, &limits);
    ctx.data.changed(key);
    ctx.data.dirty += count as u64 - 1;
}

/// LMOVE and its kin: an element from the end of one list to the end of the other, and the reply to that; whether there
/// was one.
pub(super) fn transfer(
    ctx: &mut Context<'_>,
    [from_key, to_key]: [&[u8]; 2],
    from: Side,
    to: Side,
) -> Result<bool, Error> {
    let Some(source) = ctx.data.write_as::<List>(from_key)? else {
        ctx.reply.null();
        return Ok(false);
    };
    let target = ctx.data.write_as::<List>(to_key)?;
    let Some(item) = ctx.data.value_as::<List>(source).peek(from) else { return Ok(false) };
    // The real servers do not reckon with the size of what was an integer.
    let expected = if let Item::Bytes(bytes) = item { bytes.len() } else { 0 };
    let (value, limits) = (item.to_vec(), super::limits(ctx));
    ctx.data.edit_as::<List, _>(source, |list| list.remove_end(from));
    let target = target.unwrap_or_else(|| ctx.data.insert(to_key, List::new().into()));
    ctx.data.edit_as::<List, _>(target, |list| {
        list.expect(1, expected, &limits);
        list.push(to, &value, &limits);
    });
    ctx.data.touch(to_key);
    ctx.data.notify(class::LIST, if to == Side::Left { "lpush" } else { "rpush" }, to_key);
    ctx.reply.bulk(&value);
    ctx.data.work.bytes += value.len() as u64;
    removed(ctx, from_key, source, from, 1);
    Ok(true)
}

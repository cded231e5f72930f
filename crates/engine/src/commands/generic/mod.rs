//! The generic commands.

mod copy;
mod del;
mod dump;
mod exists;
mod expire;
mod expireat;
mod expiretime;
mod keys;
mod move_;
mod object;
mod persist;
mod pexpire;
mod pexpireat;
mod pexpiretime;
mod pttl;
mod randomkey;
mod rename;
mod renamenx;
mod restore;
mod scan;
mod sort;
mod sort_ro;
mod touch;
mod ttl;
mod type_;
mod unlink;
mod wait;
mod waitaof;

use crate::commands::options::{Conditions, Expiry};
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::Row;
use resplay_datatypes::EntryId;
use resplay_resp::{Args, Error};

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[
    &copy::ROW,
    &del::ROW,
    &dump::ROW,
    &exists::ROW,
    &expire::ROW,
    &expireat::ROW,
    &expiretime::ROW,
    &keys::ROW,
    &move_::ROW,
    &object::ROW,
    &persist::ROW,
    &pexpire::ROW,
    &pexpireat::ROW,
    &pexpiretime::ROW,
    &pttl::ROW,
    &randomkey::ROW,
    &rename::ROW,
    &renamenx::ROW,
    &restore::ROW,
    &scan::ROW,
    &sort::ROW,
    &sort_ro::ROW,
    &touch::ROW,
    &ttl::ROW,
    &type_::ROW,
    &unlink::ROW,
    &wait::ROW,
    &waitaof::ROW,
];

/// A key's entry, looked at without leaving a trace in its access stamp; counts a hit or a miss.
fn peek(ctx: &mut Context<'_>, key: &[u8]) -> Option<EntryId> {
    let found = ctx.data.find(key);
    match found {
        Some(_) => ctx.data.stats.hits += 1,
        None => ctx.data.stats.misses += 1,
    }
    found
}

/// The same, telling subscribers of a miss.
fn peek_aloud(ctx: &mut Context<'_>, key: &[u8]) -> Option<EntryId> {
    let found = peek(ctx, key);
    if found.is_none() {
        ctx.data.notify(class::KEY_MISS, "keymiss", key);
    }
    found
}

/// A database number that exists.
fn database(ctx: &Context<'_>, number: i32) -> Option<u32> {
    u32::try_from(number).ok().filter(|db| *db < ctx.data.databases())
}

/// DEL and UNLINK: memory is given back at once either way, no thread is needed for it.
fn remove_all(ctx: &mut Context<'_>, keys: Args<'_>) -> i64 {
    let mut removed = 0;
    for key in keys.iter() {
        if let Some(id) = ctx.data.find(key) {
            ctx.data.work.elements += ctx.data.value(id).elements() as u64;
            ctx.data.take(id);
            ctx.data.changed(key);
            ctx.data.notify(class::GENERIC, "del", key);
            removed += 1;
        }
    }
    removed
}

/// EXPIRE and its kin.
fn set_expiry(ctx: &mut Context<'_>, args: Args<'_>, expiry: Expiry<'_>, command: &str) -> Result<(), Error> {
    let conditions = Conditions::parse(args.from(3))?;
    let at_ms = expiry.any_deadline(ctx.data.now_ms(), command)?;
    let Some(id) = ctx.data.write(&args[1]) else {
        ctx.reply.int(0);
        return Ok(());
    };
    let applies = conditions.allow(ctx.data.expiry(id), at_ms);
    if applies {
        expire_at(ctx, &args[1], at_ms);
    }
    ctx.reply.int(i64::from(applies));
    Ok(())
}

/// A key that shall expire then is better removed at once. What a file says is done to the letter.
pub(super) fn is_past(ctx: &Context<'_>, at_ms: i64) -> bool {
    at_ms <= ctx.data.now_ms() && !ctx.data.is_loading
}

/// Lets a key expire then, or removes it if that is past; whether it was there.
pub(super) fn expire_at(ctx: &mut Context<'_>, key: &[u8], at_ms: i64) -> bool {
    let Some(id) = ctx.data.write(key) else { return false };
    ctx.data.changed(key);
    if is_past(ctx, at_ms) {
        ctx.data.take(id);
        ctx.data.notify(class::GENERIC, "del", key);
        let verb: &[u8] = if ctx.data.unlink_expired { b"UNLINK" } else { b"DEL" };
        ctx.rewrite(&[verb, key]);
    } else {
        ctx.data.set_expiry(id, Some(at_ms));
        ctx.data.notify(class::GENERIC, "expire", key);
        ctx.rewrite(&[b"PEXPIREAT", key, at_ms.to_string().as_bytes()]);
    }
    true
}

/// Lets a key live on; whether it would have expired.
pub(super) fn persist(ctx: &mut Context<'_>, key: &[u8]) -> bool {
    let Some(id) = ctx.data.write(key) else { return false };
    if ctx.data.expiry(id).is_none() {
        return false;
    }
    ctx.data.set_expiry(id, None);
    ctx.data.changed(key);
    ctx.data.notify(class::GENERIC, "persist", key);
    ctx.rewrite(&[b"PERSIST", key]);
    true
}

/// TTL and its kin: -2 without the key, -1 without an expiry.
fn reply_expiry(ctx: &mut Context<'_>, key: &[u8], shown: impl FnOnce(i64, i64) -> i64) {
    let answer = match peek_aloud(ctx, key).map(|id| ctx.data.expiry(id)) {
        None => -2,
        Some(None) => -1,
        Some(Some(at_ms)) => shown(at_ms, ctx.data.now_ms()),
    };
    ctx.reply.int(answer);
}

/// RENAME and RENAMENX; whether it took place.
fn rename_key(ctx: &mut Context<'_>, args: Args<'_>, only_new: bool) -> Result<bool, Error> {
    let (from, to) = (&args[1], &args[2]);
    let id = ctx.data.write(from).ok_or(Error::NoSuchKey)?;
    if from == to {
        return Ok(!only_new);
    }
    if ctx.data.write(to).is_some() {
        if only_new {
            return Ok(false);
        }
        ctx.data.remove(to);
    }
    let (_, entry) = ctx.data.take(id);
    ctx.data.restore(to, entry);
    ctx.data.touch(from);
    ctx.data.changed(to);
    ctx.data.notify(class::GENERIC, "rename_from", from);
    ctx.data.notify(class::GENERIC, "rename_to", to);
    Ok(true)
}

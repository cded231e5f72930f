//! The hash commands.

mod hdel;
mod hexists;
mod hget;
mod hgetall;
mod hincrby;
mod hincrbyfloat;
mod hkeys;
mod hlen;
mod hmget;
mod hmset;
mod hrandfield;
mod hscan;
mod hset;
mod hsetnx;
mod hstrlen;
mod hvals;

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::limits;
use crate::row::Row;
use resplay_datatypes::{Hash, Value, hash::Limits};
use resplay_resp::{Args, Error, Writer};

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[
    &hdel::ROW,
    &hexists::ROW,
    &hget::ROW,
    &hgetall::ROW,
    &hincrby::ROW,
    &hincrbyfloat::ROW,
    &hkeys::ROW,
    &hlen::ROW,
    &hmget::ROW,
    &hmset::ROW,
    &hrandfield::ROW,
    &hscan::ROW,
    &hset::ROW,
    &hsetnx::ROW,
    &hstrlen::ROW,
    &hvals::ROW,
];

/// Replies with a field's value, or null.
fn reply_field(value: Option<&[u8]>, reply: &mut Writer<'_>) {
    match value {
        Some(value) => reply.bulk(value),
        None => reply.null(),
    }
}

fn hash(value: &Value) -> Option<&Hash> {
    match value {
        Value::Hash(hash) => Some(hash),
        _ => None,
    }
}

fn hash_mut(value: &mut Value) -> Option<&mut Hash> {
    match value {
        Value::Hash(hash) => Some(hash),
        _ => None,
    }
}

fn limits(ctx: &Context<'_>) -> Limits {
    limits::of_hashes(&ctx.server.config.settings, ctx.data.seed())
}

/// HSET of one field; whether it is new.
fn set_field(ctx: &mut Context<'_>, key: &[u8], field: &[u8], value: &[u8]) -> Result<bool, Error> {
    let limits = limits(ctx);
    let id = match ctx.data.write_hash(key)? {
        Some(id) => id,
        None => ctx.data.insert(key, Value::Hash(Hash::new())),
    };
    let is_new = ctx.data.edit(id, |old| hash_mut(old).is_some_and(|hash| hash.set(field, value, &limits)));
    ctx.data.changed(key);
    ctx.data.work.bytes += value.len() as u64;
    Ok(is_new)
}

/// HSET and HMSET; how many fields are new.
fn set_pairs(ctx: &mut Context<'_>, args: Args<'_>, command: &str) -> Result<i64, Error> {
    if !args.len().is_multiple_of(2) {
        return Err(Error::WrongArity(command.to_string()));
    }
    let (key, pairs, limits) = (&args[1], args.from(2), limits(ctx));
    let id = match ctx.data.write_hash(key)? {
        Some(id) => id,
        None => ctx.data.insert(key, Value::Hash(Hash::new())),
    };
    let added = ctx.data.edit(id, |value| {
        let Some(hash) = hash_mut(value) else { return 0 };
        hash.expect(pairs.len() / 2, &limits);
        (0..pairs.len()).step_by(2).filter(|at| hash.set(&pairs[*at], &pairs[at + 1], &limits)).count()
    });
    ctx.data.changed(key);
    ctx.data.notify(class::HASH, "hset", key);
    ctx.data.dirty += pairs.len() as u64 / 2 - 1;
    ctx.data.work.elements += pairs.len() as u64 / 2 - 1;
    ctx.data.work.bytes += pairs.total_bytes() as u64;
    Ok(added as i64)
}

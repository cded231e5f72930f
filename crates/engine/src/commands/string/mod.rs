//! The string commands.

mod append;
mod decr;
mod decrby;
mod get;
mod getdel;
mod getex;
mod getrange;
mod getset;
mod incr;
mod incrby;
mod incrbyfloat;
mod lcs;
mod mget;
mod mset;
mod msetnx;
mod psetex;
mod set;
mod setex;
mod setnx;
mod setrange;
mod strlen;
mod substr;

use crate::commands::options::integer;
use crate::context::Context;
use crate::keyspace::Dataset;
use crate::keyspace::notify::class;
use crate::row::Row;
use resplay_datatypes::{EntryId, Scratch, Str, Value};
use resplay_resp::{Args, Error, Writer};

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[
    &append::ROW,
    &decr::ROW,
    &decrby::ROW,
    &get::ROW,
    &getdel::ROW,
    &getex::ROW,
    &getrange::ROW,
    &getset::ROW,
    &incr::ROW,
    &incrby::ROW,
    &incrbyfloat::ROW,
    &lcs::ROW,
    &mget::ROW,
    &mset::ROW,
    &msetnx::ROW,
    &psetex::ROW,
    &set::ROW,
    &setex::ROW,
    &setnx::ROW,
    &setrange::ROW,
    &strlen::ROW,
    &substr::ROW,
];

/// Replies with a string, or null.
fn reply_string(string: Option<&Str>, reply: &mut Writer<'_>) {
    match string {
        Some(string) => reply.bulk(string.bytes(&mut Scratch::new())),
        None => reply.null(),
    }
}

/// SET without options.
fn assign(ctx: &mut Context<'_>, key: &[u8], value: &[u8]) {
    ctx.data.find(key);
    ctx.data.insert(key, Value::Str(Str::from_bytes(value)));
    ctx.data.changed(key);
    ctx.data.notify(class::STRING, "set", key);
    ctx.data.work.bytes += value.len() as u64;
}

/// Keys and values come in pairs.
fn check_pairs(args: Args<'_>, command: &str) -> Result<(), Error> {
    if args.len().is_multiple_of(2) { Err(Error::WrongArity(command.to_string())) } else { Ok(()) }
}

fn assign_pairs(ctx: &mut Context<'_>, args: Args<'_>) {
    for at in (1..args.len()).step_by(2) {
        assign(ctx, &args[at], &args[at + 1]);
    }
    ctx.data.work.elements += args.len() as u64 / 2 - 1;
}

fn string_len(data: &Dataset, id: EntryId) -> usize {
    match data.value(id) {
        Value::Str(string) => string.len(),
        _ => 0,
    }
}

/// The value as a buffer to change in place. Callers have checked its type.
fn buffer(value: &mut Value) -> &mut Vec<u8> {
    match value {
        Value::Str(string) => string.make_raw(),
        _ => unreachable!("checked to be a string"),
    }
}

/// A string may not grow beyond what a client may send.
fn check_length(ctx: &Context<'_>, len: usize, more: usize) -> Result<(), Error> {
    let total = (len as u64).saturating_add(more as u64);
    if total > ctx.server.config.settings.proto_max_bulk_len { Err(Error::StringTooLong) } else { Ok(()) }
}

/// INCR and its kin.
fn add(ctx: &mut Context<'_>, key: &[u8], by: i64) -> Result<(), Error> {
    let id = ctx.data.write_string(key)?;
    let old = match id.map(|id| ctx.data.value(id)) {
        Some(Value::Str(string)) => string.as_i64().ok_or(Error::NotAnInteger)?,
        _ => 0,
    };
    let sum = old.checked_add(by).ok_or(Error::Overflow)?;
    let value = Value::Str(Str::from_i64(sum));
    match id {
        Some(id) => ctx.data.replace(id, value),
        None => drop(ctx.data.insert(key, value)),
    }
    ctx.data.changed(key);
    ctx.data.notify(class::STRING, "incrby", key);
    ctx.reply.int(sum);
    Ok(())
}

/// GETRANGE: both ends included, negative ones counted from the end.
fn reply_range(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (start, end) = (integer(&args[2])?, integer(&args[3])?);
    let mut scratch = Scratch::new();
    let Some(string) = ctx.data.read_string(&args[1])? else {
        ctx.reply.bulk(b"");
        return Ok(());
    };
    let bytes = string.bytes(&mut scratch);
    let piece = range_of(bytes.len(), start, end).map_or(&[][..], |range| &bytes[range]);
    ctx.reply.bulk(piece);
    let len = piece.len() as u64;
    ctx.data.work.bytes += len;
    Ok(())
}

fn range_of(len: usize, start: i64, end: i64) -> Option<std::ops::Range<usize>> {
    if start < 0 && end < 0 && start > end {
        return None;
    }
    let len = len as i64;
    let from_end = |at: i64| if at < 0 { (len + at).max(0) } else { at };
    let (start, end) = (from_end(start), from_end(end).min(len - 1));
    (len > 0 && start <= end).then(|| start as usize..end as usize + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_count_from_either_end_and_are_clipped() {
        let range = |start, end| range_of(5, start, end);
        assert_eq!(range(0, -1), Some(0..5));
        assert_eq!(range(-3, -2), Some(2..4));
        assert_eq!(range(-100, 1), Some(0..2));
        assert_eq!(range(3, 100), Some(3..5));
        assert_eq!(range(4, 2), None);
        assert_eq!(range(-1, -3), None);
        assert_eq!(range_of(0, 0, -1), None);
    }
}

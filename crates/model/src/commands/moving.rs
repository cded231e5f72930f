//! Keys that move: to another name, another database, or both.

use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::keyspace::Ttl;
use crate::table::{Row, row};
use crate::value::Item;
use resplay_resp::Error;

pub(crate) const ROWS: &[Row] = &[
    row("COPY", -3, "wm", copy),
    row("MOVE", 3, "w", move_key),
    row("RENAME", 3, "w", |call| rename(call, true).and_then(|_| Answer::ok())),
    row("RENAMENX", 3, "w", |call| rename(call, false).and_then(Answer::flag)),
];

/// Puts an item under a name, its time to live included. What was there is deleted first, so that the key comes
/// into being for those who wait for it.
fn place(call: &mut Call<'_>, db: u32, key: &[u8], item: Item) {
    call.keyspace.remove(db, key);
    call.keyspace.put(db, key, item.value, item.expires_at.map_or(Ttl::Clear, Ttl::At));
}

/// Whether the key got the new name.
fn rename(call: &mut Call<'_>, may_replace: bool) -> Result<bool, Error> {
    let (db, from, to) = (call.db(), call.word(1), call.word(2));
    let is_taken = call.keyspace.get(db, to).is_some();
    if call.keyspace.get(db, from).is_none() {
        return Err(Error::NoSuchKey);
    }
    if from == to || (is_taken && !may_replace) {
        return Ok(false);
    }
    if let Some(item) = call.keyspace.remove(db, from) {
        place(call, db, to, item);
        call.notify('g', "rename_from", from);
        call.notify('g', "rename_to", to);
    }
    Ok(true)
}

fn move_key(call: &mut Call<'_>) -> Outcome {
    let (from, to, key) = (call.db(), call.db_number(2)?, call.word(1));
    if from == to {
        return Err(Error::SameObject);
    }
    if call.keyspace.get(from, key).is_none() || call.keyspace.get(to, key).is_some() {
        return Answer::int(0);
    }
    if let Some(item) = call.keyspace.remove(from, key) {
        place(call, to, key, item);
        call.keyspace.notify('g', "move_from", from, key);
        call.keyspace.notify('g', "move_to", to, key);
    }
    Answer::int(1)
}

fn copy(call: &mut Call<'_>) -> Outcome {
    let (mut to_db, mut may_replace, mut at) = (call.db(), false, 3);
    while at < call.argv.len() {
        match call.option(at).as_slice() {
            b"REPLACE" => may_replace = true,
            b"DB" if at + 1 < call.argv.len() => {
                at += 1;
                to_db = call.db_number(at)?;
            }
            _ => return Err(Error::Syntax),
        }
        at += 1;
    }
    copy_to(call, to_db, may_replace)
}

fn copy_to(call: &mut Call<'_>, to_db: u32, may_replace: bool) -> Outcome {
    let (db, from, to) = (call.db(), call.word(1), call.word(2));
    if db == to_db && from == to {
        return Err(Error::SameObject);
    }
    let Some(item) = call.keyspace.get(db, from).cloned() else { return Answer::int(0) };
    if call.keyspace.get(to_db, to).is_some() && !may_replace {
        return Answer::int(0);
    }
    place(call, to_db, to, item);
    call.keyspace.notify('g', "copy_to", to_db, to);
    Answer::int(1)
}

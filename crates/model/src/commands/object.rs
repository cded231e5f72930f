//! OBJECT and MEMORY: how a key is kept.

use crate::answer::{Answer, Outcome};
use crate::call::{Call, as_bulk};
use crate::table::{Row, container, row};
use crate::value::Item;
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[
    container("OBJECT"),
    row("OBJECT|ENCODING", 3, "", encoding),
    row("OBJECT|FREQ", 3, "", freq),
    row("OBJECT|HELP", 2, "l", |call| call.help()),
    row("OBJECT|IDLETIME", 3, "", idletime),
    row("OBJECT|REFCOUNT", 3, "", refcount),
    container("MEMORY"),
    row("MEMORY|DOCTOR", 2, "", |call| call.form("a text", is_text)),
    row("MEMORY|HELP", 2, "l", |call| call.help()),
    row("MEMORY|MALLOC-STATS", 2, "", |call| call.form("a text", is_text)),
    row("MEMORY|PURGE", 2, "", |call| call.form("OK or an error", |reply| is_ok(reply) || reply.is_error())),
    row("MEMORY|STATS", 2, "", |call| {
        call.form("a map", |reply| matches!(reply, Reply::Map(_) | Reply::Array(_)))
    }),
    row("MEMORY|USAGE", -3, "", usage),
];

/// A text for people.
pub(crate) fn is_text(reply: &Reply) -> bool {
    matches!(reply, Reply::Bulk(_) | Reply::Verbatim(..))
}

/// `+OK`.
pub(crate) fn is_ok(reply: &Reply) -> bool {
    *reply == Reply::ok()
}

fn is_number_from(reply: &Reply, least: i64) -> bool {
    matches!(reply, Reply::Int(value) if *value >= least)
}

/// The key in word 2.
fn item<'c>(call: &'c Call<'_>) -> Option<&'c Item> {
    call.keyspace.get(call.session.db, &call.argv[2])
}

fn encoding(call: &mut Call<'_>) -> Outcome {
    match item(call).map(|item| item.value.encoding()) {
        None => Answer::null(),
        Some(Some(encoding)) => Answer::bulk(encoding.as_bytes()),
        Some(None) => call.form("an encoding of the type", |reply| as_bulk(reply).is_some()),
    }
}

fn freq(call: &mut Call<'_>) -> Outcome {
    match item(call) {
        None => Answer::null(),
        Some(_) if !call.keyspace.settings.is_lfu() => Err(Error::NotLfu),
        Some(_) => call.form("a frequency", |reply| is_number_from(reply, 0)),
    }
}

fn idletime(call: &mut Call<'_>) -> Outcome {
    match item(call) {
        None => Answer::null(),
        Some(_) if call.keyspace.settings.is_lfu() => Err(Error::NotLru),
        Some(_) => call.form("seconds", |reply| is_number_from(reply, 0)),
    }
}

fn refcount(call: &mut Call<'_>) -> Outcome {
    match item(call) {
        None => Answer::null(),
        Some(_) => call.form("a count", |reply| is_number_from(reply, 1)),
    }
}

fn usage(call: &mut Call<'_>) -> Outcome {
    for index in (3..call.argv.len()).step_by(2) {
        if call.option(index) != b"SAMPLES" || index + 1 >= call.argv.len() {
            return Err(Error::Syntax);
        }
        if call.int(index + 1)? < 0 {
            return Err(Error::Syntax);
        }
    }
    // The real server looks here without asking the clock: a dead key that was not reclaimed still has a size.
    match call.keyspace.physical(call.db(), call.word(2)) {
        // Nor is it certain within a transaction: that a later command of it found the key dead is told before.
        None if call.is_in_exec => call
            .form("nothing, or a size in bytes", |reply| *reply == Reply::Null || is_number_from(reply, 1)),
        None => Answer::null(),
        Some(_) => call.form("a size in bytes", |reply| is_number_from(reply, 1)),
    }
}

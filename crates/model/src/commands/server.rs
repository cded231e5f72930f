//! The server as a whole. What depends on its surroundings is checked in form alone.

use crate::answer::{Answer, Outcome};
use crate::call::{Call, as_bulk};
use crate::commands::list_pops::wait;
use crate::commands::object::is_text;
use crate::table::{Row, container, row};
use crate::waiting::Awaited;
use resplay_resp::number::parse_i64;
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[
    row("COMMAND", -1, "lc", |call| call.form("an array", |reply| matches!(reply, Reply::Array(_)))),
    row("COMMAND|COUNT", 2, "l", |call| call.form("a number", is_count)),
    row("COMMAND|DOCS", -2, "l", from_the_table),
    row("COMMAND|GETKEYS", -3, "l", from_the_table),
    row("COMMAND|GETKEYSANDFLAGS", -3, "l", from_the_table),
    row("COMMAND|HELP", 2, "l", |call| call.help()),
    row("COMMAND|INFO", -2, "l", from_the_table),
    row("COMMAND|LIST", -2, "l", from_the_table),
    row("DBSIZE", 1, "", |call| Answer::count(call.keyspace.databases[call.db() as usize].len())),
    row("FLUSHALL", -1, "w", flushall),
    row("FLUSHDB", -1, "w", flushdb),
    row("INFO", -1, "l", |call| call.form("a text", is_text)),
    row("LASTSAVE", 1, "l", |call| call.form("a time", is_count)),
    row("SHUTDOWN", -1, "ln", |call| call.form("no reply, or an error", Reply::is_error)),
    container("SLOWLOG"),
    row("SLOWLOG|GET", -2, "l", slowlog_get),
    row("SLOWLOG|HELP", 2, "l", |call| call.help()),
    row("SLOWLOG|LEN", 2, "l", |call| call.form("a number", is_count)),
    row("SLOWLOG|RESET", 2, "l", |_| Answer::ok()),
    row("SWAPDB", 3, "w", swapdb),
    row("TIME", 1, "l", time),
    row("WAIT", 3, "", wait_for_replicas),
];

fn is_count(reply: &Reply) -> bool {
    matches!(reply, Reply::Int(value) if *value >= 0)
}

/// The subcommands of COMMAND answer from the node's own table of commands.
fn from_the_table(call: &mut Call<'_>) -> Outcome {
    call.form("what the table of commands says", |reply| {
        matches!(reply, Reply::Array(_) | Reply::Map(_) | Reply::Set(_) | Reply::Error(_))
    })
}

/// Checks the one option that FLUSHALL and FLUSHDB take.
fn flush_option(call: &Call<'_>) -> Result<(), Error> {
    match (call.argv.len(), call.option(1).as_slice()) {
        (1, _) | (2, b"SYNC" | b"ASYNC") => Ok(()),
        _ => Err(Error::Syntax),
    }
}

fn flushall(call: &mut Call<'_>) -> Outcome {
    flush_option(call)?;
    (0..call.keyspace.databases.len() as u32).for_each(|db| call.keyspace.flush(db));
    Answer::ok()
}

fn flushdb(call: &mut Call<'_>) -> Outcome {
    flush_option(call)?;
    call.keyspace.flush(call.session.db);
    Answer::ok()
}

fn swapdb(call: &mut Call<'_>) -> Outcome {
    let index = |at, bad: Error| i32::try_from(call.int(at).map_err(|_| bad.clone())?).map_err(|_| bad);
    let (a, b) = (index(1, Error::InvalidFirstDb)?, index(2, Error::InvalidSecondDb)?);
    let is_there = |number: &u32| (*number as usize) < call.keyspace.databases.len();
    let existing = |number: i32| u32::try_from(number).ok().filter(is_there).ok_or(Error::DbOutOfRange);
    let (a, b) = (existing(a)?, existing(b)?);
    call.keyspace.swap(a, b);
    Answer::ok()
}

fn slowlog_get(call: &mut Call<'_>) -> Outcome {
    match call.argv.len() {
        2 => {}
        3 if call.int(2).is_ok_and(|count| count >= -1) => {}
        3 => return Err(Error::Custom("ERR count should be greater than or equal to -1".to_owned())),
        _ => return call.form("an error", Reply::is_error),
    }
    call.form("an array", |reply| matches!(reply, Reply::Array(_)))
}

/// There are none.
fn wait_for_replicas(call: &mut Call<'_>) -> Outcome {
    let wanted = call.int(1)?;
    let deadline = call.deadline_ms(2)?;
    match wanted > 0 && call.may_wait() {
        true => wait(call, &[], Awaited::Replicas, deadline),
        false => Answer::int(0),
    }
}

fn time(call: &mut Call<'_>) -> Outcome {
    let is_number = |reply: &Reply| as_bulk(reply).and_then(parse_i64).is_some();
    call.form("seconds and microseconds", |reply| match reply {
        Reply::Array(parts) => parts.len() == 2 && parts.iter().all(is_number),
        _ => false,
    })
}

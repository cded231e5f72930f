//! The server as a whole. What depends on its surroundings is checked in form alone.

use crate::answer::{Answer, Outcome};
use crate::call::{Call, as_bulk, error};
use crate::commands::list_pops::wait;
use crate::commands::object::is_text;
use crate::table::{Row, container, row};
use crate::waiting::Awaited;
use resplay_resp::number::parse_i64;
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[
    row("BGREWRITEAOF", 1, "", bgrewriteaof),
    row("BGSAVE", -1, "", bgsave),
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
    row("SAVE", 1, "n", |call| call.form("OK, or that it failed", is_saved)),
    row("SHUTDOWN", -1, "ln", |call| call.form("no reply, or an error", Reply::is_error)),
    container("SLOWLOG"),
    row("SLOWLOG|GET", -2, "l", slowlog_get),
    row("SLOWLOG|HELP", 2, "l", |call| call.help()),
    row("SLOWLOG|LEN", 2, "l", |call| call.form("a number", is_count)),
    row("SLOWLOG|RESET", 2, "l", |_| Answer::ok()),
    row("SWAPDB", 3, "w", swapdb),
    row("TIME", 1, "l", time),
    row("WAIT", 3, "", wait_for_replicas),
    row("WAITAOF", 4, "", wait_for_file),
];

fn is_count(reply: &Reply) -> bool {
    matches!(reply, Reply::Int(value) if *value >= 0)
}

/// Whether a save succeeds is the disk's to say, and what it saves shows when the node starts again.
fn is_saved(reply: &Reply) -> bool {
    match reply {
        Reply::Simple(word) => word == b"OK",
        Reply::Error(why) => why == b"ERR" || why == UNDER_WAY,
        _ => false,
    }
}

const UNDER_WAY: &[u8] = b"ERR Background save already in progress";
const REWRITE_MEANWHILE: &[u8] =
    b"ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE \
    SCHEDULE in order to schedule a BGSAVE whenever possible.";

/// Inside a transaction it is put off until that is over, and while a file is being saved.
fn bgrewriteaof(call: &mut Call<'_>) -> Outcome {
    let is_in_exec = call.is_in_exec;
    call.form("that it begins, or that one is under way", |reply| match reply {
        Reply::Simple(text) if text == b"Background append only file rewriting started" => !is_in_exec,
        Reply::Simple(text) => text == b"Background append only file rewriting scheduled",
        Reply::Error(why) => why == REWRITE_UNDER_WAY || why == CANNOT_REWRITE,
        _ => false,
    })
}

const REWRITE_UNDER_WAY: &[u8] = b"ERR Background append only file rewriting already in progress";
const CANNOT_REWRITE: &[u8] =
    b"ERR Can't execute an AOF background rewriting. Please check the server logs for more information.";

/// Inside a transaction it is put off until that is over, and with SCHEDULE while a file is being rewritten.
fn bgsave(call: &mut Call<'_>) -> Outcome {
    match (call.argv.len(), call.option(1).as_slice()) {
        (1, _) | (2, b"SCHEDULE") => {}
        _ => return Err(Error::Syntax),
    }
    let (is_in_exec, may_wait) = (call.is_in_exec, call.argv.len() == 2);
    call.form("that it begins, or that one is under way", |reply| match reply {
        Reply::Simple(text) if text == b"Background saving started" => !is_in_exec,
        Reply::Simple(text) => text == b"Background saving scheduled" && (is_in_exec || may_wait),
        Reply::Error(why) => why == UNDER_WAY || why == REWRITE_MEANWHILE,
        _ => false,
    })
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

/// When the file is on disk is the node's to say; replicas there are none.
fn wait_for_file(call: &mut Call<'_>) -> Outcome {
    let is_local = call.int(1)? == 1;
    call.int_in(1, 0..=1, "value is out of range, value must between 0 and 1")?;
    let replicas = parse_i64(call.word(2)).filter(|count| *count >= 0).ok_or(Error::NotPositive)?;
    let deadline = call.deadline_ms(3)?;
    let is_on = call.keyspace.settings.append_only;
    if is_local && !is_on {
        return Err(error("WAITAOF cannot be used when numlocal is set but appendonly is disabled."));
    }
    let does_wait = replicas > 0 || (is_local && call.actual.is_empty());
    match does_wait && call.may_wait() {
        true => wait(call, &[], Awaited::File, deadline),
        false => call.form("as many files as are on disk", |reply| is_synced(reply, is_on)),
    }
}

/// Whether WAITAOF may say so: of one file, if there is one, and no replica.
pub(crate) fn is_synced(reply: &Reply, is_on: bool) -> bool {
    *reply == Reply::Array(vec![Reply::Int(0), Reply::Int(0)])
        || (is_on && *reply == Reply::Array(vec![Reply::Int(1), Reply::Int(0)]))
}

fn time(call: &mut Call<'_>) -> Outcome {
    let is_number = |reply: &Reply| as_bulk(reply).and_then(parse_i64).is_some();
    call.form("seconds and microseconds", |reply| match reply {
        Reply::Array(parts) => parts.len() == 2 && parts.iter().all(is_number),
        _ => false,
    })
}

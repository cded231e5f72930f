//! XSETID: An internal command for replicating stream values.

use super::ids;
use crate::commands::options::integer;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_datatypes::stream::{Id, Log};
use resplay_resp::{Args, Error};

/// What the server knows of XSETID.
pub(super) const ROW: Row = Row {
    summary: "An internal command for replicating stream values.",
    complexity: "O(1)",
    group: "stream",
    since: "5.0.0",
    history: &[("7.0.0", "Added the `entries_added` and `max_deleted_entry_id` arguments.")],
    arity: -3,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "UPDATE"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("last-id", Kind::String),
        Arg::new("entries-added", Kind::Integer).token("ENTRIESADDED").since("7.0.0").optional(),
        Arg::new("max-deleted-id", Kind::String).token("MAXDELETEDID").since("7.0.0").optional(),
    ],
    ..Row::new("xsetid", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, last_id) = (&args[1], ids::strict(&args[2], 0)?);
    let (mut added, mut max_deleted) = (None, None);
    for at in (3..args.len()).step_by(2) {
        let value = args.get(at + 1).ok_or(Error::Syntax)?;
        if args[at].eq_ignore_ascii_case(b"entriesadded") {
            let number = integer(value)?;
            added = Some(u64::try_from(number).map_err(|_| error("entries_added must be positive"))?);
        } else if args[at].eq_ignore_ascii_case(b"maxdeletedid") {
            max_deleted = Some(ids::strict(value, 0)?).filter(|id| *id > Id::MIN);
            if max_deleted.is_some_and(|max| last_id < max) {
                return Err(smaller("ID", "the provided max_deleted_entry_id"));
            }
        } else {
            return Err(Error::Syntax);
        }
    }
    let id = ctx.data.write_as::<Stream>(key)?.ok_or(Error::NoSuchKey)?;
    check(ctx.data.value_as::<Stream>(id).log(), last_id, added)?;
    ctx.data.edit_as::<Stream, _>(id, |stream| stream.log_mut().set_ids(last_id, added, max_deleted));
    ctx.reply.ok();
    ctx.data.dirty += 1;
    ctx.data.notify(class::STREAM, "xsetid", key);
    Ok(())
}

/// Refuses what would contradict the entries that are there.
fn check(log: &Log, last_id: Id, added: Option<u64>) -> Result<(), Error> {
    if last_id < log.max_deleted_id() {
        return Err(smaller("ID", "current max_deleted_entry_id"));
    }
    let Some(last) = log.edge(true) else { return Ok(()) };
    if last_id < last.id {
        return Err(smaller("ID", "the target stream top item"));
    }
    if added.is_some_and(|added| added < log.len()) {
        return Err(smaller("entries_added", "the target stream length"));
    }
    Ok(())
}

fn smaller(what: &str, than: &str) -> Error {
    error(&format!("The {what} specified in XSETID is smaller than {than}"))
}

fn error(text: &str) -> Error {
    Error::Custom(format!("ERR {text}"))
}

//! XGROUP CREATE: Creates a consumer group.

use super::{check_key, check_words, parse, starting_point};
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_resp::{Args, Error};

/// What the server knows of XGROUP CREATE.
pub(super) const ROW: Row = Row {
    summary: "Creates a consumer group.",
    complexity: "O(1)",
    group: "stream",
    since: "5.0.0",
    history: &[("7.0.0", "Added the `entries_read` named argument.")],
    arity: -5,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(2),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "INSERT"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("group", Kind::String),
        Arg::new("id-selector", Kind::OneOf).of(&[Arg::new("id", Kind::String), Arg::word("new-id", "$")]),
        Arg::word("mkstream", "MKSTREAM").optional(),
        Arg::new("entriesread", Kind::Integer).token("ENTRIESREAD").display("entries-read").optional(),
    ],
    ..Row::new("xgroup|create", run)
};

/// As many words as it has options that differ, the name of the command included.
const WORDS_MAX: usize = 8;

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, name) = (&args[2], &args[3]);
    let options = parse(args, true)?;
    let found = ctx.data.write_as::<Stream>(key)?;
    if !options.mkstream {
        check_key(found)?;
    }
    check_words(args, WORDS_MAX)?;
    let stream = found.map(|id| ctx.data.value_as::<Stream>(id));
    let last_id = starting_point(stream, &args[4], false)?;
    let id = found.unwrap_or_else(|| ctx.data.insert(key, Stream::new().into()));
    let is_new =
        ctx.data.edit_as::<Stream, _>(id, |stream| stream.create_group(name, last_id, options.entries_read));
    if !is_new {
        return Err(Error::Custom("BUSYGROUP Consumer Group name already exists".to_string()));
    }
    if found.is_none() {
        ctx.data.touch(key);
    }
    ctx.data.dirty += 1;
    ctx.data.notify(class::STREAM, "xgroup-create", key);
    ctx.reply.ok();
    Ok(())
}

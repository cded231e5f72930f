//! XGROUP SETID: Sets the last-delivered ID of a consumer group.

use super::{check_words, find_group, parse, starting_point};
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_resp::{Args, Error};

/// What the server knows of XGROUP SETID.
pub(super) const ROW: Row = Row {
    summary: "Sets the last-delivered ID of a consumer group.",
    complexity: "O(1)",
    group: "stream",
    since: "5.0.0",
    history: &[("7.0.0", "Added the optional `entries_read` argument.")],
    arity: -5,
    flags: flag::WRITE,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(2),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "UPDATE"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("group", Kind::String),
        Arg::new("id-selector", Kind::OneOf).of(&[Arg::new("id", Kind::String), Arg::word("new-id", "$")]),
        Arg::new("entriesread", Kind::Integer).token("ENTRIESREAD").display("entries-read").optional(),
    ],
    ..Row::new("xgroup|setid", run)
};

/// As many words as it has options that differ, the name of the command included.
const WORDS_MAX: usize = 7;

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, name) = (&args[2], &args[3]);
    let options = parse(args, false)?;
    let id = find_group(ctx, args)?;
    check_words(args, WORDS_MAX)?;
    let last_id = starting_point(Some(ctx.data.value_as::<Stream>(id)), &args[4], true)?;
    ctx.data.edit_as::<Stream, _>(id, |stream| {
        stream.edit_group(name, |_, group| group.set_id(last_id, options.entries_read))
    });
    ctx.data.dirty += 1;
    ctx.data.notify(class::STREAM, "xgroup-setid", key);
    ctx.reply.ok();
    Ok(())
}

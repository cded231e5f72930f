//! XGROUP: A container for consumer groups commands.

mod create;
mod createconsumer;
mod delconsumer;
mod destroy;
mod help;
mod setid;

use super::ids;
use crate::commands::options::integer;
use crate::context::Context;
use crate::row::Row;
use resplay_datatypes::stream::{Group, Id};
use resplay_datatypes::{EntryId, Stream};
use resplay_resp::{Args, Error};

/// What the server knows of XGROUP.
pub(super) const ROW: Row = Row {
    summary: "A container for consumer groups commands.",
    complexity: "Depends on subcommand.",
    group: "stream",
    since: "5.0.0",
    arity: -2,
    subcommands: &[
        &create::ROW,
        &createconsumer::ROW,
        &delconsumer::ROW,
        &destroy::ROW,
        &help::ROW,
        &setid::ROW,
    ],
    ..Row::new("xgroup", crate::commands::bare_container)
};

/// The words after the id.
struct Options {
    mkstream: bool,
    entries_read: i64,
}

/// Reads the words of CREATE after the id, or those of SETID.
fn parse(args: Args<'_>, is_create: bool) -> Result<Options, Error> {
    let mut options = Options { mkstream: false, entries_read: Group::UNKNOWN };
    let mut at = 5;
    while let Some(word) = args.get(at) {
        let value = args.get(at + 1).filter(|_| word.eq_ignore_ascii_case(b"entriesread"));
        if is_create && word.eq_ignore_ascii_case(b"mkstream") {
            options.mkstream = true;
        } else if let Some(value) = value {
            options.entries_read = integer(value)?;
            if options.entries_read < 0 && options.entries_read != Group::UNKNOWN {
                return Err(Error::Custom("ERR value for ENTRIESREAD must be positive or -1".to_string()));
            }
            at += 1;
        } else {
            return Err(syntax(args));
        }
        at += 1;
    }
    Ok(options)
}

/// Options may be repeated, but only as far as the words are no more than all options once would take. The real
/// servers find out after they have read them, and after they have looked for key and group.
fn check_words(args: Args<'_>, max: usize) -> Result<(), Error> {
    if args.len() > max { Err(syntax(args)) } else { Ok(()) }
}

fn syntax(args: Args<'_>) -> Error {
    Error::SubcommandSyntax(args[1].to_vec(), "XGROUP".to_string())
}

/// The stream must be there.
fn check_key(found: Option<EntryId>) -> Result<EntryId, Error> {
    found.ok_or_else(|| {
        Error::Custom(
            "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the \
             MKSTREAM option to create an empty stream automatically."
                .to_string(),
        )
    })
}

/// The stream, which must be there and have the group.
fn find_group(ctx: &mut Context<'_>, args: Args<'_>) -> Result<EntryId, Error> {
    let id = check_key(ctx.data.write_as::<Stream>(&args[2])?)?;
    if ctx.data.value_as::<Stream>(id).group(&args[3]).is_none() {
        return Err(Error::NoGroupOfKey(args[3].to_vec(), args[2].to_vec()));
    }
    Ok(id)
}

/// The id that a group has read up to; `$` is the last one. SETID knows `-` and `+` as well.
fn starting_point(stream: Option<&Stream>, text: &[u8], is_setid: bool) -> Result<Id, Error> {
    match text {
        b"$" => Ok(stream.map_or(Id::MIN, |stream| stream.log().last_id())),
        text if is_setid => ids::any(text, 0),
        text => ids::strict(text, 0),
    }
}

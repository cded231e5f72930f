//! COPY: Copies the value of a key to a new key.

use crate::commands::options::small_integer;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::keyspace::{Entry, Loose};
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Value;
use resplay_resp::{Args, Error};

/// What the server knows of COPY.
pub(super) const ROW: Row = Row {
    summary: "Copies the value of a key to a new key.",
    complexity: "O(N) worst case for collections, where N is the number of nested items. O(1) for string values.",
    group: "generic",
    since: "6.2.0",
    arity: -3,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["keyspace"],
    keys: &[
        KeySpec {
            begin: Begin::Index(1),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["RO", "ACCESS"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Index(2),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["OW", "UPDATE"],
            notes: None,
        },
    ],
    arguments: &[
        Arg::key("source", 0),
        Arg::key("destination", 1),
        Arg::new("destination-db", Kind::Integer).token("DB").optional(),
        Arg::word("replace", "REPLACE").optional(),
    ],
    ..Row::new("copy", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let options = parse(ctx, args.from(3))?;
    let (from, to) = (&args[1], &args[2]);
    let source_db = ctx.data.db;
    if source_db == options.db && from == to {
        return Err(Error::SameObject);
    }
    let Some(id) = ctx.data.read_id(from) else {
        ctx.reply.int(0);
        return Ok(());
    };
    let Entry { value, stamp, .. } = ctx.data.entry(id);
    let (value, stamp) = (copied(value), *stamp);
    let entry = Loose { value, stamp, expire_ms: ctx.data.expiry(id) };
    let copied = ctx.data.in_db(options.db, |data| {
        let taken = data.write(to);
        if taken.is_some() && !options.replace {
            return false;
        }
        data.remove(to);
        data.restore(to, entry);
        data.changed(to);
        data.notify(class::GENERIC, "copy_to", to);
        true
    });
    ctx.reply.int(i64::from(copied));
    Ok(())
}

fn copied(value: &Value) -> Value {
    match value {
        Value::Str(string) => Value::Str(string.copied()),
        value => value.clone(),
    }
}

struct Options {
    db: u32,
    replace: bool,
}

fn parse(ctx: &Context<'_>, words: Args<'_>) -> Result<Options, Error> {
    let mut options = Options { db: ctx.data.db, replace: false };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case(b"replace") {
            options.replace = true;
        } else if word.eq_ignore_ascii_case(b"db") {
            let number = small_integer(words.next().ok_or(Error::Syntax)?)?;
            options.db = super::database(ctx, number).ok_or(Error::DbOutOfRange)?;
        } else {
            return Err(Error::Syntax);
        }
    }
    Ok(options)
}

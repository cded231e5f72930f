//! INCRBYFLOAT: Increment the floating point value of a key by a number. Uses 0 as initial value if the key doesn't exist.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::extended::Extended;
use resplay_datatypes::{Scratch, Str, Value};
use resplay_resp::{Args, Error};

/// What the server knows of INCRBYFLOAT.
pub(super) const ROW: Row = Row {
    summary: "Increment the floating point value of a key by a number. Uses 0 as initial value if the key doesn't exist.",
    complexity: "O(1)",
    group: "string",
    since: "2.6.0",
    arity: 3,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("increment", Kind::Double)],
    ..Row::new("incrbyfloat", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let key = &args[1];
    let id = ctx.data.write_string(key)?;
    let old = match id.map(|id| ctx.data.value(id)) {
        Some(Value::Str(string)) => Extended::parse(string.bytes(&mut Scratch::new())),
        _ => Extended::parse(b"0"),
    };
    let (old, by) = old.zip(Extended::parse(&args[2])).ok_or(Error::NotAFloat)?;
    let sum = old.plus(by).filter(|sum| sum.is_finite()).ok_or(Error::NanOrInfinity)?.print();
    let value = Value::Str(Str::unencoded(sum.as_bytes()));
    match id {
        Some(id) => ctx.data.replace(id, value),
        None => drop(ctx.data.insert(key, value)),
    }
    ctx.data.changed(key);
    ctx.data.notify(class::STRING, "incrbyfloat", key);
    ctx.reply.bulk(sum.as_bytes());
    // Repeated as its result: the sum must not depend on who computes it.
    ctx.rewrite(&[b"SET", key, sum.as_bytes(), b"KEEPTTL"]);
    Ok(())
}

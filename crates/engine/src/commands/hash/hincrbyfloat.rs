//! HINCRBYFLOAT: Increments the floating point value of a field by a number. Uses 0 as initial value if the field doesn't exist.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::extended::Extended;
use resplay_resp::{Args, Error};

/// What the server knows of HINCRBYFLOAT.
pub(super) const ROW: Row = Row {
    summary: "Increments the floating point value of a field by a number. Uses 0 as initial value if the field doesn't exist.",
    complexity: "O(1)",
    group: "hash",
    since: "2.6.0",
    arity: 4,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["hash"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("field", Kind::String), Arg::new("increment", Kind::Double)],
    ..Row::new("hincrbyfloat", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, field) = (&args[1], &args[2]);
    let by = Extended::parse(&args[3]).ok_or(Error::NotAFloat)?;
    if !by.is_finite() {
        return Err(Error::Custom("ERR value is NaN or Infinity".to_string()));
    }
    let id = ctx.data.write_hash(key)?;
    let old = id.and_then(|id| super::hash(ctx.data.value(id))).and_then(|hash| hash.get(field));
    let old = Extended::parse(old.unwrap_or(b"0")).ok_or(Error::HashNotAFloat)?;
    let sum = old.plus(by).filter(|sum| sum.is_finite()).ok_or(Error::NanOrInfinity)?.print();
    super::set_field(ctx, key, field, sum.as_bytes())?;
    ctx.data.notify(class::HASH, "hincrbyfloat", key);
    ctx.reply.bulk(sum.as_bytes());
    // Repeated as its result: the sum must not depend on who computes it.
    ctx.rewrite(&[b"HSET", key, field, sum.as_bytes()]);
    Ok(())
}

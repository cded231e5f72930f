//! HINCRBY: Increments the integer value of a field in a hash by a number. Uses 0 as initial value if the field doesn't exist.

use crate::commands::options::integer;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::number;
use resplay_resp::{Args, Error};

/// What the server knows of HINCRBY.
pub(super) const ROW: Row = Row {
    summary: "Increments the integer value of a field in a hash by a number. Uses 0 as initial value if the field doesn't exist.",
    complexity: "O(1)",
    group: "hash",
    since: "2.0.0",
    arity: 4,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["hash"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "UPDATE"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("field", Kind::String), Arg::new("increment", Kind::Integer)],
    ..Row::new("hincrby", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let by = integer(&args[3])?;
    let id = ctx.data.write_hash(&args[1])?;
    let field = id.and_then(|id| super::hash(ctx.data.value(id))).and_then(|hash| hash.get(&args[2]));
    let old = field.map_or(Some(0), number::parse_i64).ok_or(Error::HashNotAnInteger)?;
    let sum = old.checked_add(by).ok_or(Error::Overflow)?;
    super::set_field(ctx, &args[1], &args[2], sum.to_string().as_bytes())?;
    ctx.data.notify(class::HASH, "hincrby", &args[1]);
    ctx.reply.int(sum);
    Ok(())
}

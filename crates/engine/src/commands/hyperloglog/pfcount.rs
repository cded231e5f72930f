//! PFCOUNT: Returns the approximated cardinality of the set(s) observed by the HyperLogLog key(s).

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::{Scratch, Str, hyperloglog as hll};
use resplay_resp::{Args, Error};

/// What the server knows of PFCOUNT.
pub(super) const ROW: Row = Row {
    summary: "Returns the approximated cardinality of the set(s) observed by the HyperLogLog key(s).",
    complexity: "O(1) with a very small average constant time when called with a single key. O(N) with N being the number of keys, and much bigger constant times, when called with multiple keys.",
    group: "hyperloglog",
    since: "2.8.9",
    arity: -2,
    flags: flag::READONLY | flag::MAY_REPLICATE,
    acl: &["hyperloglog"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -1, step: 1, limit: 0 },
        flags: &["RW", "ACCESS"],
        notes: Some(
            "RW because it may change the internal representation of the key, and propagate to replicas",
        ),
    }],
    arguments: &[Arg::key("key", 0).multiple()],
    ..Row::new("pfcount", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let count = if args.len() == 2 { count_one(ctx, &args[1])? } else { count_all(ctx, args.from(1))? };
    ctx.reply.int(count as i64);
    Ok(())
}

/// The estimate is remembered in the string, which is a change to repeat elsewhere.
fn count_one(ctx: &mut Context<'_>, key: &[u8]) -> Result<u64, Error> {
    let found = ctx.data.read_id_as::<Str>(key)?;
    let Some(id) = super::check(ctx.data, found)? else { return Ok(0) };
    let remembered = super::edit(ctx.data, id, |bytes| hll::remembered(bytes));
    if let Some(count) = remembered {
        return Ok(count);
    }
    ctx.data.work.elements += hll::REGISTERS as u64;
    let count = super::edit(ctx.data, id, |bytes| {
        let count = hll::count(bytes)?;
        hll::remember(bytes, count);
        Ok(count)
    });
    let count = count.map_err(super::corrupted)?;
    ctx.data.changed(key);
    Ok(count)
}

fn count_all(ctx: &mut Context<'_>, keys: Args<'_>) -> Result<u64, Error> {
    let mut all = hll::Registers::default();
    for key in keys.iter() {
        let found = ctx.data.read_id_as::<Str>(key)?;
        if let Some(id) = super::check(ctx.data, found)? {
            let bytes = ctx.data.value_as::<Str>(id);
            all.merge(bytes.bytes(&mut Scratch::new())).map_err(super::corrupted)?;
            ctx.data.work.elements += hll::REGISTERS as u64;
        }
    }
    Ok(all.count())
}

//! PFADD: Adds elements to a HyperLogLog key. Creates the key if it doesn't exist.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{Str, hyperloglog as hll};
use resplay_resp::{Args, Error};

/// What the server knows of PFADD.
pub(super) const ROW: Row = Row {
    summary: "Adds elements to a HyperLogLog key. Creates the key if it doesn't exist.",
    complexity: "O(1) to add every element.",
    group: "hyperloglog",
    since: "2.8.9",
    arity: -2,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["hyperloglog"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "INSERT"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("element", Kind::String).optional().multiple()],
    ..Row::new("pfadd", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, elements) = (&args[1], args.from(2));
    let sparse_max = ctx.server.config.settings.hll_sparse_max_bytes;
    let found = ctx.data.write_as::<Str>(key)?;
    let found = super::check(ctx.data, found)?;
    let id = found.unwrap_or_else(|| ctx.data.insert(key, Str::raw(hll::new()).into()));
    let added = super::edit(ctx.data, id, |bytes| {
        let mut added = 0;
        for element in elements.iter() {
            added += u64::from(hll::add(bytes, element, sparse_max)?);
        }
        if added > 0 || found.is_none() {
            hll::forget(bytes);
        }
        Ok(added)
    });
    let changes = added.map_err(super::corrupted)? + u64::from(found.is_none());
    ctx.data.work.elements += elements.len() as u64;
    ctx.data.work.bytes += elements.total_bytes() as u64;
    if changes > 0 {
        ctx.data.changed(key);
        ctx.data.dirty += changes - 1;
        ctx.data.notify(class::STRING, "pfadd", key);
    }
    ctx.reply.int(i64::from(changes > 0));
    Ok(())
}

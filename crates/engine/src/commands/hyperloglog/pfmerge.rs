//! PFMERGE: Merges one or more HyperLogLog values into a single key.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::{Scratch, Str, hyperloglog as hll};
use resplay_resp::{Args, Error};

/// What the server knows of PFMERGE.
pub(super) const ROW: Row = Row {
    summary: "Merges one or more HyperLogLog values into a single key.",
    complexity: "O(N) to merge N HyperLogLogs, but with high constant times.",
    group: "hyperloglog",
    since: "2.8.9",
    arity: -2,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["hyperloglog"],
    keys: &[
        KeySpec {
            begin: Begin::Index(1),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["RW", "ACCESS", "INSERT"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Index(2),
            find: Find::Range { last: -1, step: 1, limit: 0 },
            flags: &["RO", "ACCESS"],
            notes: None,
        },
    ],
    arguments: &[Arg::key("destkey", 0), Arg::key("sourcekey", 1).optional().multiple()],
    ..Row::new("pfmerge", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let target = &args[1];
    let sparse_max = ctx.server.config.settings.hll_sparse_max_bytes;
    let (mut all, mut is_any_dense) = (hll::Registers::default(), false);
    for key in args.from(1).iter() {
        let found = ctx.data.read_id_as::<Str>(key)?;
        if let Some(id) = super::check(ctx.data, found)? {
            let mut scratch = Scratch::new();
            let bytes = ctx.data.value_as::<Str>(id).bytes(&mut scratch);
            is_any_dense |= !hll::is_sparse(bytes);
            all.merge(bytes).map_err(super::corrupted)?;
            ctx.data.work.elements += hll::REGISTERS as u64;
        }
    }
    let found = ctx.data.write(target);
    let id = found.unwrap_or_else(|| ctx.data.insert(target, Str::raw(hll::new()).into()));
    let stored = super::edit(ctx.data, id, |bytes| {
        if is_any_dense {
            hll::make_dense(bytes)?;
        }
        all.store(bytes, sparse_max);
        Ok(())
    });
    stored.map_err(super::corrupted)?;
    ctx.data.changed(target);
    ctx.data.notify(class::STRING, "pfadd", target);
    ctx.reply.ok();
    Ok(())
}

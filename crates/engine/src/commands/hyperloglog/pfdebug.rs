//! PFDEBUG: Internal commands for debugging HyperLogLog values.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{EntryId, Str, hyperloglog as hll};
use resplay_resp::{Args, Error};

/// What the server knows of PFDEBUG.
pub(super) const ROW: Row = Row {
    summary: "Internal commands for debugging HyperLogLog values.",
    complexity: "N/A",
    group: "hyperloglog",
    since: "2.8.9",
    doc_flags: &["syscmd"],
    arity: 3,
    flags: flag::WRITE | flag::DENYOOM | flag::ADMIN,
    acl: &["hyperloglog"],
    keys: &[KeySpec {
        begin: Begin::Index(2),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::new("subcommand", Kind::String), Arg::key("key", 0)],
    ..Row::new("pfdebug", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let found = ctx.data.write_as::<Str>(&args[2])?;
    let Some(id) = super::check(ctx.data, found)? else {
        return Err(Error::Custom("ERR The specified key does not exist".to_owned()));
    };
    let is_sparse = super::edit(ctx.data, id, |bytes| hll::is_sparse(bytes));
    match args[1].to_ascii_lowercase().as_slice() {
        b"getreg" => {
            make_dense(ctx, id)?;
            let registers: Vec<u8> = super::edit(ctx.data, id, |bytes| hll::registers(bytes).collect());
            ctx.reply.array(registers.len());
            registers.iter().for_each(|value| ctx.reply.int(i64::from(*value)));
            ctx.data.work.elements += hll::REGISTERS as u64;
        }
        b"decode" if is_sparse => {
            let words = super::edit(ctx.data, id, |bytes| hll::describe(bytes));
            ctx.reply.bulk(words.as_bytes());
        }
        b"decode" => return Err(Error::Custom("ERR HLL encoding is not sparse".to_owned())),
        b"encoding" => ctx.reply.simple(if is_sparse { b"sparse" } else { b"dense" }),
        b"todense" => {
            let was_sparse = make_dense(ctx, id)?;
            ctx.reply.int(i64::from(was_sparse));
        }
        _ => return Err(Error::UnknownPfdebug(args[1].to_vec())),
    }
    Ok(())
}

/// Whether it was sparse. Such a change is repeated elsewhere, but transactions do not fail of it.
fn make_dense(ctx: &mut Context<'_>, id: EntryId) -> Result<bool, Error> {
    let was_sparse = super::edit(ctx.data, id, hll::make_dense).map_err(super::corrupted)?;
    ctx.data.dirty += u64::from(was_sparse);
    Ok(was_sparse)
}

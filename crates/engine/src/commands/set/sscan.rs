//! SSCAN: Iterates over members of a set.

use crate::commands::options::{ScanOptions, cursor};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Set;
use resplay_resp::{Args, Error};

/// What the server knows of SSCAN.
pub(super) const ROW: Row = Row {
    summary: "Iterates over members of a set.",
    complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
    group: "set",
    since: "2.8.0",
    arity: -3,
    flags: flag::READONLY,
    acl: &["set"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("cursor", Kind::Integer),
        Arg::new("pattern", Kind::Pattern).token("MATCH").optional(),
        Arg::new("count", Kind::Integer).token("COUNT").optional(),
    ],
    ..Row::new("sscan", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let mut at = cursor(&args[2])?;
    let Some(set) = ctx.data.read_as::<Set>(&args[1])? else {
        ctx.reply.array(2);
        ctx.reply.bulk(b"0");
        ctx.reply.array(0);
        return Ok(());
    };
    let options = ScanOptions::parse(args.from(3), b"")?;
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut visited = 0;
    for _ in 0..options.count.saturating_mul(10) {
        at = set.scan(at, |member| {
            visited += 1;
            if options.matches(member) {
                found.push(member.to_vec());
            }
        });
        if at == 0 || visited >= options.count {
            break;
        }
    }
    ctx.reply.array(2);
    ctx.reply.bulk(at.to_string().as_bytes());
    ctx.reply.array(found.len());
    for member in &found {
        ctx.reply.bulk(member);
    }
    ctx.data.work.elements += visited;
    Ok(())
}

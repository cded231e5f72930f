//! HSCAN: Iterates over fields and values of a hash.

use crate::commands::options::{ScanOptions, cursor};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of HSCAN.
pub(super) const ROW: Row = Row {
    summary: "Iterates over fields and values of a hash.",
    complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
    group: "hash",
    since: "2.8.0",
    arity: -3,
    flags: flag::READONLY,
    acl: &["hash"],
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
        Arg::word("novalues", "NOVALUES").optional(),
    ],
    ..Row::new("hscan", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let mut at = cursor(&args[2])?;
    let hash = ctx.data.read_hash(&args[1])?;
    let Some(hash) = hash else {
        ctx.reply.array(2);
        ctx.reply.bulk(b"0");
        ctx.reply.array(0);
        return Ok(());
    };
    let options = ScanOptions::parse(args.from(3), ScanOptions::NOVALUES)?;
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut visited = 0;
    for _ in 0..options.count.saturating_mul(10) {
        at = hash.scan(at, |field, value| {
            visited += 1;
            if options.matches(field) {
                found.push(field.to_vec());
                if !options.names_only {
                    found.push(value.to_vec());
                }
            }
        });
        if at == 0 || visited >= options.count {
            break;
        }
    }
    ctx.reply.array(2);
    ctx.reply.bulk(at.to_string().as_bytes());
    ctx.reply.array(found.len());
    for word in &found {
        ctx.reply.bulk(word);
    }
    ctx.data.work.elements += visited;
    Ok(())
}

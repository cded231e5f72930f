//! SCAN: Iterates over the key names in the database.

use crate::commands::options::{ScanOptions, cursor};
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SCAN.
pub(super) const ROW: Row = Row {
    summary: "Iterates over the key names in the database.",
    complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
    group: "generic",
    since: "2.8.0",
    history: &[("6.0.0", "Added the `TYPE` subcommand.")],
    arity: -2,
    flags: flag::READONLY | flag::TOUCHES_ARBITRARY_KEYS,
    acl: &["keyspace"],
    tips: &["nondeterministic_output", "request_policy:special", "response_policy:special"],
    arguments: &[
        Arg::new("cursor", Kind::Integer),
        Arg::new("pattern", Kind::Pattern).token("MATCH").optional(),
        Arg::new("count", Kind::Integer).token("COUNT").optional(),
        Arg::new("type", Kind::String).token("TYPE").since("6.0.0").optional(),
    ],
    ..Row::new("scan", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let mut at = cursor(&args[1])?;
    let options = ScanOptions::parse(args.from(2), ScanOptions::TYPE)?;
    let mut visited: Vec<Vec<u8>> = Vec::new();
    for _ in 0..options.count.saturating_mul(10) {
        at = ctx.data.current().keys().scan(at, |key, _| visited.push(key.to_vec()));
        if at == 0 || visited.len() as u64 >= options.count {
            break;
        }
    }
    ctx.data.work.elements += visited.len() as u64;
    let found: Vec<Vec<u8>> = visited.into_iter().filter(|key| is_wanted(ctx, key, &options)).collect();
    ctx.reply.array(2);
    ctx.reply.bulk(at.to_string().as_bytes());
    ctx.reply.array(found.len());
    for key in &found {
        ctx.reply.bulk(key);
    }
    Ok(())
}

/// Matches, is of the type, and is alive. A dead key is reclaimed on the way, but not one of another type: the real
/// server compares types before it asks the clock.
fn is_wanted(ctx: &mut Context<'_>, key: &[u8], options: &ScanOptions<'_>) -> bool {
    if !options.matches(key) {
        return false;
    }
    let Some(id) = ctx.data.current().find(key) else { return false };
    let type_name = ctx.data.value(id).type_name().as_bytes();
    options.type_name.is_none_or(|name| name.eq_ignore_ascii_case(type_name)) && ctx.data.find(key).is_some()
}

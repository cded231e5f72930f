//! SINTERCARD: Returns the number of members of the intersect of multiple sets.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::number;
use resplay_resp::{Args, Error};

/// What the server knows of SINTERCARD.
pub(super) const ROW: Row = Row {
    summary: "Returns the number of members of the intersect of multiple sets.",
    complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
    group: "set",
    since: "7.0.0",
    arity: -3,
    flags: flag::READONLY,
    acl: &["set"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::KeyNum { at: 0, first: 1, step: 1 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    movable_keys: true,
    arguments: &[
        Arg::new("numkeys", Kind::Integer),
        Arg::key("key", 0).multiple(),
        Arg::new("limit", Kind::Integer).token("LIMIT").optional(),
    ],
    ..Row::new("sintercard", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let least = || Error::Custom("ERR numkeys should be greater than 0".to_string());
    let numkeys = number::parse_i64(&args[1]).filter(|numkeys| *numkeys > 0).ok_or_else(least)?;
    let rest = args.from(2);
    let numkeys = usize::try_from(numkeys).ok().filter(|numkeys| *numkeys <= rest.len());
    let numkeys = numkeys.ok_or_else(|| {
        Error::Custom("ERR Number of keys can't be greater than number of args".to_string())
    })?;
    let max = limit(rest.from(numkeys))?;
    let found = super::read_all(ctx, rest.upto(numkeys))?;
    let (members, lookups) = super::intersect(ctx.data, &found, max);
    ctx.reply.int(members.len() as i64);
    ctx.data.work.elements += lookups;
    Ok(())
}

/// LIMIT: how many members are enough. Zero: all.
fn limit(words: Args<'_>) -> Result<usize, Error> {
    let mut limit = 0;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if !word.eq_ignore_ascii_case(b"limit") {
            return Err(Error::Syntax);
        }
        let count = number::parse_i64(words.next().ok_or(Error::Syntax)?);
        limit = count
            .and_then(|count| usize::try_from(count).ok())
            .ok_or_else(|| Error::Custom("ERR LIMIT can't be negative".to_string()))?;
    }
    Ok(if limit == 0 { usize::MAX } else { limit })
}

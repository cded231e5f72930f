//! SLOWLOG GET: Returns the slow log's entries.

use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use crate::slowlog::Entry;
use resplay_resp::Writer;
use resplay_resp::{Args, Error};

/// What the server knows of SLOWLOG GET.
pub(super) const ROW: Row = Row {
    summary: "Returns the slow log's entries.",
    complexity: "O(N) where N is the number of entries returned",
    group: "server",
    since: "2.2.12",
    history: &[("4.0.0", "Added client IP address, port and name to the reply.")],
    arity: -2,
    flags: flag::ADMIN | flag::LOADING | flag::STALE,
    tips: &["request_policy:all_nodes", "nondeterministic_output"],
    arguments: &[Arg::new("count", Kind::Integer).optional()],
    ..Row::new("slowlog|get", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    if args.len() > 3 {
        return Err(Error::SubcommandSyntax(args[1].to_vec(), "SLOWLOG".to_string()));
    }
    let count = args.get(2).map_or(Ok(10), parse_count)?.min(ctx.server.slowlog.len());
    ctx.reply.array(count);
    for entry in ctx.server.slowlog.iter().take(count) {
        reply_entry(entry, &mut ctx.reply);
    }
    Ok(())
}

/// -1 means all.
fn parse_count(text: &[u8]) -> Result<usize, Error> {
    match integer(text) {
        Ok(-1) => Ok(usize::MAX),
        Ok(count @ 0..) => Ok(count as usize),
        _ => Err(Error::SlowlogCount),
    }
}

fn reply_entry(entry: &Entry, reply: &mut Writer<'_>) {
    reply.array(6);
    reply.int(entry.id as i64);
    reply.int(entry.at_secs);
    reply.int(entry.took.as_micros() as i64);
    reply.array(entry.words.len());
    for word in &entry.words {
        reply.bulk(word);
    }
    reply.bulk(entry.peer.as_bytes());
    reply.bulk(&entry.name);
}

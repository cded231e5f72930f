//! XRANGE: Returns the messages from a stream within a range of IDs.

use super::ids;
use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_resp::{Args, Error};

/// What the server knows of XRANGE.
pub(super) const ROW: Row = Row {
    summary: "Returns the messages from a stream within a range of IDs.",
    complexity: "O(N) with N being the number of elements being returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
    group: "stream",
    since: "5.0.0",
    history: &[("6.2.0", "Added exclusive ranges.")],
    arity: -4,
    flags: flag::READONLY,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("start", Kind::String),
        Arg::new("end", Kind::String),
        Arg::new("count", Kind::Integer).token("COUNT").optional(),
    ],
    ..Row::new("xrange", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    range(ctx, args, false)
}

/// XRANGE, and XREVRANGE with its bounds the other way round.
pub(super) fn range(ctx: &mut Context<'_>, args: Args<'_>, is_reverse: bool) -> Result<(), Error> {
    let (first, last) = if is_reverse { (&args[3], &args[2]) } else { (&args[2], &args[3]) };
    let (start, end) = (ids::start(first)?, ids::end(last)?);
    let mut count = None;
    for at in (4..args.len()).step_by(2) {
        let number = args.get(at + 1).filter(|_| args[at].eq_ignore_ascii_case(b"count"));
        count = Some(integer(number.ok_or(Error::Syntax)?)?.max(0) as usize);
    }
    let Some(stream) = ctx.data.read_as::<Stream>(&args[1])? else {
        ctx.reply.array(0);
        return Ok(());
    };
    if count == Some(0) {
        ctx.reply.null_array();
        return Ok(());
    }
    let entries = stream.log().walk(start, end, is_reverse);
    let sent = super::reply_entries(entries, count.unwrap_or(0), &mut ctx.reply);
    ctx.data.work.elements += sent as u64;
    Ok(())
}

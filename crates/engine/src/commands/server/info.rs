//! INFO: Returns information and statistics about the server.

use crate::context::Context;
use crate::info;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of INFO.
pub(super) const ROW: Row = Row {
    summary: "Returns information and statistics about the server.",
    complexity: "O(1)",
    group: "server",
    since: "1.0.0",
    history: &[("7.0.0", "Added support for taking multiple section arguments.")],
    arity: -1,
    flags: flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["dangerous"],
    tips: &["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    arguments: &[Arg::new("section", Kind::String).optional().multiple()],
    ..Row::new("info", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let text = info::report(ctx, args.from(1));
    ctx.reply.verbatim(b"txt", text.as_bytes());
    Ok(())
}

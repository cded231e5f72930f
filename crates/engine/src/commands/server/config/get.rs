//! CONFIG GET: Returns the effective values of configuration parameters.

use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of CONFIG GET.
pub(super) const ROW: Row = Row {
    summary: "Returns the effective values of configuration parameters.",
    complexity: "O(N) when N is the number of configuration parameters provided",
    group: "server",
    since: "2.0.0",
    history: &[("7.0.0", "Added the ability to pass multiple pattern parameters in one call")],
    arity: -3,
    flags: flag::ADMIN | flag::NOSCRIPT | flag::LOADING | flag::STALE,
    arguments: &[Arg::new("parameter", Kind::String).multiple()],
    ..Row::new("config|get", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let patterns: Vec<&[u8]> = args.from(2).iter().collect();
    let found = ctx.server.config.find(&patterns);
    ctx.reply.map(found.len());
    for (name, value) in found {
        ctx.reply.bulk(&name);
        ctx.reply.bulk(&value);
    }
    Ok(())
}

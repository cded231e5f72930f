//! PING: Returns the server's liveliness response.

use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error, Protocol};

/// What the server knows of PING.
pub(super) const ROW: Row = Row {
    summary: "Returns the server's liveliness response.",
    complexity: "O(1)",
    group: "connection",
    since: "1.0.0",
    arity: -1,
    flags: flag::FAST | flag::SENTINEL,
    acl: &["connection"],
    tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
    arguments: &[Arg::new("message", Kind::String).optional()],
    ..Row::new("ping", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    if args.len() <= 2 && ctx.client.protocol == Protocol::Resp2 && !ctx.client.subscriptions.is_empty() {
        // Among messages an answer must look like one.
        ctx.reply.array(2);
        ctx.reply.bulk(b"pong");
        ctx.reply.bulk(args.get(1).unwrap_or_default());
        return Ok(());
    }
    match args.get(1) {
        Some(_) if args.len() > 2 => return Err(Error::WrongArity("ping".to_string())),
        Some(message) => ctx.reply.bulk(message),
        None => ctx.reply.simple(b"PONG"),
    }
    Ok(())
}

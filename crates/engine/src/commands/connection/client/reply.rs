//! CLIENT REPLY: Instructs the server whether to reply to commands.

use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use crate::session::ReplyMode;
use resplay_resp::{Args, Error};

/// What the server knows of CLIENT REPLY.
pub(super) const ROW: Row = Row {
    summary: "Instructs the server whether to reply to commands.",
    complexity: "O(1)",
    group: "connection",
    since: "3.2.0",
    arity: 3,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    arguments: &[Arg::new("action", Kind::OneOf).of(&[
        Arg::word("on", "ON"),
        Arg::word("off", "OFF"),
        Arg::word("skip", "SKIP"),
    ])],
    ..Row::new("client|reply", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let word = &args[2];
    if word.eq_ignore_ascii_case(b"on") {
        ctx.client.replies = ReplyMode::On;
        ctx.reply.ok();
    } else if word.eq_ignore_ascii_case(b"off") {
        ctx.client.replies = ReplyMode::Off;
    } else if word.eq_ignore_ascii_case(b"skip") {
        if ctx.client.replies != ReplyMode::Off {
            ctx.client.replies = ReplyMode::SkipNext;
        }
    } else {
        return Err(Error::Syntax);
    }
    Ok(())
}

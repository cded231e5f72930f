//! AUTH: Authenticates the connection.

use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of AUTH.
pub(super) const ROW: Row = Row {
    summary: "Authenticates the connection.",
    complexity: "O(N) where N is the number of passwords defined for the user",
    group: "connection",
    since: "1.0.0",
    history: &[("6.0.0", "Added ACL style (username and password).")],
    arity: -2,
    flags: flag::NOSCRIPT
        | flag::LOADING
        | flag::STALE
        | flag::FAST
        | flag::NO_AUTH
        | flag::SENTINEL
        | flag::ALLOW_BUSY,
    acl: &["connection"],
    arguments: &[
        Arg::new("username", Kind::String).since("6.0.0").optional(),
        Arg::new("password", Kind::String),
    ],
    ..Row::new("auth", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    if args.len() > 3 {
        return Err(Error::Syntax);
    }
    if args.len() == 2 && ctx.server.config.settings.requirepass.is_empty() {
        return Err(Error::NoPasswordSet);
    }
    let user = if args.len() == 3 { &args[1] } else { b"default" };
    super::authenticate(ctx, user, &args[args.len() - 1])?;
    ctx.reply.ok();
    Ok(())
}

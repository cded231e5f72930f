//! CLIENT UNBLOCK: Unblocks a client blocked by a blocking command from a different connection.

use crate::blocking::Nudge;
use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of CLIENT UNBLOCK.
pub(super) const ROW: Row = Row {
    summary: "Unblocks a client blocked by a blocking command from a different connection.",
    complexity: "O(log N) where N is the number of client connections",
    group: "connection",
    since: "5.0.0",
    arity: -3,
    flags: flag::ADMIN | flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    arguments: &[
        Arg::new("client-id", Kind::Integer),
        Arg::new("unblock-type", Kind::OneOf)
            .optional()
            .of(&[Arg::word("timeout", "TIMEOUT"), Arg::word("error", "ERROR")]),
    ],
    ..Row::new("client|unblock", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    if args.len() > 4 {
        return Err(Error::SubcommandSyntax(args[1].to_vec(), "CLIENT".to_string()));
    }
    let nudge = match args.get(3) {
        None => Nudge::TimedOut,
        Some(word) if word.eq_ignore_ascii_case(b"timeout") => Nudge::TimedOut,
        Some(word) if word.eq_ignore_ascii_case(b"error") => Nudge::Error,
        Some(_) => {
            let why = "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR";
            return Err(Error::Custom(why.to_string()));
        }
    };
    let id = u64::try_from(integer(&args[2])?).unwrap_or_default();
    let is_asked = ctx.server.nudges.iter().any(|(other, _)| *other == id);
    let blocked = ctx.clients.by_id(id).and_then(|session| session.client.blocked.as_ref());
    let is_blocked = blocked.is_some_and(|blocked| !blocked.reason.is_files());
    if is_blocked && !is_asked {
        ctx.server.nudges.push((id, nudge));
    }
    ctx.reply.int(i64::from(is_blocked && !is_asked));
    Ok(())
}

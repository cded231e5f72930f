//! GETEX: Returns the string value of a key after setting its expiration time.

use crate::commands::options::{Expiry, GetExOptions};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of GETEX.
pub(super) const ROW: Row = Row {
    summary: "Returns the string value of a key after setting its expiration time.",
    complexity: "O(1)",
    group: "string",
    since: "6.2.0",
    arity: -2,
    flags: flag::WRITE | flag::FAST,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "UPDATE"],
        notes: Some("RW and UPDATE because it changes the TTL"),
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("expiration", Kind::OneOf).optional().of(&[
            Arg::new("seconds", Kind::Integer).token("EX"),
            Arg::new("milliseconds", Kind::Integer).token("PX"),
            Arg::new("unix-time-seconds", Kind::UnixTime).token("EXAT"),
            Arg::new("unix-time-milliseconds", Kind::UnixTime).token("PXAT"),
            Arg::word("persist", "PERSIST"),
        ]),
    ],
    ..Row::new("getex", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let options = GetExOptions::parse(args.from(2))?;
    let value = ctx.data.read_string(&args[1])?;
    if value.is_none() {
        ctx.reply.null();
        return Ok(());
    }
    let at_ms = options.expiry.deadline(ctx.data.now_ms(), "getex")?;
    super::reply_string(ctx.data.read_string(&args[1])?, &mut ctx.reply);
    match at_ms {
        Some(at_ms) => super::super::generic::expire_at(ctx, &args[1], at_ms),
        None if options.expiry == Expiry::Keep => super::super::generic::persist(ctx, &args[1]),
        None => false,
    };
    Ok(())
}

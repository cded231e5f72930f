//! SET: Sets the string value of a key, ignoring its type. The key is created if it doesn't exist.

use crate::commands::options::{Expiry, SetOptions};
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{Str, Value};
use resplay_resp::{Args, Error};

/// What the server knows of SET.
pub(super) const ROW: Row = Row {
    summary: "Sets the string value of a key, ignoring its type. The key is created if it doesn't exist.",
    complexity: "O(1)",
    group: "string",
    since: "1.0.0",
    history: &[
        ("2.6.12", "Added the `EX`, `PX`, `NX` and `XX` options."),
        ("6.0.0", "Added the `KEEPTTL` option."),
        ("6.2.0", "Added the `GET`, `EXAT` and `PXAT` option."),
        ("7.0.0", "Allowed the `NX` and `GET` options to be used together."),
    ],
    arity: -3,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "UPDATE", "VARIABLE_FLAGS"],
        notes: Some("RW and ACCESS due to the optional `GET` argument"),
    }],
    key_flags: Some(key_flags),
    arguments: &[
        Arg::key("key", 0),
        Arg::new("value", Kind::String),
        Arg::new("condition", Kind::OneOf)
            .since("2.6.12")
            .optional()
            .of(&[Arg::word("nx", "NX"), Arg::word("xx", "XX")]),
        Arg::word("get", "GET").since("6.2.0").optional(),
        Arg::new("expiration", Kind::OneOf).optional().of(&[
            Arg::new("seconds", Kind::Integer).token("EX").since("2.6.12"),
            Arg::new("milliseconds", Kind::Integer).token("PX").since("2.6.12"),
            Arg::new("unix-time-seconds", Kind::UnixTime).token("EXAT").since("6.2.0"),
            Arg::new("unix-time-milliseconds", Kind::UnixTime).token("PXAT").since("6.2.0"),
            Arg::word("keepttl", "KEEPTTL").since("6.0.0"),
        ]),
    ],
    ..Row::new("set", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    if args.len() == 3 {
        super::assign(ctx, &args[1], &args[2]);
        ctx.reply.ok();
        return Ok(());
    }
    let options = SetOptions::parse(args.from(3))?;
    let at_ms = options.expiry.deadline(ctx.data.now_ms(), "set")?;
    if options.get {
        super::reply_string(ctx.data.read_string(&args[1])?, &mut ctx.reply);
    }
    let found = ctx.data.write(&args[1]);
    if (options.nx && found.is_some()) || (options.xx && found.is_none()) {
        if !options.get {
            ctx.reply.null();
        }
        return Ok(());
    }
    if let Some(at_ms) = at_ms.filter(|at_ms| super::super::generic::is_past(ctx, *at_ms)) {
        super::super::generic::expire_at(ctx, &args[1], at_ms);
        if !options.get {
            ctx.reply.ok();
        }
        return Ok(());
    }
    let kept = found.filter(|_| options.expiry == Expiry::Keep).and_then(|id| ctx.data.expiry(id));
    let id = ctx.data.insert(&args[1], Value::Str(Str::from_bytes(&args[2])));
    ctx.data.set_expiry(id, at_ms.or(kept));
    ctx.data.changed(&args[1]);
    ctx.data.notify(class::STRING, "set", &args[1]);
    if at_ms.is_some() {
        ctx.data.notify(class::GENERIC, "expire", &args[1]);
    }
    if !options.get {
        ctx.reply.ok();
    }
    propagate(ctx, args, &options, at_ms);
    Ok(())
}

/// With GET the old value is read too.
fn key_flags(words: Args<'_>) -> &'static [&'static str] {
    let reads = words.iter().skip(3).any(|word| word.eq_ignore_ascii_case(b"get"));
    if reads { &["RW", "ACCESS", "UPDATE"] } else { &["OW", "UPDATE"] }
}

/// A relative expiry is repeated as an absolute one, and GET is left out: its reply interests nobody.
fn propagate(ctx: &mut Context<'_>, args: Args<'_>, options: &SetOptions<'_>, at_ms: Option<i64>) {
    if let Some(at_ms) = at_ms {
        let at_ms = at_ms.to_string();
        ctx.rewrite(&[&args[0], &args[1], &args[2], b"PXAT", at_ms.as_bytes()]);
    } else if options.get {
        let words: Vec<&[u8]> = args.iter().filter(|word| !word.eq_ignore_ascii_case(b"get")).collect();
        // The key or the value may be that word too: those two stay.
        let words: Vec<&[u8]> =
            [&args[0], &args[1], &args[2]].into_iter().chain(words.into_iter().skip(3)).collect();
        ctx.rewrite(&words);
    }
}

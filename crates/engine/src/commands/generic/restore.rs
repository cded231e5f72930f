//! RESTORE: Creates a key from the serialized representation of a value.
//!
//! The inside of a payload is always checked, as the real servers do it with `sanitize-dump-payload yes`; without it they
//! take listpacks and intsets as they come.

use crate::commands::options::integer;
use crate::context::Context;
use crate::keyspace::Loose;
use crate::keyspace::notify::class;
use crate::limits;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Value;
use resplay_persistence::rdb::{self, RestoreError};
use resplay_resp::{Args, Error};

/// What the server knows of RESTORE.
pub(super) const ROW: Row = Row {
    summary: "Creates a key from the serialized representation of a value.",
    complexity: "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
    group: "generic",
    since: "2.6.0",
    history: &[
        ("3.0.0", "Added the `REPLACE` modifier."),
        ("5.0.0", "Added the `ABSTTL` modifier."),
        ("5.0.0", "Added the `IDLETIME` and `FREQ` options."),
    ],
    arity: -4,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["keyspace", "dangerous"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["OW", "UPDATE"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("ttl", Kind::Integer),
        Arg::new("serialized-value", Kind::String),
        Arg::word("replace", "REPLACE").optional().since("3.0.0"),
        Arg::word("absttl", "ABSTTL").optional().since("5.0.0"),
        Arg::new("seconds", Kind::Integer).token("IDLETIME").optional().since("5.0.0"),
        Arg::new("frequency", Kind::Integer).token("FREQ").optional().since("5.0.0"),
    ],
    ..Row::new("restore", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let options = Options::parse(args.from(4))?;
    let key = &args[1];
    if !options.replace && ctx.data.write(key).is_some() {
        return Err(Error::BusyKey);
    }
    let ttl_ms = integer(&args[2])?;
    if ttl_ms < 0 {
        return Err(Error::NegativeTtl);
    }
    let settings = &ctx.server.config.settings;
    let limits = limits::of_values(settings, ctx.data.seed(), ctx.server.packed_threshold);
    let value = rdb::restore(&args[3], &limits).map_err(RestoreError::reply)?;
    ctx.data.work.elements += value.elements() as u64;
    let was_there = options.replace && ctx.data.write(key).is_some();
    ctx.data.remove(key);
    let base_ms = if options.is_absolute { 0 } else { ctx.data.now_ms() };
    let expire_ms = (ttl_ms > 0).then(|| ttl_ms.saturating_add(base_ms));
    if expire_ms.is_some_and(|at_ms| super::is_past(ctx, at_ms)) {
        if was_there {
            note_deletion(ctx, key);
        }
    } else {
        put(ctx, args, value, expire_ms, &options);
    }
    ctx.reply.ok();
    Ok(())
}

/// The payload's time has passed: all that is left of the command is that the key is gone.
fn note_deletion(ctx: &mut Context<'_>, key: &[u8]) {
    ctx.data.changed(key);
    ctx.data.notify(class::GENERIC, "del", key);
    ctx.rewrite_as_deletion(key);
}

fn put(ctx: &mut Context<'_>, args: Args<'_>, value: Value, expire_ms: Option<i64>, options: &Options) {
    let key = &args[1];
    let stamp = ctx.data.access.restored(options.idle_s, options.freq);
    ctx.data.restore(key, Loose { value, stamp, expire_ms });
    ctx.data.changed(key);
    ctx.data.notify(class::GENERIC, "restore", key);
    if let Some(at_ms) = expire_ms.filter(|_| !options.is_absolute) {
        let at_ms = at_ms.to_string();
        let mut words: Vec<&[u8]> = args.iter().collect();
        words[2] = at_ms.as_bytes();
        words.push(b"ABSTTL");
        ctx.rewrite(&words);
    }
}

#[derive(Default)]
struct Options {
    replace: bool,
    is_absolute: bool,
    /// In seconds.
    idle_s: Option<i64>,
    freq: Option<u8>,
}

impl Options {
    fn parse(words: Args<'_>) -> Result<Options, Error> {
        let mut options = Options::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
            if is(b"replace") {
                options.replace = true;
            } else if is(b"absttl") {
                options.is_absolute = true;
            } else if is(b"idletime") && options.freq.is_none() {
                let idle_s = integer(words.next().ok_or(Error::Syntax)?)?;
                if idle_s < 0 {
                    return Err(Error::NegativeIdleTime);
                }
                options.idle_s = Some(idle_s);
            } else if is(b"freq") && options.idle_s.is_none() {
                let freq = integer(words.next().ok_or(Error::Syntax)?)?;
                options.freq = Some(u8::try_from(freq).map_err(|_| Error::FrequencyOutOfRange)?);
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(options)
    }
}

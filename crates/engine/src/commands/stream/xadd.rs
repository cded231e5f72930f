//! XADD: Appends a new message to a stream. Creates the key if it doesn't exist.

use super::ids::Wanted;
use super::trimming::{self, Options};
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_datatypes::stream::{Id, Limits, Log};
use resplay_resp::{Args, Error};

/// What the server knows of XADD.
pub(super) const ROW: Row = Row {
    summary: "Appends a new message to a stream. Creates the key if it doesn't exist.",
    complexity: "O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.",
    group: "stream",
    since: "5.0.0",
    history: &[
        ("6.2.0", "Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option."),
        ("7.0.0", "Added support for the `<ms>-*` explicit ID form."),
    ],
    arity: -5,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["stream"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "UPDATE"],
        notes: Some("UPDATE instead of INSERT because of the optional trimming feature"),
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::word("nomkstream", "NOMKSTREAM").since("6.2.0").optional(),
        Arg::new("trim", Kind::Block).optional().of(&[
            Arg::new("strategy", Kind::OneOf)
                .of(&[Arg::word("maxlen", "MAXLEN"), Arg::word("minid", "MINID").since("6.2.0")]),
            Arg::new("operator", Kind::OneOf)
                .optional()
                .of(&[Arg::word("equal", "="), Arg::word("approximately", "~")]),
            Arg::new("threshold", Kind::String),
            Arg::new("count", Kind::Integer).token("LIMIT").since("6.2.0").optional(),
        ]),
        Arg::new("id-selector", Kind::OneOf).of(&[Arg::word("auto-id", "*"), Arg::new("id", Kind::String)]),
        Arg::new("data", Kind::Block)
            .multiple()
            .of(&[Arg::new("field", Kind::String), Arg::new("value", Kind::String)]),
    ],
    ..Row::new("xadd", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, options) = (&args[1], Options::parse(ctx, args, true)?);
    let arity = || Error::WrongArity("xadd".to_string());
    let (wanted, at) = options.id.ok_or_else(arity)?;
    let pairs: Vec<&[u8]> = args.from(at + 1).iter().collect();
    if pairs.is_empty() || !pairs.len().is_multiple_of(2) {
        return Err(arity());
    }
    if wanted == Wanted::Exactly(Id::MIN) {
        return Err(Error::Custom("ERR The ID specified in XADD must be greater than 0-0".to_string()));
    }
    let found = ctx.data.write_as::<Stream>(key)?;
    if found.is_none() && options.no_mkstream {
        ctx.reply.null();
        return Ok(());
    }
    let log = found.map(|id| ctx.data.value_as::<Stream>(id).log());
    let id = choose(log.unwrap_or(&Log::default()), wanted, ctx.data.now_ms())?;
    check_size(&pairs)?;
    let limits = limits(ctx);
    let entry = found.unwrap_or_else(|| ctx.data.insert(key, Stream::new().into()));
    ctx.data.edit_as::<Stream, _>(entry, |stream| stream.log_mut().append(id, &pairs, limits));
    super::reply_id(id, &mut ctx.reply);
    ctx.data.notify(class::STREAM, "xadd", key);
    ctx.data.changed(key);
    ctx.data.work.bytes += args.total_bytes() as u64;
    let mut others = trim(ctx, key, &options);
    if ctx.data.propagation.is_on {
        if !matches!(wanted, Wanted::Exactly(_)) {
            others.push((at, id.to_string().into_bytes()));
        }
        trimming::rewrite(ctx, args, &others);
    }
    ctx.data.signal(key);
    Ok(())
}

/// The new entry's id.
fn choose(log: &Log, wanted: Wanted, now_ms: i64) -> Result<Id, Error> {
    let last = log.last_id();
    if last == Id::MAX {
        let text = "ERR The stream has exhausted the last possible ID, unable to add more items";
        return Err(Error::Custom(text.to_string()));
    }
    let id = match wanted {
        Wanted::Exactly(id) => Some(id),
        Wanted::Within(ms) if ms == last.ms => last.seq.checked_add(1).map(|seq| Id::new(ms, seq)),
        Wanted::Within(ms) => Some(Id::new(ms, 0)),
        Wanted::Any => log.next_id(now_ms as u64),
    };
    id.filter(|id| *id > last).ok_or_else(|| {
        let text = "ERR The ID specified in XADD is equal or smaller than the target stream top item";
        Error::Custom(text.to_string())
    })
}

/// What a node must be able to hold, in bytes.
const ENTRY_BYTES_MAX: usize = 1 << 30;

fn check_size(pairs: &[&[u8]]) -> Result<(), Error> {
    if pairs.iter().map(|word| word.len()).sum::<usize>() > ENTRY_BYTES_MAX {
        return Err(Error::Custom("ERR Elements are too large to be stored".to_string()));
    }
    Ok(())
}

fn limits(ctx: &Context<'_>) -> Limits {
    let settings = &ctx.server.config.settings;
    Limits { max_bytes: settings.stream_node_max_bytes, max_entries: settings.stream_node_max_entries }
}

/// Trims as asked; the words to repeat instead of those that were sent.
fn trim(ctx: &mut Context<'_>, key: &[u8], options: &Options) -> Vec<(usize, Vec<u8>)> {
    let (Some(trimming), Some(id)) = (options.trimming, ctx.data.find(key)) else { return Vec::new() };
    let (trimmed, others) = ctx.data.edit_as::<Stream, _>(id, |stream| {
        let trimmed = trimming.run(stream);
        (trimmed, trimming.rewritten(stream))
    });
    if trimmed > 0 {
        ctx.data.notify(class::STREAM, "xtrim", key);
    }
    ctx.data.work.elements += trimmed;
    others
}

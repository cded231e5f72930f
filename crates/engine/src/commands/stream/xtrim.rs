//! XTRIM: Deletes messages from the beginning of a stream.

use super::trimming::{self, Options};
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_resp::{Args, Error};

/// What the server knows of XTRIM.
pub(super) const ROW: Row = Row {
    summary: "Deletes messages from the beginning of a stream.",
    complexity: "O(N), with N being the number of evicted entries. Constant times are very small however, since entries are organized in macro nodes containing multiple entries that can be released with a single deallocation.",
    group: "stream",
    since: "5.0.0",
    history: &[("6.2.0", "Added the `MINID` trimming strategy and the `LIMIT` option.")],
    arity: -4,
    flags: flag::WRITE,
    acl: &["stream"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "DELETE"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("trim", Kind::Block).of(&[
            Arg::new("strategy", Kind::OneOf)
                .of(&[Arg::word("maxlen", "MAXLEN"), Arg::word("minid", "MINID").since("6.2.0")]),
            Arg::new("operator", Kind::OneOf)
                .optional()
                .of(&[Arg::word("equal", "="), Arg::word("approximately", "~")]),
            Arg::new("threshold", Kind::String),
            Arg::new("count", Kind::Integer).token("LIMIT").since("6.2.0").optional(),
        ]),
    ],
    ..Row::new("xtrim", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, options) = (&args[1], Options::parse(ctx, args, false)?);
    let (Some(trimming), Some(id)) = (options.trimming, ctx.data.write_as::<Stream>(key)?) else {
        ctx.reply.int(0);
        return Ok(());
    };
    let (trimmed, others) = ctx.data.edit_as::<Stream, _>(id, |stream| {
        let trimmed = trimming.run(stream);
        (trimmed, trimming.rewritten(stream))
    });
    if trimmed > 0 {
        ctx.data.notify(class::STREAM, "xtrim", key);
        trimming::rewrite(ctx, args, &others);
        ctx.data.changed(key);
        ctx.data.dirty += trimmed - 1;
    }
    ctx.data.work.elements += trimmed;
    ctx.reply.int(trimmed as i64);
    Ok(())
}

//! SHUTDOWN: Synchronously saves the database(s) to disk and shuts down the server.

use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use crate::state::{Shutdown, Why};
use resplay_resp::{Args, Error};

/// What the server knows of SHUTDOWN.
pub(super) const ROW: Row = Row {
    summary: "Synchronously saves the database(s) to disk and shuts down the server.",
    complexity: "O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)",
    group: "server",
    since: "1.0.0",
    history: &[("7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers.")],
    arity: -1,
    flags: flag::ADMIN
        | flag::NOSCRIPT
        | flag::LOADING
        | flag::STALE
        | flag::NO_MULTI
        | flag::SENTINEL
        | flag::ALLOW_BUSY,
    arguments: &[Arg::new("abort-selector", Kind::OneOf).optional().of(&[
        Arg::new("save-selector-block", Kind::Block).of(&[
            Arg::new("save-selector", Kind::OneOf)
                .optional()
                .of(&[Arg::word("nosave", "NOSAVE"), Arg::word("save", "SAVE")]),
            Arg::word("now", "NOW").since("7.0.0").optional(),
            Arg::word("force", "FORCE").since("7.0.0").optional(),
        ]),
        Arg::word("abort", "ABORT").since("7.0.0"),
    ])],
    ..Row::new("shutdown", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let options = Options::parse(args)?;
    if options.abort {
        // There is no waiting for replicas yet, so a shutdown never lasts long enough to be aborted.
        return Err(Error::Custom("ERR No shutdown in progress.".to_string()));
    }
    if ctx.client.multi.is_some() {
        return Err(Error::NotAllowedInTransaction);
    }
    ctx.server.shutdown = Some(Shutdown { why: Why::Command });
    ctx.client.is_closing = true;
    Ok(())
}

#[derive(Default)]
struct Options {
    save: bool,
    no_save: bool,
    now: bool,
    abort: bool,
}

impl Options {
    fn parse(args: Args<'_>) -> Result<Options, Error> {
        let mut options = Options::default();
        for word in args.from(1).iter() {
            match word.to_ascii_lowercase().as_slice() {
                b"save" => options.save = true,
                b"nosave" => options.no_save = true,
                b"now" => options.now = true,
                b"force" => {}
                b"abort" => options.abort = true,
                _ => return Err(Error::Syntax),
            }
        }
        let has_others = options.save || options.no_save || options.now || args.len() > 2;
        if (options.abort && has_others) || (options.save && options.no_save) {
            return Err(Error::Syntax);
        }
        Ok(options)
    }
}

//! SHUTDOWN: Synchronously saves the database(s) to disk and shuts down the server.

use crate::blocking::Reason;
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use crate::state::{Shutdown, ShutdownFlags, Why};
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
    if ctx.server.shutdown.is_none() {
        ctx.server.shutdown =
            Some(Shutdown { why: Why::Command, flags: options.flags, is_begun: false, is_saving: false });
    }
    ctx.block(Reason::Files, None, None);
    Ok(())
}

#[derive(Default)]
struct Options {
    flags: ShutdownFlags,
    abort: bool,
}

impl Options {
    fn parse(args: Args<'_>) -> Result<Options, Error> {
        let mut options = Options::default();
        for word in args.from(1).iter() {
            match word.to_ascii_lowercase().as_slice() {
                b"save" => options.flags.save = true,
                b"nosave" => options.flags.no_save = true,
                b"now" => options.flags.now = true,
                b"force" => options.flags.force = true,
                b"abort" => options.abort = true,
                _ => return Err(Error::Syntax),
            }
        }
        let Options { flags, abort } = options;
        let has_others = flags != ShutdownFlags::default() || args.len() > 2;
        if (abort && has_others) || (flags.save && flags.no_save) {
            return Err(Error::Syntax);
        }
        Ok(options)
    }
}

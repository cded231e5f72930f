//! MEMORY USAGE: Estimates the memory usage of a key.

use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::memory;
use resplay_resp::{Args, Error};

/// What the server knows of MEMORY USAGE.
pub(super) const ROW: Row = Row {
    summary: "Estimates the memory usage of a key.",
    complexity: "O(N) where N is the number of samples.",
    group: "server",
    since: "4.0.0",
    arity: -3,
    flags: flag::READONLY,
    keys: &[KeySpec {
        begin: Begin::Index(2),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("count", Kind::Integer).token("SAMPLES").optional()],
    ..Row::new("memory|usage", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    check_options(args.from(3))?;
    // The real server looks without asking the clock: a dead key that nobody removed yet still has a size.
    match ctx.data.current().find(&args[2]) {
        None => ctx.reply.null(),
        Some(id) => {
            let bytes = memory::entry_with_key(args[2].len()) + ctx.data.value(id).logical_bytes();
            ctx.reply.int(bytes as i64);
        }
    }
    Ok(())
}

/// SAMPLES is checked and then of no use: sizes are kept exactly, there is nothing to estimate.
fn check_options(words: Args<'_>) -> Result<(), Error> {
    for at in (0..words.len()).step_by(2) {
        let samples = words.get(at + 1).filter(|_| words[at].eq_ignore_ascii_case(b"samples"));
        if integer(samples.ok_or(Error::Syntax)?)? < 0 {
            return Err(Error::Syntax);
        }
    }
    Ok(())
}

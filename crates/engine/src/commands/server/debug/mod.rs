//! DEBUG: A container for debugging commands.
//!
//! To COMMAND it is one command; its subcommands have no rows. Those that crash, leak or reach into the allocator are
//! left out.

mod digest;
mod help;
mod loadaof;
mod object;
mod populate;
mod protocol;
mod reload;
mod threshold;

use crate::context::Context;
use crate::glob;
use crate::log::log;
use crate::row::{Row, flag};
use resplay_resp::{Args, Error, number};
use std::time::Duration;

/// What the server knows of DEBUG.
pub(super) const ROW: Row = Row {
    summary: "A container for debugging commands.",
    complexity: "Depends on subcommand.",
    group: "server",
    since: "1.0.0",
    doc_flags: &["syscmd"],
    arity: -2,
    flags: flag::ADMIN | flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::PROTECTED,
    ..Row::new("debug", run)
};

/// A subcommand: its name in lower case, how many words it takes (`DEBUG` and its own name included), and what it does.
struct Subcommand {
    name: &'static str,
    words: std::ops::RangeInclusive<usize>,
    run: fn(&mut Context<'_>, Args<'_>) -> Result<(), Error>,
}

const fn sub(
    name: &'static str,
    least: usize,
    most: usize,
    run: fn(&mut Context<'_>, Args<'_>) -> Result<(), Error>,
) -> Subcommand {
    Subcommand { name, words: least..=most, run }
}

const SUBCOMMANDS: &[Subcommand] = &[
    sub("change-repl-id", 2, 2, change_replication_id),
    sub("digest", 2, 2, digest::of_everything),
    sub("digest-value", 2, usize::MAX, digest::of_values),
    sub("error", 3, 3, error),
    sub("help", 2, 2, help::run),
    sub("listpack", 3, 3, object::listpack),
    sub("loadaof", 2, usize::MAX, loadaof::run),
    sub("log", 3, 3, write_log),
    sub("object", 3, 4, object::run),
    sub("populate", 3, 5, populate::run),
    sub("protocol", 3, 3, protocol::run),
    sub("quicklist-packed-threshold", 3, 3, threshold::run),
    sub("reload", 2, usize::MAX, reload::run),
    sub("set-active-expire", 3, 3, set_active_expire),
    sub("sleep", 3, 3, sleep),
    sub("stringmatch-test", 2, 2, stringmatch_test),
];

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let is_meant = |sub: &&Subcommand| {
        args[1].eq_ignore_ascii_case(sub.name.as_bytes()) && sub.words.contains(&args.len())
    };
    match SUBCOMMANDS.iter().find(is_meant) {
        Some(sub) => (sub.run)(ctx, args),
        None => Err(Error::SubcommandSyntax(args[1].to_vec(), "DEBUG".to_string())),
    }
}

/// There is no replication whose id could change: all that follows is the line in the log.
fn change_replication_id(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    log(ctx.host, '*', "Changing replication IDs after receiving DEBUG change-repl-id");
    ctx.reply.ok();
    Ok(())
}

/// An error reply with the client's own text.
fn error(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let is_line_end = |byte: u8| byte == b'\r' || byte == b'\n';
    let text: Vec<u8> = args[2].iter().map(|&byte| if is_line_end(byte) { b' ' } else { byte }).collect();
    ctx.reply.error_text(&text);
    Ok(())
}

/// So many random patterns meet random texts; the real servers try a hundred times as many.
const MATCHES: u64 = 100_000;
/// The longest of them, in bytes.
const MATCHED_BYTES_MAX: u64 = 24;

/// That a matcher never goes astray on any bytes is all that this shows.
fn stringmatch_test(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    let random = &mut ctx.server.random;
    let (mut pattern, mut text) = (Vec::new(), Vec::new());
    for _ in 0..MATCHES {
        for bytes in [&mut pattern, &mut text] {
            bytes.resize(random.below(MATCHED_BYTES_MAX + 1) as usize, 0);
            random.fill(bytes);
        }
        glob::matches(&pattern, &text, random.chance(0.5));
    }
    ctx.data.work.elements += MATCHES;
    ctx.reply.simple(b"Apparently the server did not crash: test passed");
    Ok(())
}

fn write_log(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    log(ctx.host, '#', &format!("DEBUG LOG: {}", String::from_utf8_lossy(&args[2])));
    ctx.reply.ok();
    Ok(())
}

/// Anything that does not begin with a number is zero, as C's `atoi` reads it.
fn set_active_expire(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    ctx.server.config.settings.active_expire_enabled = c_number(&args[2]).abs() >= 1.0;
    ctx.reply.ok();
    Ok(())
}

/// The whole server does nothing for so many seconds.
fn sleep(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let secs = c_number(&args[2]);
    ctx.data.work.pause = Duration::try_from_secs_f64(secs).unwrap_or_default();
    ctx.reply.ok();
    Ok(())
}

/// The number at the beginning of a text, zero without one, as C's `strtod` reads it.
fn c_number(text: &[u8]) -> f64 {
    let text = text.trim_ascii_start();
    let ends = (1..=text.len()).rev();
    ends.filter_map(|end| number::parse_f64(&text[..end])).find(|value| value.is_finite()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_they_make_sense_no_longer() {
        let read = ["0.5", " 2x", "x", "", "-1", "1e2"].map(|text| c_number(text.as_bytes()));
        assert_eq!(read, [0.5, 2.0, 0.0, 0.0, -1.0, 100.0]);
    }
}

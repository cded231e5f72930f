//! COMMAND LIST: Returns a list of command names.

use super::describe;
use crate::context::Context;
use crate::glob;
use crate::row::Row as Command;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of COMMAND LIST.
pub(super) const ROW: Row = Row {
    summary: "Returns a list of command names.",
    complexity: "O(N) where N is the total number of commands",
    group: "server",
    since: "7.0.0",
    arity: -2,
    flags: flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    tips: &["nondeterministic_output_order"],
    arguments: &[Arg::new("filterby", Kind::OneOf).token("FILTERBY").optional().of(&[
        Arg::new("module-name", Kind::String).token("MODULE"),
        Arg::new("category", Kind::String).token("ACLCAT"),
        Arg::new("pattern", Kind::Pattern).token("PATTERN"),
    ])],
    ..Row::new("command|list", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let filter = Filter::parse(args.from(2))?;
    let rows = ctx
        .server
        .table
        .commands()
        .flat_map(|row| std::iter::once(row).chain(row.subcommands.iter().copied()));
    let names: Vec<&str> = match filter {
        Filter::None => ctx.server.table.commands().map(|row| row.name).collect(),
        _ => rows.filter(|row| filter.admits(row)).map(|row| row.name).collect(),
    };
    ctx.reply.array(names.len());
    for name in names {
        ctx.reply.bulk(name.as_bytes());
    }
    Ok(())
}

enum Filter<'a> {
    None,
    /// No module is ever loaded.
    Module,
    Category(&'a [u8]),
    Pattern(&'a [u8]),
}

impl<'a> Filter<'a> {
    fn parse(words: Args<'a>) -> Result<Filter<'a>, Error> {
        if words.is_empty() {
            return Ok(Filter::None);
        }
        if words.len() != 3 || !words[0].eq_ignore_ascii_case(b"filterby") {
            return Err(Error::Syntax);
        }
        let value = words.get(2).unwrap_or_default();
        match words[1].to_ascii_lowercase().as_slice() {
            b"module" => Ok(Filter::Module),
            b"aclcat" => Ok(Filter::Category(value)),
            b"pattern" => Ok(Filter::Pattern(value)),
            _ => Err(Error::Syntax),
        }
    }

    fn admits(&self, row: &Command) -> bool {
        match self {
            Filter::None => true,
            Filter::Module => false,
            Filter::Category(wanted) => {
                describe::categories(row).any(|name| name.as_bytes().eq_ignore_ascii_case(wanted))
            }
            Filter::Pattern(pattern) => glob::matches(pattern, row.name.as_bytes(), true),
        }
    }
}

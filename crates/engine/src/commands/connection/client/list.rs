//! CLIENT LIST: Lists open connections.

use super::{describe, filter};
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use crate::session::Client;
use resplay_resp::{Args, Error, number};

/// What the server knows of CLIENT LIST.
pub(super) const ROW: Row = Row {
    summary: "Lists open connections.",
    complexity: "O(N) where N is the number of client connections",
    group: "connection",
    since: "2.4.0",
    history: &[
        ("2.8.12", "Added unique client `id` field."),
        ("5.0.0", "Added optional `TYPE` filter."),
        ("6.0.0", "Added `user` field."),
        ("6.2.0", "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."),
        ("7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."),
        ("7.0.3", "Added `ssub` field."),
        (
            "8.0.0",
            "Replaced `master` `TYPE` with `primary`. `master` still supported for backward compatibility.",
        ),
    ],
    arity: -2,
    flags: flag::ADMIN | flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    tips: &["nondeterministic_output"],
    arguments: &[
        Arg::new("client-type", Kind::OneOf).token("TYPE").since("5.0.0").optional().of(&[
            Arg::word("normal", "NORMAL"),
            Arg::word("master", "MASTER"),
            Arg::word("replica", "REPLICA"),
            Arg::word("pubsub", "PUBSUB"),
        ]),
        Arg::new("client-id", Kind::Integer).token("ID").since("6.2.0").optional().multiple(),
    ],
    ..Row::new("client|list", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let wanted = parse(args.from(2))?;
    let own = (&*ctx.client, describe::Buffers::own(ctx));
    let others = ctx.clients.iter().map(|session| (&session.client, describe::Buffers::of(session)));
    let mut lines: Vec<(u64, String)> = others
        .chain([own])
        .filter(|(client, _)| wanted.includes(client))
        .map(|(client, buffers)| (client.id, describe::line(client, buffers, ctx.now.mono)))
        .collect();
    lines.sort();
    let text: String = lines.into_iter().map(|(_, line)| line).collect();
    ctx.data.work.elements += ctx.clients.len() as u64;
    ctx.reply.verbatim(b"txt", text.as_bytes());
    Ok(())
}

enum Wanted {
    All,
    Of(filter::Type),
    Ids(Vec<i64>),
}

impl Wanted {
    fn includes(&self, client: &Client) -> bool {
        match self {
            Wanted::All => true,
            Wanted::Of(kind) => filter::type_of(client) == *kind,
            Wanted::Ids(ids) => i64::try_from(client.id).is_ok_and(|id| ids.contains(&id)),
        }
    }
}

fn parse(words: Args<'_>) -> Result<Wanted, Error> {
    let Some(option) = words.get(0) else { return Ok(Wanted::All) };
    if option.eq_ignore_ascii_case(b"type") && words.len() == 2 {
        return Ok(Wanted::Of(filter::parse_type(&words[1])?));
    }
    if option.eq_ignore_ascii_case(b"id") && words.len() > 1 {
        let id = |word: &[u8]| number::parse_i64(word).ok_or(Error::InvalidClientId);
        return Ok(Wanted::Ids(words.from(1).iter().map(id).collect::<Result<_, _>>()?));
    }
    Err(Error::Syntax)
}

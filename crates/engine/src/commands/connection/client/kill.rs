//! CLIENT KILL: Terminates open connections.

use super::filter::Filter;
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of CLIENT KILL.
pub(super) const ROW: Row = Row {
    summary: "Terminates open connections.",
    complexity: "O(N) where N is the number of client connections",
    group: "connection",
    since: "2.4.0",
    history: &[
        ("2.8.12", "Added new filter format."),
        ("2.8.12", "`ID` option."),
        ("3.2.0", "Added `master` type in for `TYPE` option."),
        (
            "5.0.0",
            "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility.",
        ),
        ("6.2.0", "`LADDR` option."),
        ("8.0.0", "`MAXAGE` option."),
        (
            "8.0.0",
            "Replaced `master` `TYPE` with `primary`. `master` still supported for backward compatibility.",
        ),
    ],
    arity: -3,
    flags: flag::ADMIN | flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    arguments: &[Arg::new("filter", Kind::OneOf).of(&[
        Arg::new("old-format", Kind::String).display("ip:port").deprecated("2.8.12"),
        Arg::new("new-format", Kind::OneOf).multiple().of(&[
            Arg::new("client-id", Kind::Integer).token("ID").since("2.8.12").optional(),
            Arg::new("client-type", Kind::OneOf).token("TYPE").since("2.8.12").optional().of(&[
                Arg::word("normal", "NORMAL"),
                Arg::word("master", "MASTER").since("3.2.0"),
                Arg::word("primary", "PRIMARY").since("8.0.0"),
                Arg::word("slave", "SLAVE"),
                Arg::word("replica", "REPLICA").since("5.0.0"),
                Arg::word("pubsub", "PUBSUB"),
            ]),
            Arg::new("username", Kind::String).token("USER").optional(),
            Arg::new("addr", Kind::String).token("ADDR").display("ip:port").optional(),
            Arg::new("laddr", Kind::String).token("LADDR").display("ip:port").since("6.2.0").optional(),
            Arg::new("skipme", Kind::OneOf)
                .token("SKIPME")
                .optional()
                .of(&[Arg::word("yes", "YES"), Arg::word("no", "NO")]),
            Arg::new("maxage", Kind::Integer).token("MAXAGE").since("8.0.0").optional(),
        ]),
    ])],
    ..Row::new("client|kill", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    if args.len() == 3 {
        return kill_address(ctx, &args[2]);
    }
    let filter = Filter::parse(args.from(2))?;
    let now = ctx.now.mono;
    let others = ctx.clients.iter().map(|session| &session.client);
    let mut killed =
        others.filter(|client| filter.hits(client, now)).map(|client| client.id).collect::<Vec<_>>();
    if !filter.skips_own && filter.hits(ctx.client, now) {
        killed.push(ctx.client.id);
    }
    for id in &killed {
        kill(ctx, *id);
    }
    ctx.reply.int(killed.len() as i64);
    Ok(())
}

/// The old form: one address, an error if nobody has it, and the asking client is not spared.
fn kill_address(ctx: &mut Context<'_>, address: &[u8]) -> Result<(), Error> {
    let has_it = |client: &crate::session::Client| client.peer.to_string().as_bytes() == address;
    let own = Some(ctx.client.id).filter(|_| has_it(ctx.client));
    let other = ctx.clients.iter().map(|session| &session.client).find(|client| has_it(client));
    let id = own.or(other.map(|client| client.id));
    kill(ctx, id.ok_or(Error::NoSuchClient)?);
    ctx.reply.ok();
    Ok(())
}

/// Another client is cut off at once; the asking one gets its reply first.
fn kill(ctx: &mut Context<'_>, id: u64) {
    if id == ctx.client.id {
        ctx.client.is_closing = true;
    } else {
        if let Some(session) = ctx.clients.by_id(id) {
            ctx.server.pubsub.leave(&mut session.client);
        }
        ctx.clients.doom(id);
    }
}

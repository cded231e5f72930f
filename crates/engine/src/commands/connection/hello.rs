//! HELLO: Handshakes with the server.

use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::Protocol;
use resplay_resp::{Args, Error};

/// What the server knows of HELLO.
pub(super) const ROW: Row = Row {
    summary: "Handshakes with the server.",
    complexity: "O(1)",
    group: "connection",
    since: "6.0.0",
    history: &[(
        "6.2.0",
        "`protover` made optional; when called without arguments the command reports the current connection's context.",
    )],
    arity: -1,
    flags: flag::NOSCRIPT
        | flag::LOADING
        | flag::STALE
        | flag::FAST
        | flag::NO_AUTH
        | flag::SENTINEL
        | flag::ALLOW_BUSY,
    acl: &["connection"],
    arguments: &[Arg::new("arguments", Kind::Block).optional().of(&[
        Arg::new("protover", Kind::Integer),
        Arg::new("auth", Kind::Block)
            .token("AUTH")
            .optional()
            .of(&[Arg::new("username", Kind::String), Arg::new("password", Kind::String)]),
        Arg::new("clientname", Kind::String).token("SETNAME").optional(),
    ])],
    ..Row::new("hello", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let protocol = args.get(1).map(parse_version).transpose()?;
    let options = Options::parse(args)?;
    if let Some((user, password)) = options.auth {
        super::authenticate(ctx, user, password)?;
    }
    if !ctx.client.is_authenticated {
        return Err(Error::NoAuthHello);
    }
    if let Some(name) = options.name {
        ctx.client.name = name.to_vec();
    }
    if let Some(protocol) = protocol {
        ctx.speak(protocol);
    }
    greet(ctx);
    Ok(())
}

fn parse_version(text: &[u8]) -> Result<Protocol, Error> {
    match integer(text) {
        Ok(2) => Ok(Protocol::Resp2),
        Ok(3) => Ok(Protocol::Resp3),
        Ok(_) => Err(Error::NoProto),
        Err(_) => Err(Error::ProtocolVersionNotAnInteger),
    }
}

#[derive(Default)]
struct Options<'a> {
    auth: Option<(&'a [u8], &'a [u8])>,
    name: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    fn parse(args: Args<'a>) -> Result<Options<'a>, Error> {
        let mut options = Options::default();
        let mut at = 2;
        while let Some(word) = args.get(at) {
            if let (true, Some(user), Some(password)) =
                (word.eq_ignore_ascii_case(b"auth"), args.get(at + 1), args.get(at + 2))
            {
                options.auth = Some((user, password));
                at += 3;
            } else if let (true, Some(name)) = (word.eq_ignore_ascii_case(b"setname"), args.get(at + 1)) {
                // Before anything behind it is looked at.
                super::check_name(name)?;
                options.name = Some(name);
                at += 2;
            } else {
                return Err(Error::HelloOption(word.to_vec()));
            }
        }
        Ok(options)
    }
}

/// Who this server says it is: clients choose their behaviour by it.
fn greet(ctx: &mut Context<'_>) {
    let version = if ctx.client.protocol == Protocol::Resp3 { 3 } else { 2 };
    let id = ctx.client.id as i64;
    let reply = &mut ctx.reply;
    reply.map(7);
    let text = |reply: &mut resplay_resp::Writer<'_>, name: &[u8], value: &[u8]| {
        reply.bulk(name);
        reply.bulk(value);
    };
    text(reply, b"server", b"valkey");
    text(reply, b"version", b"8.0.1");
    reply.bulk(b"proto");
    reply.int(version);
    reply.bulk(b"id");
    reply.int(id);
    text(reply, b"mode", b"standalone");
    text(reply, b"role", b"master");
    reply.bulk(b"modules");
    reply.array(0);
}

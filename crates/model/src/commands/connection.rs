//! The connection itself.

use crate::answer::{Answer, Outcome};
use crate::call::{Call, c_text};
use crate::session::{Replies, Session};
use crate::table::{Row, row};
use resplay_resp::number::parse_i64;
use resplay_resp::{Error, Protocol, Reply};

pub(crate) const ROWS: &[Row] = &[
    row("AUTH", -2, "al", auth),
    row("ECHO", 2, "l", |call| Answer::bulk(call.word(1))),
    row("HELLO", -1, "al", hello),
    row("PING", -1, "", ping),
    row("QUIT", -1, "al", quit),
    row("RESET", 1, "al", reset),
    row("SELECT", 2, "l", select),
];

fn quit(call: &mut Call<'_>) -> Outcome {
    if call.session.is_muted() {
        call.keyspace.pubsub.deafen(call.session.id);
    }
    Answer::ok()
}

fn ping(call: &mut Call<'_>) -> Outcome {
    let is_subscriber =
        call.session.protocol == Protocol::Resp2 && call.keyspace.pubsub.is_subscriber(call.session.id);
    match call.argv.len() {
        1 if is_subscriber => Answer::array([Reply::bulk("pong"), Reply::bulk("")]),
        2 if is_subscriber => Answer::array([Reply::bulk("pong"), Reply::bulk(call.word(1))]),
        1 => Ok(Answer::Reply(Reply::Simple(b"PONG".to_vec()))),
        2 => Answer::bulk(call.word(1)),
        _ => Err(Error::WrongArity("ping".to_owned())),
    }
}

fn select(call: &mut Call<'_>) -> Outcome {
    call.session.db = call.db_number(1)?;
    Answer::ok()
}

/// As if the client had just connected, but for its id.
fn reset(call: &mut Call<'_>) -> Outcome {
    call.keyspace.watches.forget(call.session.id);
    call.keyspace.pubsub.forget(call.session.id);
    let replies = call.session.replies;
    *call.session = Session::new(call.session.id, call.keyspace.settings.password.is_empty());
    if replies == Replies::Skip {
        call.session.replies = replies;
    }
    Ok(Answer::Reply(Reply::Simple(b"RESET".to_vec())))
}

fn auth(call: &mut Call<'_>) -> Outcome {
    let (user, password) = match call.argv.len() {
        2 if call.keyspace.settings.password.is_empty() => return Err(Error::NoPasswordSet),
        2 => (b"default".as_slice(), call.word(1)),
        3 => (call.word(1), call.word(2)),
        _ => return Err(Error::Syntax),
    };
    log_in(call, user, password)?;
    Answer::ok()
}

/// There is one user, `default`; without a password set, any password is right.
fn log_in(call: &mut Call<'_>, user: &[u8], password: &[u8]) -> Result<(), Error> {
    let right = &call.keyspace.settings.password;
    if user != b"default" || !(right.is_empty() || right == password) {
        return Err(Error::WrongPass);
    }
    call.session.is_authenticated = true;
    Ok(())
}

fn hello(call: &mut Call<'_>) -> Outcome {
    let version = call.argv.get(1).map(|word| version(word)).transpose()?;
    let (mut name, mut credentials, mut at) = (None, None, 2);
    while at < call.argv.len() {
        let left = call.argv.len() - at - 1;
        match call.option(at).as_slice() {
            b"AUTH" if left >= 2 => credentials = Some((call.word(at + 1), call.word(at + 2))),
            b"SETNAME" if left >= 1 => name = Some(valid_name(call.word(at + 1))?),
            _ => return Err(bad_option(call.word(at))),
        }
        at += if call.option(at) == b"AUTH" { 3 } else { 2 };
    }
    if let Some((user, password)) = credentials {
        log_in(call, user, password)?;
    }
    if !call.session.is_authenticated && !call.keyspace.settings.password.is_empty() {
        return Err(Error::NoAuthHello);
    }
    call.session.name = name.unwrap_or_else(|| std::mem::take(&mut call.session.name));
    call.session.protocol = version.unwrap_or(call.session.protocol);
    Ok(Answer::Reply(greeting(call)))
}

fn version(word: &[u8]) -> Result<Protocol, Error> {
    match parse_i64(word).ok_or(Error::ProtocolVersionNotAnInteger)? {
        2 => Ok(Protocol::Resp2),
        3 => Ok(Protocol::Resp3),
        _ => Err(Error::NoProto),
    }
}

fn bad_option(word: &[u8]) -> Error {
    Error::HelloOption(word.to_vec())
}

fn greeting(call: &Call<'_>) -> Reply {
    let bulk = |text: &str| Reply::bulk(text);
    let version = if call.session.protocol == Protocol::Resp3 { 3 } else { 2 };
    let pairs = [
        ("server", bulk("valkey")),
        ("version", bulk("8.0.1")),
        ("proto", Reply::Int(version)),
        ("id", Reply::Int(call.session.id as i64)),
        ("mode", bulk("standalone")),
        ("role", bulk("master")),
        ("modules", Reply::Array(Vec::new())),
    ];
    Reply::Map(pairs.into_iter().map(|(name, value)| (bulk(name), value)).collect())
}

/// A client's name: printable, without blanks.
pub(crate) fn valid_name(name: &[u8]) -> Result<Vec<u8>, Error> {
    match c_text(name).iter().all(|byte| (b'!'..=b'~').contains(byte)) {
        true => Ok(name.to_vec()),
        false => Err(Error::ClientName),
    }
}

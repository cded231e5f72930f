//! CLIENT: what a connection knows of itself and of others.

use crate::answer::{Answer, Outcome};
use crate::call::{Call, error};
use crate::commands::connection::valid_name;
use crate::commands::object::{is_ok, is_text};
use crate::session::Replies;
use crate::table::{Row, container, row};
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[
    container("CLIENT"),
    row("CLIENT|GETNAME", 2, "l", getname),
    row("CLIENT|HELP", 2, "l", |call| call.help()),
    row("CLIENT|ID", 2, "l", |call| Answer::int(call.session.id as i64)),
    row("CLIENT|INFO", 2, "l", |call| call.form("a text", is_text)),
    row("CLIENT|KILL", -3, "l", kill),
    row("CLIENT|LIST", -2, "l", list),
    row("CLIENT|NO-EVICT", 3, "l", on_or_off),
    row("CLIENT|NO-TOUCH", 3, "l", on_or_off),
    row("CLIENT|REPLY", 3, "l", reply),
    row("CLIENT|SETINFO", 4, "l", setinfo),
    row("CLIENT|SETNAME", 3, "l", setname),
    row("CLIENT|UNBLOCK", -3, "l", unblock),
];

fn getname(call: &mut Call<'_>) -> Outcome {
    match call.session.name.as_slice() {
        b"" => Answer::null(),
        name => Answer::bulk(name),
    }
}

fn setname(call: &mut Call<'_>) -> Outcome {
    call.session.name = valid_name(call.word(2))?;
    Answer::ok()
}

fn setinfo(call: &mut Call<'_>) -> Outcome {
    let (option, value) = (call.word(2), call.word(3));
    if !matches!(call.option(2).as_slice(), b"LIB-NAME" | b"LIB-VER") {
        return Err(Error::UnrecognizedOption(option.to_vec()));
    }
    match valid_name(value) {
        Ok(_) => Answer::ok(),
        Err(_) => Err(Error::ClientInfo(String::from_utf8_lossy(option).into_owned())),
    }
}

/// The client hears of it after the command.
fn unblock(call: &mut Call<'_>) -> Outcome {
    let with_error = match (call.argv.len(), call.option(3).as_slice()) {
        (3, _) => false,
        (4, b"TIMEOUT") => false,
        (4, b"ERROR") => true,
        (4, _) => return Err(error("CLIENT UNBLOCK reason should be TIMEOUT or ERROR")),
        _ => return call.form("an error", Reply::is_error),
    };
    let id = call.int(2)?;
    Answer::flag(u64::try_from(id).is_ok_and(|id| call.keyspace.waiting.unblock(id, with_error)))
}

fn on_or_off(call: &mut Call<'_>) -> Outcome {
    match call.option(2).as_slice() {
        b"ON" | b"OFF" => Answer::ok(),
        _ => Err(Error::Syntax),
    }
}

/// Only ON is answered, and then the client hears again.
fn reply(call: &mut Call<'_>) -> Outcome {
    let was_off = call.session.replies == Replies::Off;
    call.session.replies = match call.option(2).as_slice() {
        b"ON" => Replies::On,
        b"OFF" => Replies::Off,
        b"SKIP" if was_off => Replies::Off,
        b"SKIP" => Replies::SkipNext,
        _ => return Err(Error::Syntax),
    };
    if call.session.replies == Replies::SkipNext {
        return Ok(Answer::Replies(Vec::new()));
    }
    Answer::ok()
}

fn list(call: &mut Call<'_>) -> Outcome {
    call.form("a text, or an error about an option", |reply| {
        is_text(reply) || (call.argv.len() > 2 && reply.is_error())
    })
}

/// Who is there to be killed, and how many fit a filter, shows in the connections that end; but what the same
/// transaction publishes or pushes does not reach who is killed there.
fn kill(call: &mut Call<'_>) -> Outcome {
    if call.argv.len() == 4 && call.option(2) == b"ID" {
        call.int(3).ok().and_then(|id| u64::try_from(id).ok()).map(|id| call.keyspace.waiting.forget(id));
    }
    if call.argv.len() == 4 && call.option(2) == b"TYPE" && call.option(3) == b"PUBSUB" {
        call.keyspace.pubsub.forget_all_but(call.session.id);
    }
    let is_old_form = call.argv.len() == 3;
    call.form("OK or a number of clients, or an error", |reply| match reply {
        Reply::Int(killed) => !is_old_form && *killed >= 0,
        reply => reply.is_error() || (is_old_form && is_ok(reply)),
    })
}

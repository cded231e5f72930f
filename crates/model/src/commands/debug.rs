//! DEBUG: what it does to data, and the form of what it tells.

use crate::answer::{Answer, Outcome, bulk};
use crate::call::{Call, error};
use crate::keyspace::Ttl;
use crate::table::{Row, row};
use crate::value::{Origin, Text, Value};
use resplay_resp::{Error, Protocol, Reply};

pub(crate) const ROWS: &[Row] = &[row("DEBUG", -2, "l", debug)];

/// Whether the configuration forbids DEBUG; what is allowed to near clients only may go either way.
pub(crate) fn refusal(call: &Call<'_>) -> Option<Outcome> {
    match call.keyspace.settings.debug_command.as_str() {
        "yes" => None,
        "local" if !call.actual.starts_with(b"-ERR DEBUG command not allowed") => None,
        _ => Some(Err(Error::DebugNotAllowed)),
    }
}

fn debug(call: &mut Call<'_>) -> Outcome {
    match (call.option(1).as_slice(), call.argv.len()) {
        (b"OBJECT", 3..=4) => object(call),
        (b"DIGEST", 2) => call.form("a digest", is_digest),
        (b"DIGEST-VALUE", _) => digests(call),
        (b"POPULATE", 3..=5) => populate(call),
        (b"SLEEP" | b"SET-ACTIVE-EXPIRE" | b"LOG", 3) | (b"CHANGE-REPL-ID", 2) => Answer::ok(),
        (b"STRINGMATCH-TEST", 2) => {
            Ok(Answer::Reply(Reply::Simple(b"Apparently the server did not crash: test passed".to_vec())))
        }
        (b"HELP", 2) => call.help(),
        (b"PROTOCOL", 3) if call.option(2) == b"PUSH" && call.session.protocol == Protocol::Resp3 => {
            let push = vec![bulk("server-cpu-usage"), Reply::Int(42)];
            call.keyspace.pubsub.deliver(call.session.id, [push]);
            Answer::bulk(b"Some real reply following the push reply")
        }
        (b"RELOAD", _) => reload(call),
        (b"LOADAOF", _) if call.is_in_exec => Err(error("DEBUG LOADAOF is not possible inside MULTI")),
        // As with RELOAD, the node tells what comes of it.
        (b"LOADAOF", _) => Answer::ok(),
        (b"LISTPACK" | b"PROTOCOL" | b"QUICKLIST-PACKED-THRESHOLD" | b"ERROR", 3) => {
            call.form("a reply", |_| true)
        }
        _ => Err(Error::SubcommandSyntax(call.word(1).to_vec(), "DEBUG".to_owned())),
    }
}

/// What the file has, the node tells by itself before it replies: keys that are loaded, one by one.
fn reload(call: &Call<'_>) -> Outcome {
    let is_known =
        |word: &Vec<u8>| matches!(word.to_ascii_uppercase().as_slice(), b"MERGE" | b"NOFLUSH" | b"NOSAVE");
    if !call.argv[2..].iter().all(is_known) {
        return Err(error("DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."));
    }
    if call.is_in_exec {
        return Err(error("DEBUG RELOAD is not possible inside MULTI"));
    }
    call.form("OK, or that the disk or the file is bad", |reply| match reply {
        Reply::Simple(word) => word == b"OK",
        Reply::Error(why) => {
            why == b"ERR" || why == b"ERR Error trying to load the RDB dump, check server logs."
        }
        _ => false,
    })
}

/// Where and how a value lies in memory, of which the model knows the encoding.
fn object(call: &Call<'_>) -> Outcome {
    let item = call.keyspace.physical(call.db(), call.word(2));
    let item = item.ok_or_else(|| error("no such key"))?;
    let encoding = item.value.encoding().map_or(String::new(), |encoding| format!(" encoding:{encoding} "));
    call.form(&format!("a line about the value, with{encoding}"), |reply| match reply {
        Reply::Simple(line) => {
            let line = String::from_utf8_lossy(line);
            line.starts_with("Value at:") && line.contains(&encoding)
        }
        _ => false,
    })
}

fn is_digest(reply: &Reply) -> bool {
    matches!(reply, Reply::Simple(digits) if digits.len() == 40 && digits.iter().all(u8::is_ascii_hexdigit))
}

/// What is not there has a digest of zeros; a dead key that lies there still has its own, and inside a transaction
/// nobody can tell when it was reclaimed.
fn digests(call: &Call<'_>) -> Outcome {
    let is_there = |key: &Vec<u8>| call.keyspace.get(call.db(), key).is_some();
    call.form("a digest for each key, zeros for what is not there", |reply| {
        let digests = reply.as_slice().unwrap_or_default();
        let is_zero = |digest: &Reply| matches!(digest, Reply::Simple(digits) if digits.iter().all(|&digit| digit == b'0'));
        matches!(reply, Reply::Array(_))
            && digests.len() == call.argv.len() - 2
            && digests.iter().zip(&call.argv[2..]).all(|(digest, key)| is_digest(digest) && (!is_zero(digest) || !is_there(key)))
    })
}

/// Strings under numbered keys, where there are none yet.
fn populate(call: &mut Call<'_>) -> Outcome {
    let number = |index| call.int(index).ok().filter(|number| *number >= 0).ok_or(Error::NotPositive);
    let count = number(2)?;
    let size = if call.argv.len() > 4 { number(4)? as usize } else { 0 };
    let prefix = if call.argv.len() > 3 { call.word(3) } else { b"key" };
    let db = call.db();
    for n in 0..count {
        let key = [prefix, format!(":{n}").as_bytes()].concat();
        if call.keyspace.get(db, &key).is_some() {
            continue;
        }
        let mut bytes = format!("value:{n}").into_bytes();
        if size > 0 {
            bytes.resize(size, 0);
        }
        call.keyspace.put(db, &key, Value::Text(Text { bytes, origin: Origin::Printed }), Ttl::Clear);
    }
    Answer::ok()
}

//! What happens to a command before and around its own function: refusals, queueing, transactions.

use crate::answer::{Answer, Expected, Objection, Outcome, compare};
use crate::call::Call;
use crate::commands::debug;
use crate::keyspace::Keyspace;
use crate::recent::show_words;
use crate::session::Session;
use crate::table::{self, Row};
use crate::waiting::Wait;
use resplay_resp::{Error, Protocol, Reply, decode};

/// Commands that are never queued.
const NOT_QUEUED: [&str; 6] = ["EXEC", "DISCARD", "MULTI", "WATCH", "QUIT", "RESET"];

/// What makes no sense without a subscription.
const ENDS_SUBSCRIPTION: [&str; 3] = ["PUNSUBSCRIBE", "SUNSUBSCRIBE", "UNSUBSCRIBE"];

/// What a client may still do while it is subscribed, unless it speaks RESP3.
const ALLOWED_TO_SUBSCRIBERS: [&str; 9] = [
    "PING",
    "PSUBSCRIBE",
    "PUNSUBSCRIBE",
    "QUIT",
    "RESET",
    "SSUBSCRIBE",
    "SUBSCRIBE",
    "SUNSUBSCRIBE",
    "UNSUBSCRIBE",
];

/// What is known of a command beside its words.
pub(crate) struct Circumstances {
    /// What the node did about it.
    pub(crate) fate: Fate,
    /// The node said that memory was full.
    pub(crate) is_over_memory: bool,
    /// The node may still be loading its files.
    pub(crate) may_be_loading: bool,
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was answered.
    Answered,
    /// Its client waits.
    Waits,
    /// Its client waited; now it is answered, or waits on.
    RunsAgain,
}

/// Runs a command of a client; `None` if it was rightly answered, or what its client rightly waits for.
pub(crate) fn process(
    call: &mut Call<'_>,
    circumstances: &Circumstances,
    scratch: &mut Vec<u8>,
) -> Result<Option<Wait>, Objection> {
    serve(call, circumstances, scratch)?;
    let wait = call.wait.take();
    match (circumstances.fate, wait) {
        (Fate::Waits, None) => Err(words("a reply at once".to_owned())),
        (_, wait) => Ok(wait),
    }
}

/// Runs a command of a client and compares what it must reply with what the node did.
fn serve(call: &mut Call<'_>, circumstances: &Circumstances, scratch: &mut Vec<u8>) -> Result<(), Objection> {
    let protocol_before = call.session.protocol;
    let row = match table::find(call.argv) {
        Ok(row) => row,
        Err(error) => return refuse(call, error, circumstances, scratch),
    };
    if let Some(mut refusal) = refusal(call, row, circumstances) {
        give_up(call);
        refusal = refusal.map_err(|error| told_of(call, error));
        return settle(call, refusal, protocol_before, scratch);
    }
    if row.name == "EXEC" && call.session.queue.is_some() {
        return exec(call, circumstances, scratch);
    }
    if call.session.queue.is_some() && !NOT_QUEUED.contains(&row.name) {
        call.session.queue.get_or_insert_default().push(call.argv.to_vec());
        return settle(call, Ok(Answer::Reply(Reply::Simple(b"QUEUED".to_vec()))), protocol_before, scratch);
    }
    let outcome = (row.run)(call);
    call.keyspace.publish_events();
    match outcome {
        Ok(Answer::Wait(wait)) if circumstances.fate != Fate::Answered => {
            call.wait = Some(wait);
            Ok(())
        }
        outcome => settle(call, outcome, call.session.protocol, scratch),
    }
}

/// A refused command spoils its transaction; a refused EXEC ends it.
fn give_up(call: &mut Call<'_>) {
    if is_exec(call) {
        call.session.leave_multi();
        call.keyspace.watches.forget(call.session.id);
    }
    call.session.abort();
}

/// How a refusal is worded: EXEC says that it was the transaction that was refused.
fn told_of(call: &Call<'_>, error: Error) -> Error {
    if !is_exec(call) {
        return error;
    }
    let text = error.to_string();
    let why = text.strip_prefix("ERR ").unwrap_or(&text);
    Error::Custom(format!("EXECABORT Transaction discarded because of: {why}"))
}

fn is_exec(call: &Call<'_>) -> bool {
    call.argv[0].eq_ignore_ascii_case(b"EXEC")
}

/// Turns away a command that is not even known, or that has the wrong number of words.
fn refuse(
    call: &mut Call<'_>,
    error: Error,
    circumstances: &Circumstances,
    scratch: &mut Vec<u8>,
) -> Result<(), Objection> {
    give_up(call);
    let outcome = if circumstances.is_over_memory { Ok(not_refusable()) } else { Err(told_of(call, error)) };
    settle(call, outcome, call.session.protocol, scratch)
}

/// Compares, if the client hears anything at all; a reply must be missing otherwise.
fn settle(
    call: &Call<'_>,
    outcome: Outcome,
    protocol: Protocol,
    scratch: &mut Vec<u8>,
) -> Result<(), Objection> {
    if call.session.is_heard() {
        return compare(outcome, call.actual, protocol, scratch);
    }
    match (call.actual.is_empty(), outcome) {
        (_, Ok(Answer::Illegal(legal))) if !call.actual.is_empty() => Err(words(legal)),
        (true, _) => Ok(()),
        (false, _) => Err(words("no reply: CLIENT REPLY is off".to_owned())),
    }
}

fn words(expected: String) -> Objection {
    Objection { expected: Expected::Words(expected) }
}

/// Why a known command does not run at all.
fn refusal(call: &Call<'_>, row: &Row, circumstances: &Circumstances) -> Option<Outcome> {
    if row.name == "DEBUG"
        && let Some(refusal) = debug::refusal(call)
    {
        return Some(refusal);
    }
    if !is_permitted(call, row) {
        return Some(Err(Error::NoAuth));
    }
    let is_subscriber = call.keyspace.pubsub.is_subscriber(call.session.id);
    if !call.is_in_exec && ENDS_SUBSCRIPTION.contains(&row.name) && !is_subscriber {
        let name = row.name.to_ascii_lowercase();
        return Some(Err(Error::Custom(format!("NOSUB '{name}' command executed not in subscribed mode"))));
    }
    if !call.is_in_exec
        && call.session.protocol == Protocol::Resp2
        && is_subscriber
        && !ALLOWED_TO_SUBSCRIBERS.contains(&row.name)
    {
        return Some(Err(Error::Custom(format!(
            "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this \
             context",
            row.name.to_ascii_lowercase()
        ))));
    }
    if call.session.queue.is_some() && row.is('n') {
        return Some(Err(Error::NotAllowedInTransaction));
    }
    if circumstances.is_over_memory {
        return Some(over_memory(call, row));
    }
    let is_loading = circumstances.may_be_loading && !row.is('l') && is_error(call.actual, b"-LOADING ");
    (is_loading || is_disk_bad(call, row)).then_some(Ok(Answer::Legal))
}

/// Whether the node says that it cannot keep what the command does, which is its to know. PING is refused then too.
fn is_disk_bad(call: &Call<'_>, row: &Row) -> bool {
    let settings = &call.keyspace.settings;
    let concerns = row.is('w') || row.name == "PING";
    let is_refused = concerns && is_error(call.actual, b"-MISCONF ");
    let ends_transaction =
        row.name == "EXEC" && is_error(call.actual, b"-EXECABORT Transaction discarded because of: MISCONF ");
    (settings.append_only || settings.saves) && (is_refused || ends_transaction)
}

/// Whether the client has authenticated as far as the command needs.
fn is_permitted(call: &Call<'_>, row: &Row) -> bool {
    row.is('a') || call.session.is_authenticated || call.keyspace.settings.password.is_empty()
}

fn is_error(actual: &[u8], code: &[u8]) -> bool {
    actual.starts_with(code)
}

/// The reply of a command that memory refuses; illegal if the command is none of those.
fn over_memory(call: &Call<'_>, row: &Row) -> Outcome {
    let in_multi = call.session.queue.is_some();
    let refuses_queue = |queue: &[Vec<Vec<u8>>]| queue.iter().any(|argv| denies_memory(argv));
    let queue = call.session.queue.as_deref().unwrap_or_default();
    let is_refused_exec = row.name == "EXEC" && refuses_queue(queue);
    if row.is('m')
        || is_refused_exec
        || (in_multi && !NOT_QUEUED.contains(&row.name) && row.name != "UNWATCH")
    {
        return Err(Error::OutOfMemory);
    }
    Ok(not_refusable())
}

fn denies_memory(argv: &[Vec<u8>]) -> bool {
    table::find(argv).is_ok_and(|row| row.is('m'))
}

fn not_refusable() -> Answer {
    Answer::Illegal("to run: this command needs no memory, so it is never refused".to_owned())
}

/// EXEC: all queued commands, or none.
fn exec(call: &mut Call<'_>, circumstances: &Circumstances, scratch: &mut Vec<u8>) -> Result<(), Objection> {
    let protocol = call.session.protocol;
    let is_broken = call.keyspace.is_watch_broken(call.session.id);
    let is_aborted = call.session.is_aborted;
    let queue = call.session.leave_multi();
    call.keyspace.watches.forget(call.session.id);
    if is_aborted {
        return settle(call, Err(Error::ExecAbort), protocol, scratch);
    }
    if is_broken {
        return settle(call, Ok(Answer::Reply(Reply::NullArray)), protocol, scratch);
    }
    run_queue(call, &queue, circumstances, scratch)
}

/// Each queued command is held against its own part of the reply.
fn run_queue(
    call: &mut Call<'_>,
    queue: &[Vec<Vec<u8>>],
    circumstances: &Circumstances,
    scratch: &mut Vec<u8>,
) -> Result<(), Objection> {
    let header = format!("*{}\r\n", queue.len()).into_bytes();
    let mut rest = match (call.session.is_heard(), call.actual.strip_prefix(header.as_slice())) {
        (true, Some(rest)) => rest,
        (true, None) => return Err(words(format!("an array of {} replies", queue.len()))),
        (false, _) => call.actual,
    };
    for (index, argv) in queue.iter().enumerate() {
        let part = first_replies(rest, call.keyspace.pubsub.replies_of(argv, call.session.id));
        let (keyspace, session) = (&mut *call.keyspace, &mut *call.session);
        let used = run_queued(keyspace, session, argv, part, circumstances, scratch);
        rest = &rest[used.map_err(|objection| in_transaction(objection, index, argv, part))?..];
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(words("nothing after the replies of the transaction".to_owned()))
    }
}

/// Runs one queued command; gives how many bytes of reply it accounts for.
fn run_queued(
    keyspace: &mut Keyspace,
    session: &mut Session,
    argv: &[Vec<u8>],
    part: &[u8],
    circumstances: &Circumstances,
    scratch: &mut Vec<u8>,
) -> Result<usize, Objection> {
    let row = table::find(argv).map_err(|error| words(error.to_string()))?;
    let mut call = Call { keyspace, session, argv, is_in_exec: true, wait: None, actual: part };
    let outcome = match refusal(&call, row, &Circumstances { is_over_memory: false, ..*circumstances }) {
        Some(refusal) => refusal,
        None => (row.run)(&mut call),
    };
    call.keyspace.pubsub.speaks(call.session.id, call.session.protocol);
    call.keyspace.publish_events();
    if call.session.is_muted() {
        return Ok(0);
    }
    let protocol = call.session.protocol;
    compare(outcome, part, protocol, scratch).map(|()| part.len())
}

/// The bytes of the first so many replies; all bytes if they do not decode.
fn first_replies(bytes: &[u8], count: usize) -> &[u8] {
    let mut end = 0;
    for _ in 0..count {
        match decode(&bytes[end..]) {
            Ok(Some((_, used))) => end += used,
            _ => return bytes,
        }
    }
    &bytes[..end]
}

fn in_transaction(objection: Objection, index: usize, argv: &[Vec<u8>], part: &[u8]) -> Objection {
    let (expected, got) = crate::Mismatch::show_both(&objection.expected, part);
    let command = show_words(argv.iter().map(Vec::as_slice));
    words(format!("{expected} as reply {} of the transaction, to {command}; it was {got}", index + 1))
}

//! What commands on one string do, in a few lines each: the specification that histories are held against.

use super::search::Specified;
use resplay_resp::{Reply, decode};

/// A command on one key, and its reply; `None` if it is unknown.
#[derive(Clone, Debug)]
pub(super) struct Command {
    verb: Verb,
    reply: Option<Reply>,
}

#[derive(Clone, Debug)]
enum Verb {
    Get,
    Set(Vec<u8>),
    SetIfMissing(Vec<u8>),
    GetSet(Vec<u8>),
    GetDel,
    Append(Vec<u8>),
    Add(i64),
    Del,
    Exists,
    StrLen,
}

impl Command {
    /// `None` for a command that is not specified here.
    pub(super) fn read(words: &[Vec<u8>], reply: Option<&[u8]>) -> Option<Command> {
        let verb = verb(words)?;
        let reply = match reply {
            None => None,
            Some(bytes) => Some(decode(bytes).ok()??.0),
        };
        Some(Command { verb, reply })
    }
}

fn verb(words: &[Vec<u8>]) -> Option<Verb> {
    let name = words.first()?.to_ascii_uppercase();
    let number = |word: &Vec<u8>| std::str::from_utf8(word).ok()?.parse::<i64>().ok();
    Some(match (name.as_slice(), &words[1..]) {
        (b"GET", [_]) => Verb::Get,
        (b"SET", [_, value]) => Verb::Set(value.clone()),
        (b"SETNX", [_, value]) => Verb::SetIfMissing(value.clone()),
        (b"GETSET", [_, value]) => Verb::GetSet(value.clone()),
        (b"GETDEL", [_]) => Verb::GetDel,
        (b"APPEND", [_, value]) => Verb::Append(value.clone()),
        (b"INCR", [_]) => Verb::Add(1),
        (b"DECR", [_]) => Verb::Add(-1),
        (b"INCRBY", [_, by]) => Verb::Add(number(by)?),
        (b"DECRBY", [_, by]) => Verb::Add(number(by)?.checked_neg()?),
        (b"DEL" | b"UNLINK", [_]) => Verb::Del,
        (b"EXISTS", [_]) => Verb::Exists,
        (b"STRLEN", [_]) => Verb::StrLen,
        _ => return None,
    })
}

/// What a command would have replied.
enum Expected {
    Ok,
    Int(i64),
    Bulk(Option<Vec<u8>>),
    Error,
}

impl Specified for Command {
    type State = Option<Vec<u8>>;

    fn step(&self, state: &Self::State) -> Option<Self::State> {
        let (after, expected) = self.verb.apply(state);
        let is_legal = self.reply.as_ref().is_none_or(|reply| expected.is(reply));
        is_legal.then_some(after)
    }
}

impl Verb {
    fn apply(&self, state: &Option<Vec<u8>>) -> (Option<Vec<u8>>, Expected) {
        let same = || state.clone();
        match self {
            Verb::Get => (same(), Expected::Bulk(same())),
            Verb::Set(value) => (Some(value.clone()), Expected::Ok),
            Verb::SetIfMissing(value) => match state {
                None => (Some(value.clone()), Expected::Int(1)),
                Some(_) => (same(), Expected::Int(0)),
            },
            Verb::GetSet(value) => (Some(value.clone()), Expected::Bulk(same())),
            Verb::GetDel => (None, Expected::Bulk(same())),
            Verb::Append(more) => {
                let whole = [state.as_deref().unwrap_or_default(), more].concat();
                let length = whole.len() as i64;
                (Some(whole), Expected::Int(length))
            }
            Verb::Add(by) => match sum(state, *by) {
                Some(sum) => (Some(sum.to_string().into_bytes()), Expected::Int(sum)),
                None => (same(), Expected::Error),
            },
            Verb::Del => (None, Expected::Int(i64::from(state.is_some()))),
            Verb::Exists => (same(), Expected::Int(i64::from(state.is_some()))),
            Verb::StrLen => (same(), Expected::Int(state.as_ref().map_or(0, |value| value.len() as i64))),
        }
    }
}

/// `None` where the value is no number, or the sum too large.
fn sum(state: &Option<Vec<u8>>, by: i64) -> Option<i64> {
    let text = std::str::from_utf8(state.as_deref().unwrap_or(b"0")).ok()?;
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(())?;
    number.checked_add(by)
}

impl Expected {
    fn is(&self, reply: &Reply) -> bool {
        match self {
            Expected::Ok => matches!(reply, Reply::Simple(text) if text.as_slice() == b"OK"),
            Expected::Int(number) => reply.as_int() == Some(*number),
            Expected::Bulk(None) => reply.is_null(),
            Expected::Bulk(Some(bytes)) => reply.as_bytes() == Some(bytes),
            Expected::Error => matches!(reply, Reply::Error(_)),
        }
    }
}

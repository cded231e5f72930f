//! Ids of stream entries as words.

use crate::answer::bulk;
use crate::call::{Call, c_text, c_unsigned, error};
use crate::value::{ID_MAX, Id};
use crate::value::{after, before};
use resplay_resp::{Error, Reply};

/// What is said of a word that is no id.
pub(crate) fn bad_id() -> Error {
    error("Invalid stream ID specified as stream command argument")
}

/// An id; `missing` is the second number where there is none. The second number is `None` for `*`.
fn parts(word: &[u8], missing: u64, may_be_open: bool) -> Option<(u64, Option<u64>)> {
    if word.len() > 127 {
        return None;
    }
    let word = c_text(word);
    match word.iter().position(|&byte| byte == b'-') {
        None => Some((c_unsigned(word)?, Some(missing))),
        Some(dash) => {
            let ms = c_unsigned(&word[..dash])?;
            let seq = &word[dash + 1..];
            if may_be_open && seq == b"*" { Some((ms, None)) } else { Some((ms, Some(c_unsigned(seq)?))) }
        }
    }
}

/// An id that is written out.
pub(crate) fn strict(word: &[u8], missing: u64) -> Result<Id, Error> {
    let (ms, seq) = parts(word, missing, false).ok_or_else(bad_id)?;
    Ok((ms, seq.unwrap_or(missing)))
}

/// An id whose second number may be left open.
pub(crate) fn open(word: &[u8]) -> Result<(u64, Option<u64>), Error> {
    parts(word, 0, true).ok_or_else(bad_id)
}

/// The lower end of a range.
pub(crate) fn low_end(call: &Call<'_>, index: usize) -> Result<Id, Error> {
    let (id, is_open) = end(call.word(index), 0)?;
    let id = if is_open { after(id) } else { Some(id) };
    id.ok_or_else(|| error("invalid start ID for the interval"))
}

/// The upper end of a range.
pub(crate) fn high_end(call: &Call<'_>, index: usize) -> Result<Id, Error> {
    let (id, is_open) = end(call.word(index), u64::MAX)?;
    let id = if is_open { before(id) } else { Some(id) };
    id.ok_or_else(|| error("invalid end ID for the interval"))
}

fn end(word: &[u8], missing: u64) -> Result<(Id, bool), Error> {
    match c_text(word) {
        b"-" => Ok(((0, 0), false)),
        b"+" => Ok((ID_MAX, false)),
        [b'(', rest @ ..] if !rest.is_empty() => Ok((strict(rest, missing)?, true)),
        _ => Ok((strict(word, missing)?, false)),
    }
}

/// An id as it is printed.
pub(crate) fn shown((ms, seq): Id) -> Reply {
    bulk(format!("{ms}-{seq}"))
}

/// An entry: its id, fields and values.
pub(crate) fn entry(id: Id, words: &[Vec<u8>]) -> Reply {
    Reply::Array(vec![shown(id), Reply::Array(words.iter().map(bulk).collect())])
}

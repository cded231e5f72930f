//! Ids of entries as clients write them.

use crate::commands::options;
use resplay_datatypes::stream::Id;
use resplay_resp::Error;

/// No id is written longer, in bytes.
const TEXT_MAX: usize = 127;

/// An id of which the client may leave the sequence to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// `*`.
    Any,
    /// `ms-*`.
    Within(u64),
    /// `ms-seq` or `ms`.
    Exactly(Id),
}

/// An id with both parts, or milliseconds alone, which stand for their entry number `seq`.
pub(super) fn strict(text: &[u8], seq: u64) -> Result<Id, Error> {
    let (ms, rest) = split(text)?;
    let seq = rest.map_or(Some(seq), number).ok_or(Error::InvalidStreamId)?;
    Ok(Id::new(ms, seq))
}

/// The same, and `-` and `+` for the least and the greatest.
pub(super) fn any(text: &[u8], seq: u64) -> Result<Id, Error> {
    match text {
        b"-" => Ok(Id::MIN),
        b"+" => Ok(Id::MAX),
        text => strict(text, seq),
    }
}

/// The id that XADD is to give.
pub(super) fn wanted(text: &[u8]) -> Result<Wanted, Error> {
    match split(text)? {
        (ms, Some(b"*")) => Ok(Wanted::Within(ms)),
        _ => strict(text, 0).map(Wanted::Exactly),
    }
}

/// The start of an interval; `(` in front leaves the id itself out.
pub(super) fn start(text: &[u8]) -> Result<Id, Error> {
    match text {
        [b'(', text @ ..] if !text.is_empty() => strict(text, 0)?.next().ok_or(Error::InvalidStartId),
        text => any(text, 0),
    }
}

/// The end of an interval, likewise.
pub(super) fn end(text: &[u8]) -> Result<Id, Error> {
    match text {
        [b'(', text @ ..] if !text.is_empty() => strict(text, u64::MAX)?.prev().ok_or(Error::InvalidEndId),
        text => any(text, u64::MAX),
    }
}

/// Milliseconds, and the text after the first hyphen. Text ends at a NUL byte.
fn split(text: &[u8]) -> Result<(u64, Option<&[u8]>), Error> {
    if text.len() > TEXT_MAX {
        return Err(Error::InvalidStreamId);
    }
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let mut parts = text.splitn(2, |byte| *byte == b'-');
    let ms = parts.next().and_then(number).ok_or(Error::InvalidStreamId)?;
    Ok((ms, parts.next()))
}

/// A number as a cursor of SCAN is read.
fn number(text: &[u8]) -> Option<u64> {
    options::cursor(text).ok()
}

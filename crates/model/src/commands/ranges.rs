//! Strings read and written in part.

use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::keyspace::Ttl;
use crate::table::{Row, row};
use crate::value::{Origin, Text, Value};
use resplay_resp::Error;

pub(crate) const ROWS: &[Row] = &[
    row("APPEND", 3, "wm", append),
    row("GETRANGE", 4, "", getrange),
    row("SETRANGE", 4, "wm", setrange),
    row("SUBSTR", 4, "", getrange),
];

fn append(call: &mut Call<'_>) -> Outcome {
    let (db, key, tail) = (call.db(), call.word(1), call.word(2));
    let Some(mut bytes) = call.text(1)?.map(|text| text.bytes.clone()) else {
        call.keyspace.put(db, key, Value::Text(Text::whole(tail)), Ttl::Clear);
        call.notify('$', "append", key);
        return Answer::count(tail.len());
    };
    check_length(call, bytes.len() as u64, tail.len())?;
    bytes.extend_from_slice(tail);
    let length = bytes.len();
    call.keyspace.put(db, key, Value::Text(Text { bytes, origin: Origin::Edited }), Ttl::Keep);
    call.notify('$', "append", key);
    Answer::count(length)
}

fn check_length(call: &Call<'_>, offset: u64, added: usize) -> Result<(), Error> {
    let is_fine = offset.saturating_add(added as u64) <= call.keyspace.settings.bulk_bytes_max;
    if is_fine { Ok(()) } else { Err(Error::StringTooLong) }
}

fn setrange(call: &mut Call<'_>) -> Outcome {
    let (db, key, patch) = (call.db(), call.word(1), call.word(3));
    let offset = u64::try_from(call.int(2)?).map_err(|_| Error::OffsetOutOfRange)?;
    let mut bytes = call.text(1)?.map(|text| text.bytes.clone()).unwrap_or_default();
    if patch.is_empty() {
        return Answer::count(bytes.len());
    }
    check_length(call, offset, patch.len())?;
    let (start, end) = (offset as usize, offset as usize + patch.len());
    bytes.resize(bytes.len().max(end), 0);
    bytes[start..end].copy_from_slice(patch);
    let length = bytes.len();
    call.keyspace.put(db, key, Value::Text(Text { bytes, origin: Origin::Edited }), Ttl::Keep);
    call.notify('$', "setrange", key);
    Answer::count(length)
}

fn getrange(call: &mut Call<'_>) -> Outcome {
    let (start, end) = (call.int(2)?, call.int(3)?);
    let Some(text) = call.text(1)? else { return Answer::bulk(b"") };
    let length = text.bytes.len() as i64;
    if start < 0 && end < 0 && start > end {
        return Answer::bulk(b"");
    }
    let absolute = |index: i64| (if index < 0 { index.saturating_add(length) } else { index }).max(0);
    let (start, end) = (absolute(start), absolute(end).min(length - 1));
    let is_empty = start > end || length == 0;
    Answer::bulk(if is_empty { b"" } else { &text.bytes[start as usize..=end as usize] })
}

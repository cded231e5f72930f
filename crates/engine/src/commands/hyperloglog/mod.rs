//! The HyperLogLog commands. The structure itself is [`resplay_datatypes::hyperloglog`], within a string.

mod pfadd;
mod pfcount;
mod pfdebug;
mod pfmerge;
mod pfselftest;

use crate::keyspace::Dataset;
use crate::row::Row;
use resplay_datatypes::{EntryId, Scratch, Str, hyperloglog as hll};
use resplay_resp::Error;

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] =
    &[&pfadd::ROW, &pfcount::ROW, &pfdebug::ROW, &pfmerge::ROW, &pfselftest::ROW];

/// The entry, if it is a string that looks like a HyperLogLog.
fn check(data: &Dataset, id: Option<EntryId>) -> Result<Option<EntryId>, Error> {
    let Some(id) = id else { return Ok(None) };
    let is_valid = hll::is_valid(data.value_as::<Str>(id).bytes(&mut Scratch::new()));
    if is_valid { Ok(Some(id)) } else { Err(Error::NotAHyperLogLog) }
}

/// To change (or only to look at) the bytes; they are `raw` from then on.
fn edit<R>(data: &mut Dataset, id: EntryId, change: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    data.edit_as::<Str, R>(id, |string| change(string.make_raw()))
}

fn corrupted(_: hll::Corrupted) -> Error {
    Error::CorruptedHyperLogLog
}

//! The bitmap commands. Bit 0 is the highest bit of the first byte.

mod bitcount;
mod bitfield;
mod bitfield_ro;
mod bitop;
mod bitpos;
mod getbit;
mod setbit;

use crate::context::Context;
use crate::row::Row;
use resplay_datatypes::{EntryId, Str};
use resplay_resp::{Error, number};

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[
    &bitcount::ROW,
    &bitfield::ROW,
    &bitfield_ro::ROW,
    &bitop::ROW,
    &bitpos::ROW,
    &getbit::ROW,
    &setbit::ROW,
];

/// A bit's number; its byte may not lie beyond what a client may send.
fn bit_offset(ctx: &Context<'_>, text: &[u8]) -> Result<u64, Error> {
    field_offset(ctx, text, 0)
}

/// Where a field begins; after `#` in fields of `width` bits, unless that is zero.
fn field_offset(ctx: &Context<'_>, text: &[u8], width: u32) -> Result<u64, Error> {
    let (scale, digits) = match text {
        [b'#', digits @ ..] if width > 0 => (i64::from(width), digits),
        digits => (1, digits),
    };
    // What leaves 64 bits comes in again from below, as in the real servers.
    let offset = number::parse_i64(digits).map(|offset| offset.wrapping_mul(scale));
    let limit = ctx.server.config.settings.proto_max_bulk_len;
    let offset = offset.and_then(|offset| u64::try_from(offset).ok());
    offset.filter(|offset| offset >> 3 < limit).ok_or(Error::BitOffset)
}

/// The key's string as a buffer that has that bit, with zeros added; whether it had to be made or to grow.
fn make_room(ctx: &mut Context<'_>, key: &[u8], last_bit: u64) -> Result<(EntryId, bool), Error> {
    let len = (last_bit >> 3) as usize + 1;
    let Some(id) = ctx.data.write_as::<Str>(key)? else {
        ctx.data.work.bytes += len as u64;
        return Ok((ctx.data.insert(key, Str::raw(vec![0; len]).into()), true));
    };
    let added = ctx.data.edit_as::<Str, _>(id, |string| {
        let bytes = string.make_raw();
        let added = len.saturating_sub(bytes.len());
        bytes.resize(bytes.len() + added, 0);
        added
    });
    ctx.data.work.bytes += added as u64;
    Ok((id, added > 0))
}

/// In which unit a range is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Byte,
    Bit,
}

impl Unit {
    fn parse(word: &[u8]) -> Result<Unit, Error> {
        match word.to_ascii_lowercase().as_slice() {
            b"byte" => Ok(Unit::Byte),
            b"bit" => Ok(Unit::Bit),
            _ => Err(Error::Syntax),
        }
    }

    /// The bits from `start` to `end` of a string of `len` bytes, both included; negative ends count from the string's
    /// end, and what lies outside it is cut off. `None`: no bit.
    fn bits(self, start: i64, end: i64, len: usize) -> Option<(u64, u64)> {
        let scale = if self == Unit::Bit { 8 } else { 1 };
        let total = len as i64 * scale;
        let from_end = |at: i64| if at < 0 { (total + at).max(0) } else { at };
        let (start, end) = (from_end(start), from_end(end).min(total - 1));
        if start > end {
            return None;
        }
        let (start, end) = (start as u64, end as u64);
        Some(if self == Unit::Bit { (start, end) } else { (start * 8, end * 8 + 7) })
    }
}

/// The masks of the bits of their first and of their last byte that lie in a range.
fn edge_masks(first: u64, last: u64) -> (u8, u8) {
    (0xff >> (first & 7), 0xff << (7 - (last & 7)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_clipped_and_count_from_either_end() {
        assert_eq!(Unit::Byte.bits(0, -1, 2), Some((0, 15)));
        assert_eq!(Unit::Bit.bits(-3, 100, 2), Some((13, 15)));
        assert_eq!(Unit::Byte.bits(-1, -3, 1), Some((0, 7)));
        assert_eq!(Unit::Byte.bits(2, 1, 5), None);
        assert_eq!(Unit::Bit.bits(0, -1, 0), None);
        assert_eq!(Unit::Bit.bits(i64::MIN, i64::MAX, 1), Some((0, 7)));
    }

    #[test]
    fn edges_cut_what_lies_outside() {
        assert_eq!(edge_masks(3, 13), (0b0001_1111, 0b1111_1100));
        assert_eq!(edge_masks(0, 7), (0xff, 0xff));
    }
}

//! How lengths and strings are written. A long string is compressed and written a slice at a time.

use super::codes::{COMPRESSED, INT_8, INT_16, INT_32, LEN_32_BIT, LEN_64_BIT};
use super::lzf::{Lzf, Outcome, Run};
use resplay_resp::number::parse_i64;

/// Longer strings are compressed and written in slices of at least this.
const SLICE: usize = 64 << 10;
/// A longer string cannot be an integer of 32 bits.
const INT_TEXT_MAX: usize = 11;
/// A string must be longer than this to be compressed.
const VERBATIM_MAX: usize = 20;

/// Appends a length.
pub(super) fn put_len(out: &mut Vec<u8>, len: u64) {
    match len {
        0..64 => out.push(len as u8),
        64..16_384 => out.extend(((len as u16) | 0x4000).to_be_bytes()),
        _ => match u32::try_from(len) {
            Ok(len) => {
                out.push(LEN_32_BIT);
                out.extend(len.to_be_bytes());
            }
            Err(_) => {
                out.push(LEN_64_BIT);
                out.extend(len.to_be_bytes());
            }
        },
    }
}

/// Writes strings one after the other.
#[derive(Clone)]
pub(super) struct Strings {
    compress: bool,
    lzf: Option<Lzf>,
    /// The string that is not finished.
    part: Option<Part>,
}

#[derive(Clone)]
enum Part {
    Compressing(Run),
    Compressed { bytes: Vec<u8>, at: usize },
    Verbatim { at: usize },
}

impl Strings {
    pub fn new(compress: bool) -> Strings {
        Strings { compress, lzf: None, part: None }
    }

    /// Appends a string.
    pub fn put(&mut self, out: &mut Vec<u8>, bytes: &[u8]) {
        if put_int(out, bytes) {
            return;
        }
        if self.compress && bytes.len() > VERBATIM_MAX {
            let lzf = self.lzf.get_or_insert_with(Lzf::new);
            if let Some(compressed) = lzf.compress(bytes) {
                put_compressed_head(out, compressed.len(), bytes.len());
                out.extend_from_slice(&compressed);
                return;
            }
        }
        put_len(out, bytes.len() as u64);
        out.extend_from_slice(bytes);
    }

    /// Appends a string, or more of it: as long as `out` is shorter than `full`, though never less than a slice.
    /// Whether it is finished; if not, the same string must come again.
    pub fn put_some(&mut self, out: &mut Vec<u8>, full: usize, bytes: &[u8]) -> bool {
        if bytes.len() <= SLICE {
            self.put(out, bytes);
            return true;
        }
        let mut part = self.part.take().unwrap_or_else(|| self.begin(out, bytes));
        let room = full.saturating_sub(out.len()).max(SLICE);
        if let Part::Compressing(run) = &mut part {
            let lzf = self.lzf.get_or_insert_with(Lzf::new);
            part = match lzf.advance(run, bytes, run.at().saturating_add(room)) {
                Outcome::Unfinished => {
                    self.part = Some(part);
                    return false;
                }
                Outcome::Incompressible => verbatim(out, bytes.len()),
                Outcome::Compressed(compressed) => {
                    put_compressed_head(out, compressed.len(), bytes.len());
                    Part::Compressed { bytes: compressed, at: 0 }
                }
            };
        }
        let is_done = match &mut part {
            Part::Compressing(_) => false,
            Part::Compressed { bytes, at } => put_slice(out, bytes, at, room),
            Part::Verbatim { at } => put_slice(out, bytes, at, room),
        };
        self.part = (!is_done).then_some(part);
        is_done
    }

    fn begin(&mut self, out: &mut Vec<u8>, bytes: &[u8]) -> Part {
        let lzf = self.compress.then(|| self.lzf.get_or_insert_with(Lzf::new));
        match lzf.and_then(|lzf| lzf.begin(bytes.len())) {
            Some(run) => Part::Compressing(run),
            None => verbatim(out, bytes.len()),
        }
    }
}

fn verbatim(out: &mut Vec<u8>, len: usize) -> Part {
    put_len(out, len as u64);
    Part::Verbatim { at: 0 }
}

fn put_compressed_head(out: &mut Vec<u8>, compressed: usize, len: usize) {
    out.push(COMPRESSED);
    put_len(out, compressed as u64);
    put_len(out, len as u64);
}

/// Appends at most `room` bytes from `at` on; whether these were the last.
fn put_slice(out: &mut Vec<u8>, bytes: &[u8], at: &mut usize, room: usize) -> bool {
    let end = at.saturating_add(room).min(bytes.len());
    out.extend_from_slice(&bytes[*at..end]);
    *at = end;
    end == bytes.len()
}

/// Appends a string as an integer, if it is one of 32 bits.
fn put_int(out: &mut Vec<u8>, bytes: &[u8]) -> bool {
    if bytes.len() > INT_TEXT_MAX {
        return false;
    }
    let Some(int) = parse_i64(bytes) else { return false };
    if let Ok(int) = i8::try_from(int) {
        out.push(INT_8);
        out.extend(int.to_le_bytes());
    } else if let Ok(int) = i16::try_from(int) {
        out.push(INT_16);
        out.extend(int.to_le_bytes());
    } else if let Ok(int) = i32::try_from(int) {
        out.push(INT_32);
        out.extend(int.to_le_bytes());
    } else {
        return false;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Strings::new(true).put(&mut out, bytes);
        out
    }

    #[test]
    fn lengths_take_as_few_bytes_as_they_need() {
        let len = |len: u64| {
            let mut out = Vec::new();
            put_len(&mut out, len);
            out
        };
        assert_eq!(len(63), [63]);
        assert_eq!(len(64), [0x40, 64]);
        assert_eq!(len(16_383), [0x7f, 0xff]);
        assert_eq!(len(16_384), [0x80, 0, 0, 0x40, 0]);
        assert_eq!(len(1 << 32), [0x81, 0, 0, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn small_integers_are_no_text() {
        assert_eq!(put(b"-1"), [0xc0, 0xff]);
        assert_eq!(put(b"128"), [0xc1, 0x80, 0]);
        assert_eq!(put(b"2147483647"), [0xc2, 0xff, 0xff, 0xff, 0x7f]);
        assert_eq!(put(b"2147483648"), b"\x0a2147483648");
        assert_eq!(put(b"007"), b"\x03007");
    }

    #[test]
    fn a_string_in_slices_is_the_string_at_once() {
        let noise = super::super::lzf::tests::noise(300_000);
        let text = b"some text that comes again and again, ".repeat(9000);
        for (bytes, compress) in [(&noise, true), (&text, true), (&text, false)] {
            let (mut whole, mut pieces, mut calls) = (Vec::new(), Vec::new(), 1);
            Strings::new(compress).put(&mut whole, bytes);
            let mut strings = Strings::new(compress);
            while !strings.put_some(&mut pieces, 0, bytes) {
                calls += 1;
            }
            assert!(pieces == whole && calls > 4, "{calls} calls");
        }
    }
}

//! The compact forms of servers before version 7: ziplists and zipmaps.
//!
//! A ziplist is its size in bytes (4), where its last element begins (4), how many elements there are (2, all ones when
//! there are more), the elements and a byte `ff`. Each element begins with the size of the one before it: one byte, or
//! `fe` and four.
//!
//! | an element goes on with | it is |
//! | --- | --- |
//! | `00llllll`, the bytes | a string shorter than 64 |
//! | `01llllll llllllll`, the bytes | a string shorter than 16,384 |
//! | `10......`, its length in 4 bytes (highest first), the bytes | a longer string |
//! | `c0`, `f0`, `d0`, `e0` | an integer of 2, 3, 4, 8 bytes |
//! | `fe` | an integer of 1 byte |
//! | `f1` to `fd` | an integer from 0 to 12 |
//!
//! A zipmap is how many pairs there are (254 and more: not known), the pairs and a byte `ff`. A pair is field and
//! value, each a length (one byte, or `fe` and four) and bytes; a byte behind the value's length says how many unused
//! bytes follow the value.

use resplay_datatypes::listpack::Item;

const HEADER: usize = 10;
const END: u8 = 0xff;
/// What announces four bytes where otherwise one would be enough.
const LONG: u8 = 254;

/// Visits the elements of a ziplist; `None` if it is not one in all its parts.
pub(super) fn ziplist(bytes: &[u8], mut visit: impl FnMut(Item<'_>)) -> Option<()> {
    let total = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
    if total != bytes.len() || total <= HEADER || bytes[total - 1] != END {
        return None;
    }
    let tail = u32::from_le_bytes(*bytes[4..].first_chunk()?) as usize;
    let said = u16::from_le_bytes([bytes[8], bytes[9]]);
    let (mut at, mut last, mut before, mut len) = (HEADER, None, 0, 0usize);
    while bytes[at] != END {
        let (item, size, said_before) = element(&bytes[at..total - 1])?;
        if said_before != before {
            return None;
        }
        visit(item);
        last = Some(at);
        (at, before, len) = (at + size, size, len + 1);
    }
    let is_whole = at == total - 1
        && last.is_none_or(|last| last == tail)
        && (said == u16::MAX || usize::from(said) == len);
    is_whole.then_some(())
}

/// The element at the beginning, its size, and what it says of the size of the one before.
fn element(bytes: &[u8]) -> Option<(Item<'_>, usize, usize)> {
    let (before, head) = match bytes.first()? {
        &LONG => (u32::from_le_bytes(*bytes.get(1..)?.first_chunk()?) as usize, 5),
        short => (usize::from(*short), 1),
    };
    let rest = &bytes[head..];
    let string = |start: usize, len: usize| {
        let end = start.checked_add(len)?;
        Some((Item::Bytes(rest.get(start..end)?), end))
    };
    let int = |width: usize| {
        let bytes = rest.get(1..=width)?;
        let value = bytes.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        let unused = 64 - 8 * width;
        Some((Item::Int(((value << unused) as i64) >> unused), 1 + width))
    };
    let (item, size) = match *rest.first()? {
        first @ 0..0x40 => string(1, usize::from(first)),
        first @ 0x40..0x80 => string(2, usize::from(first & 0x3f) << 8 | usize::from(*rest.get(1)?)),
        0x80..0xc0 => string(5, u32::from_be_bytes(*rest.get(1..)?.first_chunk()?) as usize),
        0xc0 => int(2),
        0xd0 => int(4),
        0xe0 => int(8),
        0xf0 => int(3),
        0xfe => int(1),
        first @ 0xf1..=0xfd => Some((Item::Int(i64::from(first & 0x0f) - 1), 1)),
        _ => None,
    }?;
    Some((item, head + size, before))
}

/// The fields and values of a zipmap; `None` if it is not one in all its parts, or empty.
pub(super) fn zipmap(bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let (&said, pairs) = bytes.split_first()?;
    let mut rest = pairs;
    let mut found = Vec::new();
    while *rest.first()? != END {
        let (len, tail) = zipmap_len(rest)?;
        let (field, tail) = tail.split_at_checked(len)?;
        let (len, tail) = zipmap_len(tail)?;
        let (&unused, tail) = tail.split_first()?;
        let (value, tail) = tail.split_at_checked(len)?;
        rest = tail.get(usize::from(unused)..)?;
        found.push((field, value));
    }
    let is_whole = rest.len() == 1 && !found.is_empty() && (said >= LONG || usize::from(said) == found.len());
    is_whole.then_some(found)
}

fn zipmap_len(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes.split_first()? {
        (&LONG, rest) => {
            let (len, rest) = rest.split_first_chunk()?;
            Some((u32::from_le_bytes(*len) as usize, rest))
        }
        (&END, _) => None,
        (len, rest) => Some((usize::from(*len), rest)),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A ziplist of elements that are written down as they are stored, without the size of the one before.
    pub fn make_ziplist(elements: &[&[u8]]) -> Vec<u8> {
        let (mut body, mut tail, mut before) = (Vec::new(), HEADER, 0usize);
        for element in elements {
            tail = HEADER + body.len();
            match u8::try_from(before) {
                Ok(before) if before < LONG => body.push(before),
                _ => {
                    body.push(LONG);
                    body.extend((before as u32).to_le_bytes());
                }
            }
            body.extend_from_slice(element);
            before = HEADER + body.len() - tail;
        }
        let total = (HEADER + body.len() + 1) as u32;
        let mut bytes = total.to_le_bytes().to_vec();
        bytes.extend((tail as u32).to_le_bytes());
        bytes.extend((elements.len() as u16).to_le_bytes());
        bytes.extend(body);
        bytes.push(END);
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Vec<String>> {
        let mut words = Vec::new();
        ziplist(bytes, |item| words.push(String::from_utf8_lossy(&item.to_vec()).into_owned()))?;
        Some(words)
    }

    #[test]
    fn a_ziplist_has_strings_and_integers_of_all_sizes() {
        let long = [&[0x40 | 1, 0][..], &[b'x'; 256]].concat();
        let longer = [&[0x80, 0, 0, 0x40, 0][..], &[b'y'; 0x4000]].concat();
        let list = make_ziplist(&[
            b"\x02hi",
            &long,
            &longer,
            b"\xf1",
            b"\xfd",
            b"\xfe\x80",
            b"\xc0\xff\x7f",
            b"\xf0\x00\x00\x80",
            b"\xd0\x00\x00\x00\x80",
            b"\xe0\xff\xff\xff\xff\xff\xff\xff\x7f",
            b"\x00",
        ]);
        let words = read(&list).expect("it is a ziplist");
        assert_eq!(words[0], "hi");
        assert_eq!((words[1].len(), words[2].len()), (256, 0x4000));
        let ints = ["0", "12", "-128", "32767", "-8388608", "-2147483648", "9223372036854775807", ""];
        assert_eq!(words[3..], ints);
    }

    #[test]
    fn damage_is_refused() {
        let list = make_ziplist(&[b"\x02hi", b"\xf1", b"\x01z"]);
        assert!(read(&list).is_some());
        (0..list.len()).for_each(|end| assert_eq!(read(&list[..end]), None));
        for (at, byte) in [(0, 1), (4, 11), (8, 4), (10, 1), (11, 9), (11, 0xc1), (14, 3), (15, 0xff)] {
            let mut broken = list.clone();
            broken[at] = byte;
            assert_eq!(read(&broken), None, "byte {at}");
        }
    }

    #[test]
    fn a_zipmap_has_pairs_and_holes() {
        let map = b"\x02\x03foo\x03\x02bar..\x00\xfe\x02\x00\x00\x00\x00hi\xff";
        let pairs = zipmap(map).expect("it is a zipmap");
        assert_eq!(pairs, [(&b"foo"[..], &b"bar"[..]), (b"", b"hi")]);
        (0..map.len()).for_each(|end| assert_eq!(zipmap(&map[..end]), None));
        assert_eq!(zipmap(b"\x00\xff"), None, "an empty one");
        assert_eq!(zipmap(b"\x02\x01a\x01\x00b\xff"), None, "the number of pairs");
        assert_eq!(zipmap(b"\x01\x01a\x01\x00b\xff\xff"), None, "something behind its end");
    }
}

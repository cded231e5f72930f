//! The listpack: byte strings and integers one after the other in one buffer, to be walked from either end. The
//! bytes are those of the real servers, so a compact value's size is theirs too, and a dump of it is a copy.
//!
//! | element | bytes |
//! | --- | --- |
//! | 0 to 127 | `0xxxxxxx` |
//! | a string shorter than 64 | `10llllll`, the bytes |
//! | 13-bit integer | `110xxxxx xxxxxxxx` |
//! | a string shorter than 4096 | `1110llll llllllll`, the bytes |
//! | a longer string | `11110000`, its length in 4 bytes, the bytes |
//! | 16-, 24-, 32-, 64-bit integer | `11110001` to `11110100`, the integer, lowest byte first |
//!
//! After each element stands its size so far, seven bits a byte and readable from behind. In front of all are the
//! total in bytes (4) and the number of elements (2, all ones when there are more), at the end a byte `0xff`.

use crate::memory::size_class;
use crate::string::Scratch;
use resplay_resp::number::parse_i64;

const HEADER: usize = 6;
const END: u8 = 0xff;
/// The header's number of elements when there are too many to say.
const MANY: u16 = u16::MAX;

/// A sequence of byte strings in one buffer. Positions are offsets into it, valid until the next change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listpack {
    bytes: Vec<u8>,
    len: u32,
}

/// An element as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item<'a> {
    /// The canonical digits of an integer.
    Int(i64),
    /// Anything else.
    Bytes(&'a [u8]),
}

/// Where an element lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(usize);

impl Default for Listpack {
    fn default() -> Listpack {
        Listpack::new()
    }
}

impl Listpack {
    /// An empty one.
    pub fn new() -> Listpack {
        Listpack { bytes: vec![HEADER as u8 + 1, 0, 0, 0, 0, 0, END], len: 0 }
    }

    /// Takes a buffer from outside; `None` if it is not a listpack in all its parts: sizes, back links, the number of
    /// elements (where the header says it) and the end. What the real servers would have written otherwise, such as an
    /// integer as a string, is written anew.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Listpack> {
        let total = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
        if total != bytes.len() || total <= HEADER || bytes[total - 1] != END {
            return None;
        }
        let said = u16::from_le_bytes([bytes[4], bytes[5]]);
        let (mut at, mut len, mut is_canonical) = (HEADER, 0, true);
        while at < total - 1 {
            let (size, is_plain) = check(&bytes[at..total - 1])?;
            at += size;
            len += 1;
            is_canonical &= is_plain;
        }
        if said != MANY && u32::from(said) != len {
            return None;
        }
        let mut pack = Listpack { bytes, len };
        pack.count(0);
        Some(if is_canonical { pack } else { pack.rewritten() })
    }

    fn rewritten(&self) -> Listpack {
        let mut pack = Listpack::new();
        self.iter().for_each(|item| pack.push_back(item.bytes(&mut Scratch::new())));
        pack
    }

    /// How many elements there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The buffer: what a dump holds.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The size of the buffer, in bytes.
    #[inline]
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The first element's position.
    pub fn first(&self) -> Option<Position> {
        (self.len > 0).then_some(Position(HEADER))
    }

    /// The last element's position.
    pub fn last(&self) -> Option<Position> {
        self.prev(Position(self.bytes.len() - 1))
    }

    /// The position after an element's.
    #[inline]
    pub fn next(&self, at: Position) -> Option<Position> {
        let next = self.end_of(at);
        (self.bytes[next] != END).then_some(Position(next))
    }

    /// The position before an element's.
    #[inline]
    pub fn prev(&self, at: Position) -> Option<Position> {
        if at.0 <= HEADER {
            return None;
        }
        let mut back = at.0 - 1;
        let (mut size, mut shift) = (0, 0);
        loop {
            let byte = self.bytes[back];
            size |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(Position(back - size));
            }
            shift += 7;
            back -= 1;
        }
    }

    /// The position of the element with that index: from the nearer end.
    pub fn seek(&self, index: usize) -> Option<Position> {
        if index >= self.len() {
            return None;
        }
        if index <= self.len() / 2 {
            let mut at = self.first()?;
            for _ in 0..index {
                at = self.next(at)?;
            }
            return Some(at);
        }
        let mut at = self.last()?;
        for _ in index + 1..self.len() {
            at = self.prev(at)?;
        }
        Some(at)
    }

    /// The element at a position.
    #[inline]
    pub fn get(&self, at: Position) -> Item<'_> {
        read(&self.bytes[at.0..]).0
    }

    /// All elements, from either end.
    pub fn iter(&self) -> Iter<'_> {
        Iter { pack: self, front: self.first(), back: self.last(), left: self.len() }
    }

    /// The position of the first element that equals these bytes, looking at every `step`th from `from` on.
    pub fn find(&self, from: Option<Position>, bytes: &[u8], step: usize) -> Option<Position> {
        let wanted = Item::of(bytes);
        let mut at = from?;
        loop {
            if self.get(at) == wanted {
                return Some(at);
            }
            for _ in 0..step {
                at = self.next(at)?;
            }
        }
    }

    /// Whether every `step`th element, from the first on, is there once only. O(n log n).
    pub fn has_unique(&self, step: usize) -> bool {
        let mut items: Vec<Item<'_>> = self.iter().step_by(step).collect();
        items.sort_unstable();
        items.is_sorted_by(|one, next| one < next)
    }

    /// Appends an element.
    pub fn push_back(&mut self, bytes: &[u8]) {
        let at = self.bytes.len() - 1;
        self.splice(at, at, &[bytes]);
        self.count(1);
    }

    /// Puts an element in front.
    pub fn push_front(&mut self, bytes: &[u8]) {
        self.splice(HEADER, HEADER, &[bytes]);
        self.count(1);
    }

    /// Puts elements before the one at `at` (`None`: at the end).
    pub fn insert(&mut self, at: Option<Position>, elements: &[&[u8]]) {
        let at = at.map_or(self.bytes.len() - 1, |at| at.0);
        self.splice(at, at, elements);
        self.count(elements.len() as i64);
    }

    /// Puts other bytes in an element's place.
    pub fn replace(&mut self, at: Position, bytes: &[u8]) {
        let end = self.end_of(at);
        self.splice(at.0, end, &[bytes]);
        self.count(0);
    }

    /// Removes `n` elements from `at` on (fewer if there are not so many). What followed stands at `at` then, if
    /// anything did.
    pub fn remove(&mut self, at: Position, n: usize) -> Option<Position> {
        let mut end = at.0;
        let mut removed = 0;
        while removed < n && self.bytes[end] != END {
            end = self.end_of(Position(end));
            removed += 1;
        }
        self.bytes.drain(at.0..end);
        self.count(-(removed as i64));
        (self.bytes[at.0] != END).then_some(at)
    }

    /// Splits off the elements from `at` on.
    pub fn split_off(&mut self, at: Position) -> Listpack {
        let mut other = Listpack::new();
        let kept = Listpack::count_range(&self.bytes[HEADER..at.0]);
        other.bytes.pop();
        other.bytes.extend_from_slice(&self.bytes[at.0..]);
        other.count(i64::from(self.len) - kept);
        self.bytes.truncate(at.0);
        self.bytes.push(END);
        self.count(kept - i64::from(self.len));
        other
    }

    /// Appends all elements of another one.
    pub fn append(&mut self, other: &Listpack) {
        self.bytes.pop();
        self.bytes.extend_from_slice(&other.bytes[HEADER..]);
        self.count(i64::from(other.len));
    }

    /// The size that an element would take, in bytes.
    pub fn size_of(bytes: &[u8]) -> usize {
        crate::memory::listpack_entry(bytes)
    }

    /// Gives back room that is not needed.
    pub fn shrink(&mut self) {
        if self.bytes.capacity() > size_class(self.bytes.len()) {
            self.bytes.shrink_to(size_class(self.bytes.len()));
        }
    }

    fn count_range(bytes: &[u8]) -> i64 {
        let (mut at, mut n) = (0, 0);
        while at < bytes.len() {
            let body = read(&bytes[at..]).1;
            at += body + back_link_len(body);
            n += 1;
        }
        n
    }

    #[inline]
    fn end_of(&self, at: Position) -> usize {
        let body = body_len(&self.bytes[at.0..]);
        at.0 + body + back_link_len(body)
    }

    /// Puts elements in the place of the bytes from `start` to `end`.
    fn splice(&mut self, start: usize, end: usize, elements: &[&[u8]]) {
        let added: usize = elements.iter().map(|bytes| Listpack::size_of(bytes)).sum();
        let old_len = self.bytes.len();
        let new_len = old_len - (end - start) + added;
        if new_len > self.bytes.capacity() {
            // As much as an allocator with the real server's size classes would hand out anyway.
            self.bytes.reserve_exact(size_class(new_len) - old_len);
        }
        if new_len > old_len {
            self.bytes.resize(new_len, 0);
            self.bytes.copy_within(end..old_len, start + added);
        } else if new_len < old_len {
            self.bytes.copy_within(end..old_len, start + added);
            self.bytes.truncate(new_len);
        }
        let mut at = start;
        for bytes in elements {
            at = write(&mut self.bytes, at, bytes);
        }
    }

    /// Settles the header after so many elements came (or went).
    fn count(&mut self, more: i64) {
        self.len = (i64::from(self.len) + more) as u32;
        let total = self.bytes.len() as u32;
        self.bytes[..4].copy_from_slice(&total.to_le_bytes());
        let count = u16::try_from(self.len).unwrap_or(MANY);
        self.bytes[4..6].copy_from_slice(&count.to_le_bytes());
    }
}

impl<'a> Item<'a> {
    /// How these bytes would be stored.
    #[inline]
    pub fn of(bytes: &'a [u8]) -> Item<'a> {
        match parse_i64(bytes) {
            Some(int) => Item::Int(int),
            None => Item::Bytes(bytes),
        }
    }

    /// The bytes; an integer's digits are written to the scratch space.
    #[inline]
    pub fn bytes<'s>(&'s self, scratch: &'s mut Scratch) -> &'s [u8] {
        match self {
            Item::Int(int) => scratch.format(*int).as_bytes(),
            Item::Bytes(bytes) => bytes,
        }
    }

    /// A copy of the bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        self.bytes(&mut Scratch::new()).to_vec()
    }
}

/// Elements in order, from either end.
#[derive(Clone)]
pub struct Iter<'a> {
    pack: &'a Listpack,
    front: Option<Position>,
    back: Option<Position>,
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        self.left = self.left.checked_sub(1)?;
        let at = self.front?;
        self.front = self.pack.next(at);
        Some(self.pack.get(at))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let at = self.back?;
        self.back = self.pack.prev(at);
        Some(self.pack.get(at))
    }
}

impl ExactSizeIterator for Iter<'_> {}

/// The element at the beginning, and its size without the back link.
#[inline]
fn read(bytes: &[u8]) -> (Item<'_>, usize) {
    let first = bytes[0];
    let string = |start: usize, len: usize| (Item::Bytes(&bytes[start..start + len]), start + len);
    match first {
        0..0x80 => (Item::Int(i64::from(first)), 1),
        0x80..0xc0 => string(1, usize::from(first & 0x3f)),
        0xc0..0xe0 => (Item::Int(signed(u64::from(first & 0x1f) << 8 | u64::from(bytes[1]), 13)), 2),
        0xe0..0xf0 => string(2, usize::from(first & 0x0f) << 8 | usize::from(bytes[1])),
        0xf0 => string(5, little_endian(&bytes[1..5]) as usize),
        _ => {
            let width = int_width(first);
            (Item::Int(signed(little_endian(&bytes[1..=width]), 8 * width as u32)), 1 + width)
        }
    }
}

/// The size of the element at the beginning, its back link included, and whether it is as the real servers write it;
/// `None` if it is not whole or its back link is wrong.
fn check(bytes: &[u8]) -> Option<(usize, bool)> {
    let head = match bytes.first()? {
        0xe0..0xf0 => 2,
        0xf0 => 5,
        0xf5.. => return None,
        _ => 1,
    };
    if bytes.len() < head {
        return None;
    }
    let body = body_len(bytes);
    let size = body.checked_add(back_link_len(body))?;
    let link = bytes.get(body..size)?;
    let links = link.len();
    let is_link = |n: usize| {
        let more = if n == 0 { 0 } else { 0x80 };
        link[n] == (body >> (7 * (links - 1 - n)) & 0x7f) as u8 | more
    };
    if !(0..links).all(is_link) {
        return None;
    }
    let is_plain = match read(bytes).0 {
        Item::Bytes(text) => parse_i64(text).is_none() && Listpack::size_of(text) == size,
        Item::Int(int) => Listpack::size_of(Scratch::new().format(int).as_bytes()) == size,
    };
    Some((size, is_plain))
}

#[inline]
fn body_len(bytes: &[u8]) -> usize {
    let first = bytes[0];
    match first {
        0..0x80 => 1,
        0x80..0xc0 => 1 + usize::from(first & 0x3f),
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 2 + (usize::from(first & 0x0f) << 8 | usize::from(bytes[1])),
        0xf0 => 5 + little_endian(&bytes[1..5]) as usize,
        _ => 1 + int_width(first),
    }
}

/// The bytes of an integer after its first byte.
fn int_width(first: u8) -> usize {
    match first {
        0xf1 => 2,
        0xf2 => 3,
        0xf3 => 4,
        _ => 8,
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Extends the sign of an integer of so many bits.
fn signed(value: u64, bits: u32) -> i64 {
    ((value << (64 - bits)) as i64) >> (64 - bits)
}

#[inline]
fn back_link_len(body: usize) -> usize {
    match body {
        0..128 => 1,
        128..16_384 => 2,
        16_384..2_097_152 => 3,
        2_097_152..268_435_456 => 4,
        _ => 5,
    }
}

/// Writes an element with its back link; where the next one goes.
fn write(buffer: &mut [u8], at: usize, bytes: &[u8]) -> usize {
    let body = match Item::of(bytes) {
        Item::Int(int) => write_int(&mut buffer[at..], int),
        Item::Bytes(bytes) => write_string(&mut buffer[at..], bytes),
    };
    let links = back_link_len(body);
    for n in 0..links {
        let more = if n == 0 { 0 } else { 0x80 };
        buffer[at + body + n] = (body >> (7 * (links - 1 - n)) & 0x7f) as u8 | more;
    }
    at + body + links
}

fn write_int(buffer: &mut [u8], int: i64) -> usize {
    let width = match int {
        0..=127 => {
            buffer[0] = int as u8;
            return 1;
        }
        -4096..=4095 => {
            buffer[0] = 0xc0 | (int >> 8 & 0x1f) as u8;
            buffer[1] = int as u8;
            return 2;
        }
        -32_768..=32_767 => 2,
        -8_388_608..=8_388_607 => 3,
        -2_147_483_648..=2_147_483_647 => 4,
        _ => 8,
    };
    buffer[0] = match width {
        2 => 0xf1,
        3 => 0xf2,
        4 => 0xf3,
        _ => 0xf4,
    };
    buffer[1..=width].copy_from_slice(&int.to_le_bytes()[..width]);
    1 + width
}

fn write_string(buffer: &mut [u8], bytes: &[u8]) -> usize {
    let len = bytes.len();
    let head = match len {
        0..64 => {
            buffer[0] = 0x80 | len as u8;
            1
        }
        64..4096 => {
            buffer[0] = 0xe0 | (len >> 8) as u8;
            buffer[1] = len as u8;
            2
        }
        _ => {
            buffer[0] = 0xf0;
            buffer[1..5].copy_from_slice(&(len as u32).to_le_bytes());
            5
        }
    };
    buffer[head..head + len].copy_from_slice(bytes);
    head + len
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(pack: &Listpack) -> Vec<Vec<u8>> {
        pack.iter().map(|item| item.to_vec()).collect()
    }

    fn pack(words: &[&[u8]]) -> Listpack {
        let mut pack = Listpack::new();
        words.iter().for_each(|word| pack.push_back(word));
        pack
    }

    /// The middle of `DUMP` of a small hash and of a small list in Valkey 8.0.1.
    #[test]
    fn the_bytes_are_the_real_servers() {
        let hash = pack(&[b"f", b"1"]);
        assert_eq!(hash.as_bytes(), b"\x0c\x00\x00\x00\x02\x00\x81f\x02\x01\x01\xff");
        let wide = pack(&[b"4095", b"-4096", b"32767", b"8388607"]);
        let expect = b"\x18\0\0\0\x04\0\xcf\xff\x02\xd0\x00\x02\xf1\xff\x7f\x03\xf2\xff\xff\x7f\x04\xff";
        assert_eq!(&wide.as_bytes()[4..], &expect[4..]);
        assert_eq!(usize::from(wide.as_bytes()[0]), wide.byte_len());
    }

    #[test]
    fn long_elements_are_walked_from_both_ends() {
        let words: Vec<Vec<u8>> =
            [0, 63, 64, 126, 127, 128, 4095, 4096, 16_383, 70_000].map(|len| vec![b'x'; len]).to_vec();
        let refs: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let pack = pack(&refs);
        assert_eq!(all(&pack), words);
        let mut back: Vec<Vec<u8>> = pack.iter().rev().map(|item| item.to_vec()).collect();
        back.reverse();
        assert_eq!(back, words);
    }

    #[test]
    fn damaged_buffers_are_refused() {
        let good = pack(&[b"f", b"1", b"-5000", &[b'x'; 200]]).as_bytes().to_vec();
        assert_eq!(
            Listpack::from_bytes(good.clone()).map(|pack| pack.as_bytes().to_vec()),
            Some(good.clone())
        );
        for at in 0..good.len() {
            assert_eq!(Listpack::from_bytes(good[..at].to_vec()), None, "cut at {at}");
        }
        let broken = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            Listpack::from_bytes(bytes)
        };
        assert_eq!(broken(4, 3), None, "the number of elements is wrong");
        assert_eq!(broken(6, 0x82), None, "an element is longer than it was");
        assert_eq!(broken(8, 1), None, "the back link is wrong");
        assert_eq!(broken(6, 0xf7), None, "there is no such element");
        assert_eq!(broken(6, END), None, "the end comes early");
        assert_eq!(Listpack::from_bytes(Vec::new()), None);
    }

    #[test]
    fn what_is_written_in_another_way_is_written_anew() {
        let odd = b"\x0e\0\0\0\xff\xff\x8212\x03\xf1\x05\x00\x03\xff";
        let mut bytes = odd.to_vec();
        bytes[0] = bytes.len() as u8;
        let read = Listpack::from_bytes(bytes).expect("it is a listpack");
        assert_eq!(read, pack(&[b"12", b"5"]));
    }

    #[derive(Clone, Debug)]
    enum Edit {
        Back(Vec<u8>),
        Front(Vec<u8>),
        Insert(usize, Vec<u8>),
        Replace(usize, Vec<u8>),
        Remove(usize, usize),
        Split(usize),
    }

    fn word() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            any::<i64>().prop_map(|int| int.to_string().into_bytes()),
            (-5000i64..40_000).prop_map(|int| int.to_string().into_bytes()),
            proptest::collection::vec(any::<u8>(), 0..150),
            Just(b"007".to_vec()),
        ]
    }

    fn edit() -> impl Strategy<Value = Edit> {
        prop_oneof![
            word().prop_map(Edit::Back),
            word().prop_map(Edit::Front),
            (0usize..9, word()).prop_map(|(at, word)| Edit::Insert(at, word)),
            (0usize..9, word()).prop_map(|(at, word)| Edit::Replace(at, word)),
            (0usize..9, 0usize..4).prop_map(|(at, n)| Edit::Remove(at, n)),
            (0usize..9).prop_map(Edit::Split),
        ]
    }

    proptest! {
        #[test]
        fn it_holds_what_a_vector_would(edits in proptest::collection::vec(edit(), 0..60)) {
            let (mut pack, mut words) = (Listpack::new(), Vec::<Vec<u8>>::new());
            for edit in edits {
                match edit {
                    Edit::Back(word) => { pack.push_back(&word); words.push(word); }
                    Edit::Front(word) => { pack.push_front(&word); words.insert(0, word); }
                    Edit::Insert(at, word) => {
                        pack.insert(pack.seek(at), &[&word]);
                        let at = at.min(words.len());
                        words.insert(at, word);
                    }
                    Edit::Replace(at, word) => if let Some(place) = pack.seek(at) {
                        pack.replace(place, &word);
                        words[at] = word;
                    }
                    Edit::Remove(at, n) => if let Some(place) = pack.seek(at) {
                        pack.remove(place, n);
                        words.drain(at..(at + n).min(words.len()));
                    }
                    Edit::Split(at) => if let Some(place) = pack.seek(at) {
                        let tail = pack.split_off(place);
                        prop_assert_eq!(all(&tail), &words[at..]);
                        pack.append(&tail);
                    }
                }
                prop_assert_eq!(all(&pack), words.clone());
                prop_assert_eq!(pack.len(), words.len());
                let size: usize = words.iter().map(|word| Listpack::size_of(word)).sum();
                prop_assert_eq!(pack.byte_len(), HEADER + 1 + size);
                prop_assert_eq!(Listpack::from_bytes(pack.as_bytes().to_vec()), Some(pack.clone()));
                for (at, word) in words.iter().enumerate() {
                    prop_assert_eq!(pack.seek(at).map(|place| pack.get(place).to_vec()), Some(word.clone()));
                }
            }
        }
    }
}

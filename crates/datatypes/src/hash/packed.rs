//! The compact encoding of small hashes: fields and values one after the other in one buffer, in the order of
//! first insertion, searched from the front. Each is a length (seven bits a byte, lowest first) and its bytes.

use crate::memory;

#[derive(Clone, Debug, Default)]
pub(super) struct Packed {
    buffer: Vec<u8>,
    /// How many fields.
    pub len: usize,
    /// What the entries would take in a listpack, for the memory formula.
    pub entry_bytes: usize,
}

/// Where a pair lies: `start..value` holds the field, `value..end` the value, each with its length.
struct Place {
    start: usize,
    value: usize,
    end: usize,
}

impl Packed {
    pub fn get(&self, field: &[u8]) -> Option<&[u8]> {
        self.iter().find(|(name, _)| *name == field).map(|(_, value)| value)
    }

    /// Sets a field; whether it is new.
    pub fn set(&mut self, field: &[u8], value: &[u8]) -> bool {
        let Some(place) = self.locate(field) else {
            self.push(field, value);
            return true;
        };
        let old = item(&self.buffer[place.value..]).map_or(&[][..], |(value, _)| value);
        self.entry_bytes -= memory::listpack_entry(old);
        self.entry_bytes += memory::listpack_entry(value);
        if old.len() == value.len() {
            self.buffer[place.end - value.len()..place.end].copy_from_slice(value);
        } else {
            let (length, digits) = length_bytes(value.len());
            self.make_room(digits + value.len());
            let item = length[..digits].iter().chain(value).copied();
            self.buffer.splice(place.value..place.end, item);
        }
        false
    }

    pub fn remove(&mut self, field: &[u8]) -> bool {
        let Some(place) = self.locate(field) else { return false };
        let old = item(&self.buffer[place.value..]).map_or(&[][..], |(value, _)| value);
        self.entry_bytes -= memory::listpack_entry(field) + memory::listpack_entry(old);
        self.buffer.drain(place.start..place.end);
        self.len -= 1;
        true
    }

    pub fn iter(&self) -> Pairs<'_> {
        Pairs { rest: &self.buffer }
    }

    /// Adds a field that is not there.
    pub fn push(&mut self, field: &[u8], value: &[u8]) {
        self.entry_bytes += memory::listpack_entry(field) + memory::listpack_entry(value);
        self.len += 1;
        for bytes in [field, value] {
            let (length, digits) = length_bytes(bytes.len());
            self.make_room(digits + bytes.len());
            self.buffer.extend_from_slice(&length[..digits]);
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Makes room for so many bytes more: no more than an allocator with the real server's size classes would hand out
    /// anyway.
    fn make_room(&mut self, more: usize) {
        let needed = self.buffer.len() + more;
        if needed > self.buffer.capacity() {
            self.buffer.reserve_exact(memory::size_class(needed) - self.buffer.len());
        }
    }

    fn locate(&self, field: &[u8]) -> Option<Place> {
        let mut rest = &self.buffer[..];
        while let Some((name, after_name)) = item(rest) {
            let (_, after_value) = item(after_name)?;
            if name == field {
                let offset = |tail: &[u8]| self.buffer.len() - tail.len();
                return Some(Place {
                    start: offset(rest),
                    value: offset(after_name),
                    end: offset(after_value),
                });
            }
            rest = after_value;
        }
        None
    }
}

/// Fields and values in order.
#[derive(Clone)]
pub(super) struct Pairs<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (field, rest) = item(self.rest)?;
        let (value, rest) = item(rest)?;
        self.rest = rest;
        Some((field, value))
    }
}

/// Splits off the first item.
#[inline]
fn item(buffer: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, mut rest) = buffer.split_first()?;
    let mut len = usize::from(first & 0x7f);
    let (mut byte, mut shift) = (first, 7);
    while byte >= 0x80 {
        (byte, rest) = rest.split_first().map(|(&byte, rest)| (byte, rest))?;
        len |= usize::from(byte & 0x7f) << shift;
        shift += 7;
    }
    rest.split_at_checked(len)
}

/// A length as it is written, and how many of the bytes count.
fn length_bytes(mut len: usize) -> ([u8; 10], usize) {
    let mut bytes = [0; 10];
    let mut digits = 0;
    loop {
        bytes[digits] = (len & 0x7f) as u8 | if len > 0x7f { 0x80 } else { 0 };
        digits += 1;
        len >>= 7;
        if len == 0 {
            return (bytes, digits);
        }
    }
}

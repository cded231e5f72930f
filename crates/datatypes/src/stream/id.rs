//! The ids of entries.

use std::fmt;

/// An entry's id: it orders the entries, and is written `ms-seq`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    /// Milliseconds, since 1970 where the server chose the id.
    pub ms: u64,
    /// Which entry of that millisecond.
    pub seq: u64,
}

/// The longest id's length as it is written, in bytes.
pub const TEXT_MAX: usize = 41;

impl Id {
    /// Before all entries: no entry has it.
    pub const MIN: Id = Id::new(0, 0);
    /// The last possible one.
    pub const MAX: Id = Id::new(u64::MAX, u64::MAX);

    /// From its parts.
    pub const fn new(ms: u64, seq: u64) -> Id {
        Id { ms, seq }
    }

    /// The id after this one, if there is one.
    pub fn next(self) -> Option<Id> {
        match (self.ms, self.seq) {
            (u64::MAX, u64::MAX) => None,
            (ms, u64::MAX) => Some(Id::new(ms + 1, 0)),
            (ms, seq) => Some(Id::new(ms, seq + 1)),
        }
    }

    /// The id before this one, if there is one.
    pub fn prev(self) -> Option<Id> {
        match (self.ms, self.seq) {
            (0, 0) => None,
            (ms, 0) => Some(Id::new(ms - 1, u64::MAX)),
            (ms, seq) => Some(Id::new(ms, seq - 1)),
        }
    }

    /// The 16 bytes under which the real servers file it, highest first.
    pub fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.ms) << 64 | u128::from(self.seq)).to_be_bytes()
    }

    /// From these 16 bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Id {
        let number = u128::from_be_bytes(bytes);
        Id::new((number >> 64) as u64, number as u64)
    }

    /// As it is written, without an allocation: the beginning of the buffer.
    pub fn write(self, buffer: &mut [u8; TEXT_MAX]) -> &[u8] {
        let mut len = 0;
        let mut scratch = itoa::Buffer::new();
        for part in
            [scratch.format(self.ms).as_bytes(), b"-", itoa::Buffer::new().format(self.seq).as_bytes()]
        {
            buffer[len..len + part.len()].copy_from_slice(part);
            len += part.len();
        }
        &buffer[..len]
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

//! Reading lengths, strings and numbers from the bytes that are there.

use super::codes::{COMPRESSED, INT_8, INT_16, INT_32, LEN_32_BIT, LEN_64_BIT};
use super::error::Why;
use super::lzf;
use std::borrow::Cow;

/// Bytes, and how far they are read.
pub(super) struct Source<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Why reading stops.
#[derive(Debug)]
pub(super) enum Stop {
    /// There must be so many bytes at least, counted from the source's beginning.
    Short(usize),
    /// There is no use in going on.
    Bad(Why),
}

impl From<Why> for Stop {
    fn from(why: Why) -> Stop {
        Stop::Bad(why)
    }
}

impl<'a> Source<'a> {
    pub fn new(bytes: &'a [u8]) -> Source<'a> {
        Source { bytes, at: 0 }
    }

    /// How many bytes are read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes back to a position.
    pub fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    pub fn take(&mut self, len: u64) -> Result<&'a [u8], Stop> {
        let end = usize::try_from(len).ok().and_then(|len| self.at.checked_add(len)).unwrap_or(usize::MAX);
        let bytes = self.bytes.get(self.at..end).ok_or(Stop::Short(end))?;
        self.at = end;
        Ok(bytes)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let bytes = self.take(N as u64)?;
        Ok(std::array::from_fn(|n| bytes[n]))
    }

    pub fn byte(&mut self) -> Result<u8, Stop> {
        Ok(self.array::<1>()?[0])
    }

    pub fn i64(&mut self) -> Result<i64, Stop> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    pub fn f64(&mut self) -> Result<f64, Stop> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    /// A length. (The real servers take the number of a string's encoding for one, and so does this.)
    pub fn len(&mut self) -> Result<u64, Stop> {
        let first = self.byte()?;
        self.len_from(first)
    }

    fn len_from(&mut self, first: u8) -> Result<u64, Stop> {
        match first {
            0..0x40 | 0xc0.. => Ok(u64::from(first & 0x3f)),
            0x40..0x80 => Ok(u64::from(first & 0x3f) << 8 | u64::from(self.byte()?)),
            LEN_32_BIT => Ok(u64::from(u32::from_be_bytes(self.array()?))),
            LEN_64_BIT => Ok(u64::from_be_bytes(self.array()?)),
            other => {
                let text = format!("Unknown length encoding {} in rdbLoadLen()", other >> 6);
                Err(Why::told(text).into())
            }
        }
    }

    pub fn string(&mut self) -> Result<Cow<'a, [u8]>, Stop> {
        let digits = |int: i32| Cow::Owned(int.to_string().into_bytes());
        match self.byte()? {
            INT_8 => Ok(digits(i32::from(i8::from_le_bytes(self.array()?)))),
            INT_16 => Ok(digits(i32::from(i16::from_le_bytes(self.array()?)))),
            INT_32 => Ok(digits(i32::from_le_bytes(self.array()?))),
            COMPRESSED => {
                let (compressed, len) = (self.len()?, self.len()?);
                let compressed = self.take(compressed)?;
                let len = usize::try_from(len).unwrap_or(usize::MAX);
                let bytes = lzf::decompress(compressed, len)
                    .ok_or_else(|| Why::corrupt("Invalid LZF compressed string"))?;
                Ok(Cow::Owned(bytes))
            }
            other @ 0xc4.. => {
                let text = format!("Unknown RDB string encoding type {}", other & 0x3f);
                Err(Why::told(text).into())
            }
            first => {
                let len = self.len_from(first)?;
                self.take(len).map(Cow::Borrowed)
            }
        }
    }

    /// A score in text, as files before version 8 have it.
    pub fn text_f64(&mut self) -> Result<f64, Stop> {
        match self.byte()? {
            255 => Ok(f64::NEG_INFINITY),
            254 => Ok(f64::INFINITY),
            253 => Ok(f64::NAN),
            len => {
                let text = self.take(u64::from(len))?;
                let value = resplay_resp::number::parse_f64_bound(text).filter(|_| !text.is_empty());
                value.ok_or(Stop::Bad(Why::Truncated))
            }
        }
    }
}

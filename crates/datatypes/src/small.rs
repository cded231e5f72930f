//! Bytes that live where they are kept when they are few: most keys and fields need no allocation of their own.

use std::fmt;
use std::ops::Deref;

/// How many bytes fit without an allocation: what leaves the whole at three machine words.
pub const INLINE_BYTES: usize = 22;

/// An immutable byte string of 24 bytes in place, plus an exact allocation when it is longer than
/// [`INLINE_BYTES`].
#[derive(Clone)]
pub struct SmallBytes(Repr);

#[derive(Clone)]
enum Repr {
    Inline { len: u8, bytes: [u8; INLINE_BYTES] },
    Heap(Box<[u8]>),
}

impl SmallBytes {
    /// A copy of `bytes`.
    #[inline]
    pub fn new(bytes: &[u8]) -> SmallBytes {
        if bytes.len() > INLINE_BYTES {
            return SmallBytes(Repr::Heap(bytes.into()));
        }
        let mut inline = [0; INLINE_BYTES];
        inline[..bytes.len()].copy_from_slice(bytes);
        SmallBytes(Repr::Inline { len: bytes.len() as u8, bytes: inline })
    }

    /// The bytes.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, bytes } => &bytes[..usize::from(*len).min(INLINE_BYTES)],
            Repr::Heap(bytes) => bytes,
        }
    }
}

impl Deref for SmallBytes {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl From<SmallBytes> for Box<[u8]> {
    fn from(bytes: SmallBytes) -> Box<[u8]> {
        match bytes.0 {
            Repr::Inline { .. } => bytes.as_slice().into(),
            Repr::Heap(bytes) => bytes,
        }
    }
}

impl From<SmallBytes> for Vec<u8> {
    fn from(bytes: SmallBytes) -> Vec<u8> {
        Box::<[u8]>::from(bytes).into_vec()
    }
}

impl AsRef<[u8]> for SmallBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl PartialEq for SmallBytes {
    fn eq(&self, other: &SmallBytes) -> bool {
        **self == **other
    }
}

impl Eq for SmallBytes {}

impl fmt::Debug for SmallBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_on_both_sides_of_the_inline_limit() {
        for len in 0..2 * INLINE_BYTES {
            let bytes: Vec<u8> = (0..len as u8).collect();
            let small = SmallBytes::new(&bytes);
            assert_eq!(small.as_slice(), bytes);
            assert_eq!(Vec::from(small), bytes);
        }
    }

    #[test]
    fn a_small_string_is_three_words() {
        assert_eq!(size_of::<SmallBytes>(), 24);
        assert_eq!(size_of::<Option<SmallBytes>>(), 24);
    }
}

//! Strings: 64-bit integers kept as such, bytes, and byte buffers that grow.
//!
//! Which command tries the integer encoding is the engine's business, and these are the real server's ways:
//! SET and its kin, and an APPEND that creates its key, use [`Str::from_bytes`]; INCR and its kin
//! [`Str::from_i64`]; INCRBYFLOAT [`Str::unencoded`]; SETRANGE and an APPEND to what exists [`Str::make_raw`].

use crate::memory;
use crate::small::SmallBytes;
use resplay_resp::number::parse_i64;

/// Room for an integer's digits while a string is read.
pub type Scratch = itoa::Buffer;

/// The longest byte string that is called `embstr`.
pub const EMBEDDED_BYTES_MAX: usize = 44;

/// A string value: three words.
#[derive(Clone, Debug)]
pub struct Str(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Int(i64),
    /// An integer that COPY made: an object of its own, however small.
    OwnInt(i64),
    /// Set as a whole: `embstr` or `raw` by its length.
    Bytes(SmallBytes),
    /// Was changed in place: `raw` at any length.
    #[expect(clippy::box_collection, reason = "a vector in place would make every value a word larger")]
    Raw(Box<Vec<u8>>),
}

impl Str {
    /// Takes bytes as SET does: as an integer if they are one's canonical digits.
    #[inline]
    pub fn from_bytes(bytes: &[u8]) -> Str {
        match parse_i64(bytes) {
            Some(int) => Str(Repr::Int(int)),
            None => Str::unencoded(bytes),
        }
    }

    /// Takes bytes as they are: `embstr` or `raw` by length, even if they are digits.
    pub fn unencoded(bytes: &[u8]) -> Str {
        Str(Repr::Bytes(SmallBytes::new(bytes)))
    }

    /// A buffer that was or will be changed in place: `raw`.
    pub fn raw(bytes: Vec<u8>) -> Str {
        Str(Repr::Raw(Box::new(bytes)))
    }

    /// An integer.
    pub fn from_i64(int: i64) -> Str {
        Str(Repr::Int(int))
    }

    /// What COPY makes of it: the same bytes in the same encoding, and an integer is an object of its own.
    pub fn copied(&self) -> Str {
        match &self.0 {
            Repr::Int(int) => Str(Repr::OwnInt(*int)),
            _ => self.clone(),
        }
    }

    /// Whether it is one of the small integers of which the real servers keep one object for all keys.
    pub fn is_shared(&self) -> bool {
        matches!(self.0, Repr::Int(0..=9_999))
    }

    /// The integer that the string is, whatever its encoding; `None` if the bytes are not one's canonical
    /// digits (no sign but `-`, no leading zeros, no spaces).
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int(int) | Repr::OwnInt(int) => Some(*int),
            Repr::Bytes(bytes) => parse_i64(bytes),
            Repr::Raw(bytes) => parse_i64(bytes),
        }
    }

    /// The bytes; an integer's digits are written to the scratch space.
    #[inline]
    pub fn bytes<'a>(&'a self, scratch: &'a mut Scratch) -> &'a [u8] {
        match &self.0 {
            Repr::Int(int) | Repr::OwnInt(int) => scratch.format(*int).as_bytes(),
            Repr::Bytes(bytes) => bytes,
            Repr::Raw(bytes) => bytes,
        }
    }

    /// How many bytes the string has.
    pub fn len(&self) -> usize {
        self.bytes(&mut Scratch::new()).len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Turns the string into a buffer to change in place; from then on its encoding is `raw`.
    pub fn make_raw(&mut self) -> &mut Vec<u8> {
        if !matches!(self.0, Repr::Raw(_)) {
            *self = Str::raw(self.bytes(&mut Scratch::new()).to_vec());
        }
        match &mut self.0 {
            Repr::Raw(bytes) => bytes,
            _ => unreachable!("made raw above"),
        }
    }

    /// What OBJECT ENCODING says.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Int(_) | Repr::OwnInt(_) => "int",
            Repr::Bytes(bytes) if bytes.len() <= EMBEDDED_BYTES_MAX => "embstr",
            Repr::Bytes(_) | Repr::Raw(_) => "raw",
        }
    }

    /// Memory by the published formula, in bytes.
    pub fn logical_bytes(&self) -> usize {
        match &self.0 {
            Repr::Int(_) | Repr::OwnInt(_) => memory::OBJECT,
            Repr::Bytes(bytes) if bytes.len() <= EMBEDDED_BYTES_MAX => memory::embedded_string(bytes.len()),
            Repr::Bytes(bytes) => memory::raw_string(bytes.len()),
            Repr::Raw(bytes) => memory::raw_string(bytes.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_digits_become_integers() {
        let int = |text: &str| Str::from_bytes(text.as_bytes()).encoding() == "int";
        for yes in ["0", "7", "-1", "9223372036854775807", "-9223372036854775808"] {
            assert!(int(yes), "{yes}");
            assert_eq!(Str::from_bytes(yes.as_bytes()).as_i64(), yes.parse().ok());
        }
        for no in [
            "",
            "-",
            "-0",
            "+1",
            "01",
            " 1",
            "1 ",
            "1.0",
            "9223372036854775808",
            "1e3",
            "0x1",
            "1234567890123456789012",
        ] {
            assert!(!int(no), "{no}");
        }
    }

    #[test]
    fn encodings_follow_length_and_history() {
        assert_eq!(Str::from_bytes(&[b'x'; 44]).encoding(), "embstr");
        assert_eq!(Str::from_bytes(&[b'x'; 45]).encoding(), "raw");
        assert_eq!(Str::unencoded(b"12").encoding(), "embstr");
        let mut appended = Str::from_i64(1);
        appended.make_raw().push(b'2');
        assert_eq!((appended.encoding(), appended.as_i64(), appended.len()), ("raw", Some(12), 2));
    }

    #[test]
    fn a_small_integer_is_shared_until_it_is_copied() {
        let shared = |int: i64| Str::from_i64(int).is_shared();
        assert!(shared(0) && shared(9_999) && !shared(-1) && !shared(10_000));
        let copy = Str::from_i64(5).copied();
        assert_eq!((copy.is_shared(), copy.encoding(), copy.as_i64()), (false, "int", Some(5)));
    }

    #[test]
    fn a_string_is_three_words() {
        assert_eq!(size_of::<Str>(), 24);
    }
}

//! Strings.

use resplay_resp::number::parse_i64;

/// How a string came to be, which is all that its encoding depends on beside its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Written whole by a command that looks for integers.
    #[default]
    Whole,
    /// The printed result of INCRBYFLOAT: never an integer in memory.
    Printed,
    /// Changed in place.
    Edited,
}

/// A string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Its bytes.
    pub bytes: Vec<u8>,
    pub(crate) origin: Origin,
}

impl Text {
    /// A string as SET writes it.
    pub(crate) fn whole(bytes: &[u8]) -> Text {
        Text { bytes: bytes.to_vec(), origin: Origin::Whole }
    }

    pub(super) fn encoding(&self) -> &'static str {
        match self.origin {
            Origin::Edited => "raw",
            Origin::Whole if self.bytes.len() <= 20 && parse_i64(&self.bytes).is_some() => "int",
            _ if self.bytes.len() <= 44 => "embstr",
            _ => "raw",
        }
    }
}

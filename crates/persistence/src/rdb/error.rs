//! Why a file or a payload is refused, in the words of the real servers' log.

use std::borrow::Cow;
use std::fmt;

/// A file that is not to be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Where in the file the part begins that makes no sense, in bytes.
    pub offset: u64,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The file ends before its end.
    Truncated,
    /// It is no RDB file.
    Signature,
    /// A version that does not exist yet.
    Version(i32),
    /// The checksum is another one.
    Checksum {
        /// That of what was read.
        expected: u64,
        /// That at the end of the file.
        found: u64,
    },
    /// A value that only a module can read.
    Module(String),
    /// Data beside the keys that only a module can read.
    ModuleAux(String),
    /// Anything else, in the real servers' words.
    Corrupt(Cow<'static, str>),
}

impl Why {
    pub(super) fn corrupt(text: &'static str) -> Why {
        Why::Corrupt(Cow::Borrowed(text))
    }

    pub(super) fn told(text: String) -> Why {
        Why::Corrupt(Cow::Owned(text))
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Truncated => f.write_str("Unexpected EOF reading RDB file"),
            Why::Signature => f.write_str("Wrong signature trying to load DB from file"),
            Why::Version(version) => write!(f, "Can't handle RDB format version {version}"),
            Why::Checksum { expected, found } => {
                write!(f, "Wrong RDB checksum expected: ({expected:x}) but got ({found:x}). Aborting now.")
            }
            Why::Module(name) => {
                write!(f, "The RDB file contains module data I can't load: no matching module type '{name}'")
            }
            Why::ModuleAux(name) => {
                write!(f, "The RDB file contains AUX module data I can't load: no matching module '{name}'")
            }
            Why::Corrupt(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at offset {})", self.why, self.offset)
    }
}

impl std::error::Error for Error {}

/// The name of a module's type, as its number in files spells it: nine letters of six bits each.
pub(super) fn module_name(id: u64) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letter = |n: u32| char::from(LETTERS[(id >> (10 + 6 * n) & 63) as usize]);
    (0..9).rev().map(letter).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_module_is_known_by_nine_letters() {
        assert_eq!(super::module_name(0), "AAAAAAAAA");
        assert_eq!(super::module_name(u64::MAX), "_________");
        assert_eq!(super::module_name((26 << 10) | 3), "AAAAAAAAa");
    }
}

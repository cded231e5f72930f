//! RDB files and DUMP payloads: bytes to values and back. No policy, no files, no clock.
//!
//! - [`Writer`] appends a file's parts to a buffer that the caller takes away in pieces; a value of any size is written
//!   a piece at a time.
//! - [`Reader`] is fed a file in pieces of any size and gives its [`Item`]s; a value of any size is built a piece at a
//!   time.
//! - [`dump`] and [`restore`]: a single value, as DUMP replies it and RESTORE takes it.
//!
//! All versions up to 11 are read, with every type that servers without modules write or wrote. Versions 11 and 10 are
//! written: [`Version`].
//!
//! A file is a magic word with the version, then opcodes and keys, then a checksum:
//!
//! | part | bytes |
//! | --- | --- |
//! | magic word | `REDIS`, the version in four digits |
//! | auxiliary field | `fa`, name, value |
//! | library of functions | `f5`, its source |
//! | database | `fe`, its number; `fb`, how many keys it has, how many of them expire |
//! | key | perhaps `fc` and when it expires, perhaps `f8` and its idle time or `f9` and its frequency; the value's type, the key, the value |
//! | end | `ff`, and from version 5 on the CRC-64 of all before it, or zeros |
//!
//! Lengths are written in 1, 2, 5 or 9 bytes, highest byte first; strings as a length and bytes, as a small integer, or
//! compressed ([`lzf`]). Integers and doubles of fixed size have the lowest byte first.
//!
//! What the real servers check only with `sanitize-dump-payload yes` is always checked here: the inside of listpacks
//! and intsets, fields that are there twice, entries of streams. And what a file makes up never reserves memory: a
//! length is believed when its bytes are there.

mod build;
mod codes;
mod error;
pub mod lzf;
mod old;
mod payload;
mod reader;
mod source;
mod stream;
mod strings;
mod sum;
mod value_writer;
mod writer;

pub use error::{Error, Why};
pub use payload::{RestoreError, dump, restore};
pub use reader::{Checksum, Item, Key, Reader};
pub use writer::{KeyInfo, Options, Usage, Writer};

use resplay_datatypes::{hash, list, set};

/// The newest version that is read and written, that of Valkey 8.0.1.
pub const VERSION_MAX: u16 = 11;

/// What the bytes must be readable by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Redis 7.0: sets as listpacks and what streams remember of a consumer's activity are written in older forms.
    V10,
    /// Redis 7.2, Valkey 7.2 and 8.0.
    V11,
}

impl Version {
    /// Its number.
    pub fn number(self) -> u16 {
        match self {
            Version::V10 => 10,
            Version::V11 => 11,
        }
    }
}

/// What compact values may hold: what is read and is larger becomes a table, a skiplist or a list of nodes, as it does in
/// the real servers when they load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of lists.
    pub list: list::Limits,
    /// Of sets.
    pub set: set::Limits,
    /// Of sorted sets.
    pub zset: hash::Limits,
    /// Of hashes.
    pub hash: hash::Limits,
}

#[cfg(test)]
mod tests;

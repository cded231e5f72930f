//! The value structures: no time source, no wire format.
//!
//! - [`Dict`]: the map behind keyspaces and big hashes, with SCAN's guarantees.
//! - [`Value`]: what a key holds: [`Str`], [`Hash`].
//! - [`memory`]: how many bytes the server says that they take.
//! - [`extended`]: the arithmetic of INCRBYFLOAT.
//!
//! A new type is a file of its own with `encoding` and `logical_bytes`, a row in [`memory`], and an arm in
//! [`Value`].
//!
//! Invariant: what a structure replies, and in which order, depends on the calls and on seeds alone.

pub mod dict;
pub mod extended;
pub mod hash;
pub mod memory;
pub mod small;
pub mod string;
pub mod value;

pub use dict::{Dict, EntryId};
pub use hash::{Hash, Limits};
pub use small::SmallBytes;
pub use string::{Scratch, Str};
pub use value::Value;

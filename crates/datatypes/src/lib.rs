//! The value structures: no time source, no wire format.
//!
//! - [`Value`]: what a key holds: [`Str`], [`List`], [`Set`], [`Zset`], [`Hash`], [`Stream`].
//! - [`Dict`]: the map behind keyspaces and big values, with SCAN's guarantees.
//! - [`Listpack`]: the one buffer behind small values.
//! - [`memory`]: how many bytes the server says that they take.
//! - [`geohash`]: places as scores of a sorted set.
//! - [`hyperloglog`]: PFADD and PFCOUNT within a string.
//! - [`extended`]: the arithmetic of INCRBYFLOAT.
//!
//! A new type is a file of its own with `encoding` and `logical_bytes`, a row in [`memory`], and an arm in
//! [`Value`].
//!
//! Invariant: what a structure replies, and in which order, depends on the calls and on seeds alone.

pub mod dict;
pub mod extended;
pub mod geohash;
pub mod hash;
pub mod hyperloglog;
pub mod list;
pub mod listpack;
pub mod memory;
pub mod partial_sort;
pub mod set;
pub mod small;
pub mod stream;
pub mod string;
mod trigonometry;
pub mod value;
pub mod zset;

pub use dict::{Dict, EntryId};
pub use hash::{Hash, Limits};
pub use list::List;
pub use listpack::Listpack;
pub use set::Set;
pub use small::SmallBytes;
pub use stream::Stream;
pub use string::{Scratch, Str};
pub use value::{Typed, Value};
pub use zset::Zset;

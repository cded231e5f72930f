//! The append-only file and its manifest, RDB files and DUMP payloads: bytes to values and back; no policy, no files.
//!
//! - [`aof`]: commands to bytes, [`aof::Writer`], which makes commands of the data, and [`aof::Reader`], which takes a file
//!   in pieces and says what is wrong with it.
//! - [`Manifest`]: which files there are, in which order.
//! - [`rdb`]: snapshots, and the payloads of DUMP and RESTORE.
//! - [`messages`]: what the real servers log about all this.
//!
//! Invariant: which bytes load, which are a cut-off tail and which are refused is Valkey 8.0.1's judgement, case
//! by case (`tests/recorded.txt`).

pub mod aof;
#[cfg(test)]
mod arbitrary;
mod c;
pub mod manifest;
pub mod messages;
pub mod rdb;

pub use manifest::Manifest;

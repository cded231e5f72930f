//! The append-only file and its manifest: bytes to values and back; no policy, no files.
//!
//! - [`aof`]: commands to bytes, and [`aof::Reader`], which takes a file in pieces and says what is wrong with it.
//! - [`Manifest`]: which files there are, in which order.
//! - [`messages`]: what the real servers log about all this.
//!
//! Invariant: which bytes load, which are a cut-off tail and which are refused is Valkey 8.0.1's judgement, case
//! by case (`tests/recorded.txt`).

pub mod aof;
mod c;
pub mod manifest;
pub mod messages;

pub use manifest::Manifest;

//! RESP2 and RESP3 in both directions, and the catalogue of error texts.
//!
//! - [`Requests`] finds the words of a request in a byte stream, without copying or allocating per command.
//! - [`Writer`] appends replies to an output buffer in the connection's [`Protocol`].
//! - [`decode`] reads a [`Reply`] back, [`encode_request`] writes a request: the client's side.
//! - [`split_words`] and [`join_words`] read and write commands as people type them into `redis-cli`.
//! - [`Error`] holds the exact text of every error reply, once.
//! - [`number`] parses and prints numbers exactly as the real servers do.
//!
//! Invariant: no byte from outside makes anything here panic, recurse without bound, or reserve memory that the
//! peer only promised to send.

mod args;
mod command_line;
mod decode;
mod error;
mod grisu;
mod inline;
pub mod number;
mod reply;
mod request;
mod write;

pub use args::{Args, OwnedArgs, Span};
pub use command_line::{join_words, split_words};
pub use decode::{DecodeError, decode};
pub use error::Error;
pub use inline::UnbalancedQuotes;
pub use reply::{Protocol, Reply};
pub use request::{Limits, Progress, ProtocolError, Requests};
pub use write::{Writer, encode_request};

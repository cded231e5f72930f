//! The conformance corpus: record it, replay it, compare two servers.
//!
//! A [`Transcript`] is a text file that a person reads: what clients send, and every line that comes back, under
//! RESP2 and RESP3. [`play`] runs it against a [`Target`]: a server at a TCP address ([`Tcp`]) or a node in this
//! process, on virtual time ([`InProcess`]). [`Play::mismatches`] tells where the two differ, [`Play::record`]
//! writes what was observed into the transcript. [`Divergences`] holds the differences that are known, each with its
//! reason; [`Oracle`] starts a real server to ask.
//!
//! [`Corpus`] is all of them, from a directory or from this binary itself; [`suite`] plays it on a [`Stage`], which may
//! be a server that belongs to somebody else ([`Guest`]), and tallies by command. RESP3 replies are held against the
//! shapes that Valkey publishes. [`random`] sends the same random histories to two servers.
//!
//! [`Judged`] is the engine in this process with the reference model as its judge; [`fuzz`] has what a fuzzer calls.
//!
//! Not covered: timing, and replies that depend on hash seeds beyond their order.

mod corpus;
mod divergences;
mod escape;
pub mod fuzz;
mod guest;
mod inprocess;
mod judged;
mod listen;
mod memdisk;
mod oracle;
mod pattern;
mod play;
pub mod random;
pub mod report;
mod stage;
pub mod suite;
mod target;
mod tcp;
mod transcript;

pub use corpus::Corpus;
pub use divergences::{Divergence, Divergences};
pub use escape::{BadEscape, escape, unescape};
pub use guest::{Address, Guest, Identity, connect};
pub use inprocess::InProcess;
pub use judged::Judged;
pub use memdisk::MemoryDisk;
pub use oracle::{Oracle, OracleError, free_port};
pub use play::{CasePlay, Mismatch, Play, play, play_case};
pub use stage::{Booted, Stage, Started, args};
pub use target::{Connection, Received, Target};
pub use tcp::Tcp;
pub use transcript::{Action, Case, Content, Expect, Item, ParseError, Step, Transcript};

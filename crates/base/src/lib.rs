//! What every other crate stands on: time types, seeded random streams, seeded maps, the interface between a
//! node and its host ([`node`]), and the journal that a node keeps of what it did ([`journal`]).
//!
//! Invariant: nothing here reads a clock, a random device, a file or a socket.

pub mod journal;
pub mod map;
pub mod node;
pub mod random;
pub mod time;

pub use node::{
    Address, Boot, CloseWhy, DiskDone, DiskError, DiskOk, DiskOp, Effect, Endpoint, Exit, Fd, Handle, Host,
    Input, Listener, Node, OpId, READ_MAX, Signal, Tag, Work,
};
pub use random::Random;
pub use time::{Mono, Now, WallUs};

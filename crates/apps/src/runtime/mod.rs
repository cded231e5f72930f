//! The async adaptor: application code, written as people write it, behind the [`Node`] interface.
//!
//! An [`AppNode`] is given one async function. Through its [`Context`] the function has exactly this: listen,
//! connect, sleep, spawn, the time, named random streams, and a record (a history of operations, and metrics).
//! There are no threads and no clock of the machine: tasks run one at a time, first woken first run, and only
//! when the host calls; so the same inputs always give the same effects.
//!
//! Invariant: an event costs as much as the tasks it wakes, however many there are.

mod combine;
mod context;
mod executor;
mod net;
mod node;
mod state;
mod sync;
mod timer;

pub use combine::{Either, Elapsed, race};
pub use context::{Context, Ticket};
pub use executor::JoinHandle;
pub use net::{TcpListener, TcpStream};
pub use node::AppNode;
pub use sync::{Permit, Semaphore};
pub use timer::Sleep;

#[cfg(test)]
mod tests;

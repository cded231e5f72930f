//! Connections: in-order byte pipes over links that delay, cut and retransmit. Bytes are late or the stream
//! dies; they never vanish from the middle.

mod conn;
mod connect;
mod link;
mod names;
mod transfer;

pub(crate) use conn::{AttemptRef, EndState, Net, PipeRef};

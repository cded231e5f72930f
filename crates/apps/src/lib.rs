//! Simulated applications, written as people write them, on a deterministic async adaptor.
//!
//! - [`runtime`] is the adaptor: async tasks behind the node interface.
//! - [`client`] is the Redis client that the applications use.
//! - [`metrics`] is what they measure, [`units`] how their options write durations, rates and sizes.
//! - [`APPS`] is the table of applications; each is one file with its options and its row.
//!
//! To add one: a file beside the others with its options, its `APP` row and its code, and a line in the table.
//!
//! Invariant: an application has no world but its `Context`; the same inputs always give the same effects.

pub mod cache_aside;
pub mod client;
pub mod counter;
pub mod leaderboard;
pub mod ledger_writer;
pub mod list_append;
pub mod lock;
pub mod metrics;
pub mod operator;
pub mod origin;
mod pace;
pub mod producer;
pub mod queue_worker;
pub mod random_commands;
pub mod ring;
pub mod runtime;
pub mod script;
pub mod session_store;
pub mod stream_worker;
pub mod subscriber;
mod table;
pub mod units;
pub mod visitors;
mod work;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub use metrics::Report;
pub use runtime::AppNode;
pub use table::{APPS, App, AppEnv, OptionError, find};

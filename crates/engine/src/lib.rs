//! One server: keyspace, sessions, commands, expiry, eviction, transactions, configuration, AOF policy, RDB files.
//!
//! [`Server`] is a [`resplay_base::Node`]: it never reads a clock, a file or a socket by itself. Its methods in
//! calling order are those of `Node`; [`Server::keep_journal`] comes before the boot, [`Server::take_journal`] any
//! time after.
//!
//! Reading order: `server` (what happens on each input), `dispatch` (from words to a running command),
//! `context` (what a command may touch), `keyspace`, one file of `commands`, `aof`, `rdb`.
//!
//! Invariant: no feature, no `cfg` but tests', and no branch that asks whether the world is simulated.

mod aof;
mod blocking;
mod boot;
mod commands;
pub mod config;
mod context;
mod dispatch;
mod glob;
mod info;
mod keyspace;
mod limits;
mod log;
mod memory;
mod output;
mod propagation;
mod pubsub;
mod rdb;
mod root;
pub mod row;
mod server;
mod session;
mod slowlog;
mod state;
mod stats;
mod whole_file;

pub use commands::Table;
pub use server::Server;

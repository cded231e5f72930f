//! A node as a [turmoil](::turmoil) host, and redis-rs connections to it over turmoil's streams: for those whose own
//! application is already tested under turmoil, and who want a Redis there.
//!
//! ```
//! use redis::AsyncCommands;
//!
//! let mut sim = turmoil::Builder::new().rng_seed(1).build();
//! sim.host("cache", || resplay_turmoil::serve(resplay_engine::Server::new(), 6379));
//! sim.client("app", async {
//!     let mut cache = resplay_turmoil::connect("cache:6379").await?;
//!     let () = cache.set("greeting", "hello").await?;
//!     assert_eq!(cache.get::<_, String>("greeting").await?, "hello");
//!     Ok(())
//! });
//! sim.run()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`serve`] is enough for a cache. [`run`] takes what the process is started with and a [`Disk`], which outlives a
//! crash of the host: give the same one to the host's closure, and a bounced server finds its append-only file.
//!
//! Not covered, because turmoil has no such thing or because the scenarios of this project have it already: loss of
//! what was written but not synced (a crash here is a killed process, not a power loss), the time that work and disks
//! take (none), unix sockets, IPv6. Streams cut by turmoil's `partition` stay dead after `repair`, as turmoil does not
//! retransmit; `hold` and `release` delay bytes and lose none. Numbers of connections are not reused.

mod client;
mod connection;
mod disk;
mod host;

pub use client::connect;
pub use disk::Disk;
pub use host::{run, serve};

//! A [`Node`](resplay_base::Node) behind real sockets and files: the other host of the state machines that a
//! simulated world runs. One thread with an event queue does everything but slow fsyncs; no line here knows what
//! the bytes mean.
//!
//! Each turn of the loop takes all that is ready as one batch: connections, at most one read per connection,
//! finished disk operations, the timer, signals. Then [`Input::Flush`](resplay_base::Input::Flush) closes the batch,
//! and the node answers with what it wants appended, made durable and sent, in that order.
//!
//! Bytes go from the socket into one buffer and from there into the node by reference; replies go from the node's
//! own buffer to the socket. The queue is told about a connection once, edge-triggered: a turn in which nothing
//! unusual happens makes one wait, one read and one write per busy connection, and allocates nothing.
//!
//! - An fsync that the node awaits happens in the loop, because nothing else may; any other goes to a thread of its
//!   own, so that a slow disk never holds up a reply.
//! - A connection that breaks while it is being closed is reported to the node as fully sent, so that it forgets it.
//! - Names are resolved in the loop, as the real servers do it: a slow resolver blocks.
//!
//! Not covered: TLS, daemonising, supervision, renaming of log files under a running server.
//!
//! ```no_run
//! # fn node() -> impl resplay_base::Node { resplay_server::doc::Silent }
//! let boot = resplay_server::boot(std::env::args().skip(1).collect())?;
//! let options = resplay_server::Options::of(&boot);
//! std::process::exit(resplay_server::serve(node(), boot, options)?);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Invariant: depends on `base` alone; besides it only `conform`, `turmoil` and `cli` touch sockets and files.

mod boot;
mod clock;
mod connections;
#[doc(hidden)]
pub mod doc;
mod driver;
mod effects;
mod files;
mod listen;
mod log;
mod options;
mod process;
mod socket;
mod spawn;
mod sync;
mod system;
#[cfg(test)]
mod tests;

pub use boot::boot;
pub use log::LogTo;
pub use options::Options;
pub use spawn::{Running, spawn};

use resplay_base::{Boot, Node};
use std::io;

/// Runs a node in this process until it exits; returns its exit status. SIGTERM and SIGINT go to the node. Errors
/// are those of the working directory, the event queue and the log file: without them there is nothing to run on.
pub fn serve<N: Node>(node: N, boot: Boot, mut options: Options) -> io::Result<i32> {
    process::raise_file_limit();
    if !options.huge_pages {
        process::avoid_huge_pages();
    }
    if let Some(directory) = options.directory.take() {
        process::change_directory(&directory)?;
    }
    let mut driver = driver::Driver::new(node, system::Real, options)?;
    driver.watch_signals()?;
    driver.run(boot)
}

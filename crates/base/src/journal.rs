//! What a node did, in order, kept when asked ([`crate::Node`] implementations decide how to ask). The
//! reference model replays it: deterministic replies must be equal, and a choice (which key was evicted, when
//! an expired key was reclaimed, that memory was full) must be one that the documentation allows.

use crate::time::WallUs;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The node's wall clock when the command started; all of a transaction sees one time.
    pub at: WallUs,
    /// What happened.
    pub event: Event,
}

/// The kinds of happening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The node began to run with an empty keyspace and this number of databases; sessions start anew. What it
    /// then loads from its files follows as `Loaded`.
    Booted {
        /// How many databases there are.
        databases: u32,
        /// Every configuration parameter that a reply can depend on: name and value as CONFIG GET prints them.
        config: Vec<(String, String)>,
    },
    /// A command replayed from a file; it has no session and no reply, and is never refused.
    Loaded {
        /// Database it applied to.
        db: u32,
        /// The words of the command.
        argv: Vec<Vec<u8>>,
        /// The file held the key itself, and these words are one way to say what it is: how the value is kept in memory,
        /// and what such a command would round, they do not tell.
        is_retold: bool,
    },
    /// A client connected: the sessions of `Command` are such ids.
    Connected {
        /// The client id, as CLIENT ID prints it.
        session: u64,
    },
    /// The client is gone.
    Disconnected {
        /// The client id.
        session: u64,
    },
    /// A client's command as received (inside MULTI: the queueing; the EXEC carries the whole transaction's reply).
    Command {
        /// The client id.
        session: u64,
        /// The words of the command, its name as sent.
        argv: Vec<Vec<u8>>,
        /// Exactly the bytes that were appended to the client's output.
        reply: Vec<u8>,
    },
    /// A client's command that waits (for a key, or for replicas): it has no reply yet, its end follows as `Woken`.
    Blocked {
        /// The client id.
        session: u64,
        /// The words of the command, its name as sent.
        argv: Vec<Vec<u8>>,
    },
    /// A blocked client's command came to its end.
    Woken {
        /// The client id.
        session: u64,
        /// Why it waits no longer.
        why: Wake,
        /// Exactly the bytes that were appended to the client's output.
        reply: Vec<u8>,
    },
    /// A client was sent something that is no reply: a message, an invalidation.
    Pushed {
        /// The client id of the receiver.
        session: u64,
        /// Exactly the bytes that were appended to the client's output.
        bytes: Vec<u8>,
    },
    /// The command that follows was refused (or, inside MULTI, its transaction was) because memory was full.
    OverMemory {
        /// Memory that counts against the limit, in bytes.
        used: u64,
        /// maxmemory, in bytes.
        limit: u64,
    },
    /// A key was removed to make room.
    Evicted {
        /// Its database.
        db: u32,
        /// The key.
        key: Vec<u8>,
        /// Memory that counted against the limit before the removal, in bytes.
        used: u64,
    },
    /// A key whose time had come was reclaimed.
    Expired {
        /// Its database.
        db: u32,
        /// The key.
        key: Vec<u8>,
    },
}

/// Why a blocked client waits no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// A key became ready (or was lost), and the command ran again.
    Served,
    /// Its time was up.
    TimedOut,
    /// Another client asked for it with CLIENT UNBLOCK.
    Unblocked,
}

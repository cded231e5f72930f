//! The boundary between a node (a server or a simulated application: a pure state machine) and its host (a
//! real machine with sockets and files, or a simulated one).
//!
//! The host calls, in this order and never from within another call:
//! 1. [`Node::handle`] with [`Input::Boot`], once;
//! 2. [`Node::handle`] with what happened: data, connections, finished disk operations, [`Input::Timer`] when
//!    [`Node::deadline`] has come; and [`Input::Flush`] when no further input is ready, which closes the batch;
//! 3. for each [`Effect::Send`] it got: [`Node::unsent`] and [`Node::sent`], as far as the peer takes bytes,
//!    and again when the peer takes more, without a further effect;
//! 4. [`Node::deadline`], to know when to wake.
//!
//! Effects take place in order, when the work charged in the call is done. After [`Effect::AwaitDisk`] the only
//! further input is that operation's [`Input::DiskDone`] (then a `Flush`).

use crate::time::{Mono, Now};
use std::fmt;
use std::time::Duration;

/// A connection of this host: small numbers, reused after `Closed` was delivered or `Close` / `Reset` was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fd(pub u32);

/// A listening socket, named by the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listener(pub u32);

/// An outgoing connection attempt, named by the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u64);

/// A disk operation under way, named by the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u64);

/// An open file, named by the node when it opens it. It stands for the inode: renames do not disturb it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(pub u64);

/// Where to listen or connect. The host resolves names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// A name or address, with a port.
    Tcp {
        /// `10.0.0.1`, `::1`, `cache`; when listening also `*` for every IPv4 address and `::` for every IPv6 one.
        host: String,
        /// The port.
        port: u16,
    },
    /// The path of a unix socket.
    Unix(String),
}

/// The address of one end of an established connection; names are resolved by now.
pub type Address = Endpoint;

impl Endpoint {
    /// A TCP endpoint.
    pub fn tcp(host: impl Into<String>, port: u16) -> Endpoint {
        Endpoint::Tcp { host: host.into(), port }
    }

    /// Whether this is the machine itself: a unix socket, 127.0.0.0/8 or ::1.
    pub fn is_loopback(&self) -> bool {
        match self {
            Endpoint::Unix(_) => true,
            Endpoint::Tcp { host, .. } => host == "::1" || host.starts_with("127."),
        }
    }
}

impl fmt::Display for Endpoint {
    /// `10.0.0.1:6379`, `[::1]:6379`, or the path with `:0`, as CLIENT LIST prints them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Endpoint::Tcp { host, port } => write!(f, "{host}:{port}"),
            Endpoint::Unix(path) => write!(f, "{path}:0"),
        }
    }
}

/// What a node is started with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Boot {
    /// Command-line words after the program's and the configuration file's name, as `redis-server` takes them.
    pub args: Vec<String>,
    /// The configuration file's absolute path and text.
    pub config: Option<(String, Vec<u8>)>,
    /// For every random choice of the node. A real host draws it from the operating system.
    pub seed: u64,
    /// The process id to report; the world gives each boot another one.
    pub pid: u32,
}

/// What can happen to a node.
#[derive(Debug)]
pub enum Input<'a> {
    /// The process starts. Its working directory is the host's; paths in disk operations may be relative to it.
    Boot(Boot),
    /// The time that `deadline` named has come.
    Timer,
    /// No further input is ready: append, fsync and send now.
    Flush,
    /// A peer connected to a listener.
    Accepted {
        /// The new connection.
        fd: Fd,
        /// The listener it came through.
        listener: Listener,
        /// The other end.
        peer: Address,
        /// This end.
        local: Address,
    },
    /// A listener could not be opened (address in use, no permission, bad name).
    ListenFailed {
        /// Which.
        listener: Listener,
        /// The operating system's words.
        why: String,
    },
    /// An outgoing connection stands.
    Connected {
        /// The new connection.
        fd: Fd,
        /// The attempt's name.
        tag: Tag,
        /// This end.
        local: Address,
        /// The other end.
        peer: Address,
    },
    /// An outgoing connection came to nothing.
    ConnectFailed {
        /// The attempt's name.
        tag: Tag,
        /// Why.
        why: CloseWhy,
    },
    /// Bytes arrived.
    Data {
        /// The connection.
        fd: Fd,
        /// At most 64 KiB.
        bytes: &'a [u8],
    },
    /// The peer took bytes, and the unsent rest fits again. Only after a `Send` that could not be finished at once.
    Writable {
        /// The connection.
        fd: Fd,
    },
    /// The connection is gone; nothing more can be sent on it. Not delivered after the node's own `Close`.
    Closed {
        /// The connection.
        fd: Fd,
        /// Why.
        why: CloseWhy,
    },
    /// A disk operation is finished.
    DiskDone(DiskDone),
    /// The operating system asks the process to do something.
    Signal(Signal),
}

/// Why a connection ended or never came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CloseWhy {
    /// The peer closed its side in order.
    Eof,
    /// The peer or a middle box reset it.
    Reset,
    /// Nobody listens there.
    Refused,
    /// Bytes or the handshake stayed unanswered for too long.
    TimedOut,
    /// No way to that host, or its name does not resolve.
    Unreachable,
}

/// Signals that a server reacts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM.
    Term,
    /// SIGINT.
    Int,
}

/// What a node asks of its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open a listening socket.
    Listen {
        /// The node's name for it.
        listener: Listener,
        /// Where.
        at: Endpoint,
    },
    /// Open a connection.
    Connect {
        /// The node's name for the attempt.
        tag: Tag,
        /// Where to.
        to: Endpoint,
    },
    /// This connection has unsent bytes: take them with `unsent` and `sent`, until it has none.
    Send {
        /// The connection.
        fd: Fd,
    },
    /// Send what is unsent, then close. The node forgets the connection when `unsent` is empty.
    Close {
        /// The connection.
        fd: Fd,
    },
    /// Close at once and drop what is unsent.
    Reset {
        /// The connection.
        fd: Fd,
    },
    /// Stop or resume delivering this connection's bytes; the peer's window fills up meanwhile.
    PauseRead {
        /// The connection.
        fd: Fd,
        /// Stop, or resume.
        paused: bool,
    },
    /// Start a disk operation. Operations of a host start in order; its `DiskDone` comes later.
    Disk {
        /// The node's name for it.
        op: OpId,
        /// What to do.
        what: DiskOp,
    },
    /// Deliver nothing but this operation's `DiskDone` (and then a `Flush`): the process waits for it.
    AwaitDisk {
        /// The operation.
        op: OpId,
    },
    /// A line for the operator: the server's log.
    Log {
        /// `.` debug, `-` verbose, `*` notice, `#` warning, as the real servers mark them.
        level: char,
        /// The text, without a line end.
        text: String,
    },
    /// End the process. Sockets close; files keep what was written.
    Exit(Exit),
}

/// A process's exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub i32);

/// The most that one [`DiskOp::Read`] may ask for, in bytes.
pub const READ_MAX: u32 = 1 << 20;

/// A disk operation. Paths are relative to the process's working directory or absolute; `/` separates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskOp {
    /// The names in a directory, sorted. `DiskOk::Names`.
    List {
        /// The directory.
        dir: String,
    },
    /// The size of a file, or that it is a directory. `DiskOk::Stat`.
    Stat {
        /// The path.
        path: String,
    },
    /// Make a directory; an existing one is no error. `DiskOk::Done`.
    MakeDir {
        /// The path.
        path: String,
    },
    /// Open a file for reading and writing, creating it first if it is missing and `create` is set. `DiskOk::Done`.
    Open {
        /// The path.
        path: String,
        /// The node's name for the open file, usable by operations that follow at once.
        handle: Handle,
        /// Create a missing file, and empty one that exists if `truncate` is set too.
        create: bool,
        /// Empty an existing file.
        truncate: bool,
    },
    /// Write at the end. `DiskOk::Wrote` says how much got there before the disk was full.
    Append {
        /// The open file.
        handle: Handle,
        /// What to write.
        bytes: Vec<u8>,
    },
    /// Write at an offset. `DiskOk::Wrote`.
    WriteAt {
        /// The open file.
        handle: Handle,
        /// Where, in bytes.
        offset: u64,
        /// What to write.
        bytes: Vec<u8>,
    },
    /// Read; a shorter answer than asked means the end of the file. `DiskOk::Bytes`.
    Read {
        /// The open file.
        handle: Handle,
        /// Where, in bytes.
        offset: u64,
        /// How much at most, in bytes; at most [`READ_MAX`].
        len: u32,
    },
    /// Cut the file to this length. `DiskOk::Done`.
    Truncate {
        /// The open file.
        handle: Handle,
        /// The new length, in bytes.
        len: u64,
    },
    /// Make a file's bytes and size durable. `DiskOk::Done`.
    Fsync {
        /// The open file.
        handle: Handle,
    },
    /// Forget an open file. `DiskOk::Done`.
    Close {
        /// The open file.
        handle: Handle,
    },
    /// Give a file another name, replacing what has it; durable only after `SyncDir`. `DiskOk::Done`.
    Rename {
        /// Old path.
        from: String,
        /// New path.
        to: String,
    },
    /// Remove a name; durable only after `SyncDir`. `DiskOk::Done`.
    Unlink {
        /// The path.
        path: String,
    },
    /// Make the names in a directory durable. `DiskOk::Done`.
    SyncDir {
        /// The directory.
        dir: String,
    },
}

/// The end of a disk operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskDone {
    /// The node's name for it.
    pub op: OpId,
    /// How it went.
    pub result: Result<DiskOk, DiskError>,
}

/// What a disk operation gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskOk {
    /// Nothing but the fact.
    Done,
    /// Names in a directory, sorted.
    Names(Vec<String>),
    /// Length in bytes; `None` for a directory.
    Stat(Option<u64>),
    /// Bytes read.
    Bytes(Vec<u8>),
    /// How many bytes were written.
    Wrote(u64),
}

/// Why a disk operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiskError {
    /// ENOENT.
    NotFound,
    /// EEXIST, EISDIR, ENOTDIR and the like.
    BadPath,
    /// EACCES, EPERM, EROFS.
    Denied,
    /// ENOSPC, EDQUOT.
    NoSpace,
    /// EIO and everything else.
    Io,
}

impl fmt::Display for DiskError {
    /// The C library's words, which the real servers put in their logs and replies.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DiskError::NotFound => "No such file or directory",
            DiskError::BadPath => "Not a directory",
            DiskError::Denied => "Permission denied",
            DiskError::NoSpace => "No space left on device",
            DiskError::Io => "Input/output error",
        })
    }
}

/// Work that a node did, for the host to turn into time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Commands run (the fixed cost of parsing, looking up and replying).
    pub commands: u32,
    /// Elements of data structures visited beyond the first.
    pub elements: u64,
    /// Bytes parsed, copied or written.
    pub bytes: u64,
    /// Time to do nothing at all, as DEBUG SLEEP asks. A real host sleeps.
    pub pause: Duration,
}

/// What a node sees of its host during a call.
pub trait Host {
    /// Both clocks.
    fn now(&self) -> Now;
    /// The process did this much; returns the monotonic time after it. A real host just reads its clock.
    fn charge(&mut self, work: Work) -> Mono;
    /// Asks for something; it takes place after the call, in order.
    fn effect(&mut self, effect: Effect);
}

/// A process: a server, or a simulated application.
pub trait Node {
    /// Takes one input.
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>);
    /// Takes note that the host sent the first `n` bytes of `unsent`.
    fn sent(&mut self, fd: Fd, n: usize);
    /// The bytes to send next on a connection; empty for an unknown one.
    fn unsent(&self, fd: Fd) -> &[u8];
    /// When to call with [`Input::Timer`]: the next thing that is really due; `None` while there is nothing.
    fn deadline(&self) -> Option<Mono>;
    /// Memory of the process, in bytes, for a host with a memory limit.
    fn resident_bytes(&self) -> u64;
}

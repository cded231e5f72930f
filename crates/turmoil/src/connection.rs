//! One stream as two tasks: one reads and waits until the node has taken the bytes, one writes.

use resplay_base::{CloseWhy, Endpoint, Fd, Listener, Tag};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, JoinSet};
use turmoil::net::TcpStream;
use turmoil::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// The most that one call of the node gets, in bytes.
const READ_BYTES_MAX: usize = 64 * 1024;

/// What the tasks of a host tell its loop.
pub(crate) enum Event {
    Accepted { listener: Listener, stream: TcpStream },
    ListenFailed { listener: Listener, why: io::Error },
    Connected { tag: Tag, stream: TcpStream },
    ConnectFailed { tag: Tag, why: io::Error },
    Data { fd: Fd, bytes: Vec<u8> },
    Sent { fd: Fd, n: usize },
    Broken { fd: Fd, why: CloseWhy },
}

/// A connection, as its host's loop knows it. Dropping it closes the stream when what was given to it is written.
pub(crate) struct Connection {
    /// The node is done with it; the last bytes leave.
    pub(crate) is_closing: bool,
    output: UnboundedSender<Vec<u8>>,
    is_writing: bool,
    is_paused: bool,
    /// Bytes that came while the node wanted none.
    held: Option<Vec<u8>>,
    taken: Arc<Notify>,
    reader: AbortHandle,
    writer: AbortHandle,
}

impl Connection {
    /// Starts the two tasks.
    pub(crate) fn start(
        fd: Fd,
        stream: TcpStream,
        tasks: &mut JoinSet<()>,
        events: &UnboundedSender<Event>,
    ) -> Connection {
        let (read, write) = stream.into_split();
        let (output, queue) = unbounded_channel();
        let taken = Arc::new(Notify::new());
        let reader = tasks.spawn_local(read_all(fd, read, Arc::clone(&taken), events.clone()));
        let writer = tasks.spawn_local(write_all(fd, write, queue, events.clone()));
        let (is_closing, is_writing, is_paused, held) = (false, false, false, None);
        Connection { is_closing, output, is_writing, is_paused, held, taken, reader, writer }
    }

    /// Whether the writer is free for more.
    pub(crate) fn is_idle(&self) -> bool {
        !self.is_writing
    }

    /// Gives bytes to the writer; `Event::Sent` says when they are out.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.is_writing = self.output.send(bytes.to_vec()).is_ok();
    }

    /// The writer is done with what it had.
    pub(crate) fn written(&mut self) {
        self.is_writing = false;
    }

    /// Bytes arrived: they come back if the node wants them now.
    pub(crate) fn arrived(&mut self, bytes: Vec<u8>) -> Option<Vec<u8>> {
        if self.is_paused {
            self.held = Some(bytes);
            return None;
        }
        self.taken.notify_one();
        Some(bytes)
    }

    /// Stops or resumes reading; the bytes that were held meanwhile come back.
    pub(crate) fn pause(&mut self, paused: bool) -> Option<Vec<u8>> {
        self.is_paused = paused;
        let held = if paused { None } else { self.held.take() };
        held.inspect(|_| self.taken.notify_one())
    }

    /// Ends both tasks at once.
    pub(crate) fn abort(&self) {
        self.reader.abort();
        self.writer.abort();
    }
}

impl Drop for Connection {
    /// The writer ends by itself when its queue is empty.
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// A socket address as an endpoint.
pub(crate) fn endpoint(at: SocketAddr) -> Endpoint {
    Endpoint::tcp(at.ip().to_string(), at.port())
}

/// Why a connection ended, from turmoil's error.
pub(crate) fn close_why(error: &io::Error) -> CloseWhy {
    match error.kind() {
        ErrorKind::ConnectionRefused => CloseWhy::Refused,
        ErrorKind::TimedOut => CloseWhy::TimedOut,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => CloseWhy::Reset,
        _ => CloseWhy::Unreachable,
    }
}

async fn read_all(fd: Fd, mut stream: OwnedReadHalf, taken: Arc<Notify>, events: UnboundedSender<Event>) {
    let mut buffer = vec![0; READ_BYTES_MAX];
    let why = loop {
        match stream.read(&mut buffer).await {
            Ok(0) => break CloseWhy::Eof,
            Ok(n) => drop(events.send(Event::Data { fd, bytes: buffer[..n].to_vec() })),
            Err(why) => break close_why(&why),
        }
        taken.notified().await;
    };
    drop(events.send(Event::Broken { fd, why }));
}

async fn write_all(
    fd: Fd,
    mut stream: OwnedWriteHalf,
    mut queue: UnboundedReceiver<Vec<u8>>,
    events: UnboundedSender<Event>,
) {
    while let Some(bytes) = queue.recv().await {
        let told = match stream.write_all(&bytes).await {
            Ok(()) => events.send(Event::Sent { fd, n: bytes.len() }),
            Err(why) => return drop(events.send(Event::Broken { fd, why: close_why(&why) })),
        };
        if told.is_err() {
            return;
        }
    }
    drop(stream.shutdown().await);
}

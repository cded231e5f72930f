//! One connected socket, TCP or unix, and what the system says when it ends.

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
use resplay_base::{Address, CloseWhy, Endpoint};
use socket2::{SockRef, TcpKeepalive};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

/// A connected socket.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    /// Starts connecting; the socket becomes writable when that is over. Resolves names.
    pub(crate) fn connect(to: &Endpoint) -> io::Result<Socket> {
        match to {
            Endpoint::Unix(path) => Ok(Socket::Unix(UnixStream::connect(path)?)),
            Endpoint::Tcp { host, port } => Ok(Socket::Tcp(TcpStream::connect(resolve(host, *port)?)?)),
        }
    }

    /// Puts the socket into the event queue, once for its whole life: edge-triggered events in both directions cost
    /// nothing while nobody waits for them.
    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let source: &mut dyn Source = match self {
            Socket::Tcp(stream) => stream,
            Socket::Unix(stream) => stream,
        };
        source.register(registry, token, Interest::READABLE | Interest::WRITABLE)
    }

    /// Replies leave at once, and dead peers are noticed. A socket that refuses is already broken, which reading shows.
    pub(crate) fn tune(&self, keepalive: Option<Duration>) {
        let Socket::Tcp(stream) = self else { return };
        drop(stream.set_nodelay(true));
        if let Some(idle) = keepalive {
            // A third of the idle time between probes and three of them, as the real servers set it.
            let probes =
                TcpKeepalive::new().with_time(idle).with_interval((idle / 3).max(Duration::from_secs(1)));
            drop(SockRef::from(stream).set_tcp_keepalive(&probes.with_retries(3)));
        }
    }

    /// How an attempt to connect ended: `None` while it is under way.
    pub(crate) fn connected(&self) -> Option<io::Result<()>> {
        let failed = match self {
            Socket::Tcp(stream) => stream.take_error(),
            Socket::Unix(stream) => stream.take_error(),
        };
        match (failed, self.peer()) {
            (Ok(Some(why)) | Err(why), _) => Some(Err(why)),
            (Ok(None), Ok(_)) => Some(Ok(())),
            (Ok(None), Err(why)) if why.kind() == ErrorKind::NotConnected => None,
            (Ok(None), Err(why)) => Some(Err(why)),
        }
    }

    /// This end's address.
    pub(crate) fn local(&self) -> io::Result<Address> {
        match self {
            Socket::Tcp(stream) => stream.local_addr().map(endpoint),
            Socket::Unix(stream) => stream.local_addr().map(|at| unix_endpoint(at.as_pathname())),
        }
    }

    /// The other end's address.
    pub(crate) fn peer(&self) -> io::Result<Address> {
        match self {
            Socket::Tcp(stream) => stream.peer_addr().map(endpoint),
            Socket::Unix(stream) => stream.peer_addr().map(|at| unix_endpoint(at.as_pathname())),
        }
    }
}

/// A socket address as an endpoint.
pub(crate) fn endpoint(at: SocketAddr) -> Endpoint {
    Endpoint::tcp(at.ip().to_string(), at.port())
}

/// Why a connection ended, from the system's error.
pub(crate) fn close_why(error: &io::Error) -> CloseWhy {
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::NotFound => CloseWhy::Refused,
        ErrorKind::TimedOut => CloseWhy::TimedOut,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => CloseWhy::Reset,
        _ => CloseWhy::Unreachable,
    }
}

fn unix_endpoint(path: Option<&std::path::Path>) -> Endpoint {
    Endpoint::Unix(path.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default())
}

fn resolve(host: &str, port: u16) -> io::Result<SocketAddr> {
    let unknown = || io::Error::new(ErrorKind::HostUnreachable, format!("no address for '{host}'"));
    (host, port).to_socket_addrs()?.next().ok_or_else(unknown)
}

//! Listening sockets.

use crate::options::Options;
use crate::socket::{Socket, endpoint};
use mio::net::{TcpListener, UnixListener};
use mio::{Interest, Registry, Token};
use resplay_base::{Address, Endpoint, Listener};
use socket2::{Domain, SockAddr, Type};
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::os::unix::fs::PermissionsExt;

/// One listening socket.
#[derive(Debug)]
pub(crate) struct Door {
    /// The node's name for it.
    pub(crate) listener: Listener,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Tcp(TcpListener),
    Unix { socket: UnixListener, path: String },
}

impl Door {
    /// Begins to listen.
    pub(crate) fn open(listener: Listener, at: &Endpoint, options: &Options) -> io::Result<Door> {
        let inner = match at {
            Endpoint::Unix(path) => listen_unix(path, options)?,
            Endpoint::Tcp { host, port } => listen_tcp(host, *port, options.backlog)?,
        };
        Ok(Door { listener, inner })
    }

    /// Puts the socket into the event queue.
    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        match &mut self.inner {
            Inner::Tcp(socket) => registry.register(socket, token, Interest::READABLE),
            Inner::Unix { socket, .. } => registry.register(socket, token, Interest::READABLE),
        }
    }

    /// Takes one waiting connection, with its peer's and its own address.
    pub(crate) fn accept(&self) -> io::Result<(Socket, Address, Address)> {
        match &self.inner {
            Inner::Tcp(listener) => {
                let (stream, peer) = listener.accept()?;
                let local = stream.local_addr()?;
                Ok((Socket::Tcp(stream), endpoint(peer), endpoint(local)))
            }
            Inner::Unix { socket, path } => {
                let (stream, _) = socket.accept()?;
                Ok((Socket::Unix(stream), Endpoint::Unix(path.clone()), Endpoint::Unix(path.clone())))
            }
        }
    }

    /// Where it listens: the port that the system chose, if port 0 was asked for.
    pub(crate) fn address(&self) -> io::Result<Endpoint> {
        match &self.inner {
            Inner::Tcp(listener) => listener.local_addr().map(endpoint),
            Inner::Unix { path, .. } => Ok(Endpoint::Unix(path.clone())),
        }
    }
}

impl Drop for Door {
    /// A unix socket's name goes with it, as when the real servers exit.
    fn drop(&mut self) {
        if let Inner::Unix { path, .. } = &self.inner {
            drop(fs::remove_file(path));
        }
    }
}

/// The first of a name's addresses that can be had, as in the real servers; `*` is every IPv4 address.
fn listen_tcp(host: &str, port: u16, backlog: i32) -> io::Result<Inner> {
    if host == "*" {
        return listen_at((Ipv4Addr::UNSPECIFIED, port).into(), backlog);
    }
    let mut last = io::Error::new(ErrorKind::AddrNotAvailable, "Name or service not known");
    for address in (host, port).to_socket_addrs()? {
        match listen_at(address, backlog) {
            Ok(door) => return Ok(door),
            Err(why) => last = why,
        }
    }
    Err(last)
}

fn listen_at(address: SocketAddr, backlog: i32) -> io::Result<Inner> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(backlog)?;
    Ok(Inner::Tcp(TcpListener::from_std(socket.into())))
}

/// A name left over from an earlier process is removed first, as the real servers do it.
fn listen_unix(path: &str, options: &Options) -> io::Result<Inner> {
    match fs::remove_file(path) {
        Err(why) if why.kind() != ErrorKind::NotFound => return Err(why),
        _ => {}
    }
    let socket = socket2::Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::unix(path)?)?;
    if let Some(bits) = options.unix_permissions {
        fs::set_permissions(path, Permissions::from_mode(bits))?;
    }
    socket.listen(options.backlog)?;
    Ok(Inner::Unix { socket: UnixListener::from_std(socket.into()), path: path.to_owned() })
}

//! A server at a TCP address.

use crate::target::{Connection, Received, Target};
use resplay_resp::{decode, encode_request};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long the server may take to answer before the player gives up. DEBUG STRINGMATCH-TEST of valkey-server took 14
/// seconds on a machine that was compiling on all its cores.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a reply that is owed is waited for.
const OWED: Duration = Duration::from_secs(1);
/// How much a real server reads from a connection before it turns to the next one, in bytes.
const READ_AT_ONCE: usize = 16 << 10;

/// A server at a TCP address on this machine.
///
/// There is no telling from a silent connection whether the server is done with it, so [`Target::settle`] talks
/// on a connection of its own: on the loopback interface bytes arrive in order of sending, and a server that
/// has answered a few later questions there has seen, and answered, all that came before.
pub struct Tcp {
    address: SocketAddr,
    password: Option<String>,
    logs_in_clients: bool,
    control: TcpStream,
    streams: Vec<Option<TcpStream>>,
    unsettled_bytes: usize,
}

impl Tcp {
    /// Connects to a server; `password` is what its default user needs, if any.
    pub fn connect(address: SocketAddr, password: Option<&str>) -> io::Result<Tcp> {
        let control = open_control(address, password)?;
        let password = password.map(str::to_owned);
        Ok(Tcp {
            address,
            password,
            logs_in_clients: false,
            control,
            streams: Vec::new(),
            unsettled_bytes: 0,
        })
    }

    /// Whether the connections that [`Target::connect`] opens give the password by themselves; at first they do not.
    pub fn log_in_clients(&mut self, does: bool) {
        self.logs_in_clients = does;
    }

    fn stream(&mut self, connection: Connection) -> io::Result<&mut TcpStream> {
        let stream = self.streams.get_mut(connection.0).and_then(Option::as_mut);
        stream.ok_or_else(|| io::Error::from(ErrorKind::NotConnected))
    }
}

impl Target for Tcp {
    fn connect(&mut self) -> io::Result<Connection> {
        let stream = match &self.password {
            Some(password) if self.logs_in_clients => open_control(self.address, Some(password))?,
            _ => open_control(self.address, None)?,
        };
        stream.set_write_timeout(Some(PATIENCE))?;
        self.streams.push(Some(stream));
        self.settle()?;
        Ok(Connection(self.streams.len() - 1))
    }

    fn send(&mut self, connection: Connection, bytes: &[u8]) -> io::Result<()> {
        self.unsettled_bytes += bytes.len();
        let result = self.stream(connection)?.write_all(bytes);
        result.or_else(|error| if is_closed(&error) { Ok(()) } else { Err(error) })
    }

    fn settle(&mut self) -> io::Result<()> {
        let rounds = 3 + self.unsettled_bytes / READ_AT_ONCE;
        self.unsettled_bytes = 0;
        let mut patience = PATIENCE.as_millis();
        for _ in 0..rounds {
            // DEBUG LOADAOF and RELOAD: the server looks after others between two pieces of its file.
            while self.control(&["PING"])?.starts_with(b"-LOADING") && patience > 0 {
                patience -= 1;
                self.wait(1)?;
            }
        }
        Ok(())
    }

    fn expect(&mut self, connection: Connection) -> io::Result<()> {
        self.unsettled_bytes = 0;
        let stream = self.stream(connection)?;
        stream.set_read_timeout(Some(OWED))?;
        let peeked = stream.peek(&mut [0]);
        stream.set_read_timeout(None)?;
        match peeked {
            Err(error) if is_late(&error) || is_closed(&error) => Ok(()),
            peeked => peeked.map(|_| ()),
        }
    }

    fn receive(&mut self, connection: Connection) -> io::Result<Received> {
        let stream = self.stream(connection)?;
        stream.set_nonblocking(true)?;
        let received = drain(stream);
        stream.set_nonblocking(false)?;
        received
    }

    fn disconnect(&mut self, connection: Connection) {
        if let Some(stream) = self.streams.get_mut(connection.0) {
            *stream = None;
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a real server's time passes by itself")]
    fn wait(&mut self, ms: u64) -> io::Result<()> {
        std::thread::sleep(Duration::from_millis(ms));
        Ok(())
    }

    fn control(&mut self, words: &[&str]) -> io::Result<Vec<u8>> {
        match ask(&mut self.control, words) {
            Err(error) if is_closed(&error) => {
                // A transcript about CLIENT KILL hit this connection too.
                self.control = open_control(self.address, self.password.as_deref())?;
                ask(&mut self.control, words)
            }
            result => result,
        }
    }
}

fn open_control(address: SocketAddr, password: Option<&str>) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    if let Some(password) = password {
        ask(&mut stream, &["AUTH", password])?;
    }
    Ok(stream)
}

/// One command, and the bytes of its whole reply.
fn ask(stream: &mut TcpStream, words: &[&str]) -> io::Result<Vec<u8>> {
    let (mut request, mut reply, mut piece) = (Vec::new(), Vec::new(), [0; 4096]);
    encode_request(&mut request, words);
    stream.write_all(&request)?;
    while decode(&reply).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?.is_none() {
        match stream.read(&mut piece)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            len => reply.extend_from_slice(&piece[..len]),
        }
    }
    Ok(reply)
}

fn drain(stream: &mut TcpStream) -> io::Result<Received> {
    let (mut received, mut piece) = (Received::default(), [0; 65536]);
    loop {
        match stream.read(&mut piece) {
            Ok(0) => received.closed = true,
            Ok(len) => {
                received.bytes.extend_from_slice(&piece[..len]);
                continue;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) if is_closed(&error) => received.closed = true,
            Err(error) => return Err(error),
        }
        return Ok(received);
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn is_closed(error: &io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

//! What a transcript is played against.

use std::io;

/// A connection of a target, named by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connection(pub usize);

/// What came on a connection since it was last asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether the server closed the connection after them.
    pub closed: bool,
}

/// A server to talk to.
pub trait Target {
    /// Opens a connection.
    fn connect(&mut self) -> io::Result<Connection>;
    /// Sends bytes, which the server sees as one piece where that is in the target's hands. Bytes to a connection
    /// that the server closed are lost.
    fn send(&mut self, connection: Connection, bytes: &[u8]) -> io::Result<()>;
    /// Returns when the server has answered all it was sent.
    fn settle(&mut self) -> io::Result<()>;
    /// Returns when more has come on a connection on which the server owes a reply, or after a second.
    fn expect(&mut self, connection: Connection) -> io::Result<()> {
        let _ = connection;
        self.settle()
    }
    /// What came on a connection since the last call.
    fn receive(&mut self, connection: Connection) -> io::Result<Received>;
    /// Closes a connection from the client's side.
    fn disconnect(&mut self, connection: Connection);
    /// Lets time pass, in milliseconds.
    fn wait(&mut self, ms: u64) -> io::Result<()>;
    /// Runs a command on a connection of the target's own, which no transcript sees; the reply's bytes.
    fn control(&mut self, words: &[&str]) -> io::Result<Vec<u8>>;
}

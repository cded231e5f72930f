//! The table of connections, indexed by the node's name for them.

use crate::socket::Socket;
use resplay_base::{Fd, Tag};

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) socket: Socket,
    pub(crate) stage: Stage,
    /// The system has bytes for us, as far as we know: set by its event, cleared by a read that did not fill the buffer.
    pub(crate) readable: bool,
    /// The peer has closed its side, so a short read does not mean that nothing follows.
    pub(crate) hung_up: bool,
    /// The last send was not taken whole; the rest goes when the system says so.
    pub(crate) choked: bool,
    /// The node wants no bytes.
    pub(crate) paused: bool,
    /// Stands in the queue of connections to read.
    queued: bool,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// We asked the peer; no answer yet.
    Connecting(Tag),
    /// Bytes flow.
    Open,
    /// The node is done with it; the last bytes leave.
    Closing,
}

/// Every connection, and which of them to read next.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    slots: Vec<Slot>,
    free: Vec<u32>,
    to_read: Vec<Fd>,
}

#[derive(Debug)]
enum Slot {
    Free,
    Used(Connection),
    /// The socket is gone; its number stays taken until the node has heard.
    Lost,
}

impl Connections {
    /// The number that the next connection will get.
    pub(crate) fn next(&self) -> Fd {
        Fd(self.free.last().copied().unwrap_or(self.slots.len() as u32))
    }

    /// Adds a connection under the number that `next` gave.
    pub(crate) fn insert(&mut self, socket: Socket, stage: Stage) -> Fd {
        let fd = self.next();
        let (readable, hung_up, choked, paused, queued) = (false, false, false, false, false);
        let used = Slot::Used(Connection { socket, stage, readable, hung_up, choked, paused, queued });
        match self.free.pop() {
            Some(index) => self.slots[index as usize] = used,
            None => self.slots.push(used),
        }
        fd
    }

    /// A connection that is there.
    pub(crate) fn get(&mut self, fd: Fd) -> Option<&mut Connection> {
        match self.slots.get_mut(fd.0 as usize) {
            Some(Slot::Used(connection)) => Some(connection),
            _ => None,
        }
    }

    /// Closes a socket and frees its number.
    pub(crate) fn remove(&mut self, fd: Fd) {
        if let Some(slot) = self.slots.get_mut(fd.0 as usize)
            && !matches!(slot, Slot::Free)
        {
            *slot = Slot::Free;
            self.free.push(fd.0);
        }
    }

    /// Closes a socket and keeps its number until `remove`.
    pub(crate) fn lose(&mut self, fd: Fd) {
        if let Some(slot) = self.slots.get_mut(fd.0 as usize) {
            *slot = Slot::Lost;
        }
    }

    /// Whether the node has yet to hear of the end of this connection.
    pub(crate) fn is_lost(&self, fd: Fd) -> bool {
        matches!(self.slots.get(fd.0 as usize), Some(Slot::Lost))
    }

    /// Queues a connection to be read, if there is something to read and the node wants it.
    pub(crate) fn queue_read(&mut self, fd: Fd) {
        let Some(Slot::Used(connection)) = self.slots.get_mut(fd.0 as usize) else { return };
        let wanted = connection.readable && !connection.paused && connection.stage == Stage::Open;
        if wanted && !connection.queued {
            connection.queued = true;
            self.to_read.push(fd);
        }
    }

    /// Whether something waits to be read.
    pub(crate) fn has_reads(&self) -> bool {
        !self.to_read.is_empty()
    }

    /// Swaps the queue of reads with an empty one, so that what is queued meanwhile comes in the next turn.
    pub(crate) fn take_reads(&mut self, into: &mut Vec<Fd>) {
        std::mem::swap(&mut self.to_read, into);
        for fd in into.iter() {
            if let Some(Slot::Used(connection)) = self.slots.get_mut(fd.0 as usize) {
                connection.queued = false;
            }
        }
    }
}

//! What an application's tasks and its node share.

use super::executor::Task;
use super::net::{Incoming, Outgoing, Socket};
use super::timer::Timers;
use crate::metrics::Metrics;
use resplay_base::{Effect, Fd, Listener, Now, Tag};
use resplay_history::Operation;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Shared by the node and every [`super::Context`].
pub(super) struct Shared {
    pub(super) name: String,
    pub(super) seed: u64,
    pub(super) now: Cell<Now>,
    pub(super) state: RefCell<State>,
    pub(super) metrics: Metrics,
    pub(super) keep_history: Cell<bool>,
}

/// The part that changes all the time.
#[derive(Default)]
pub(super) struct State {
    /// Asked of the host since its last call, in order.
    pub(super) asks: Vec<Ask>,
    /// Tasks that the executor has not taken in yet.
    pub(super) spawned: Vec<Task>,
    pub(super) timers: Timers,
    /// By the number of the connection.
    pub(super) sockets: Vec<Option<Rc<Socket>>>,
    pub(super) listeners: BTreeMap<Listener, Incoming>,
    pub(super) attempts: BTreeMap<Tag, Outgoing>,
    /// Names given to listeners and attempts so far.
    pub(super) named: u64,
    pub(super) operations: Vec<Operation>,
    /// Operations whose outcome nobody knows yet, by their tickets.
    pub(super) under_way: BTreeMap<u64, Operation>,
    /// Tickets so far.
    pub(super) tickets: u64,
}

/// Something for the host.
pub(super) enum Ask {
    /// Any effect but a send.
    Effect(Effect),
    /// Bytes for a connection.
    Write(Fd, Vec<u8>),
}

impl State {
    /// A new number for a listener or an attempt to connect.
    pub(super) fn next_name(&mut self) -> u64 {
        self.named += 1;
        self.named
    }

    /// The connection of that number, unless the application has closed it.
    pub(super) fn socket(&self, fd: Fd) -> Option<Rc<Socket>> {
        self.sockets.get(fd.0 as usize)?.clone()
    }

    /// Puts a new connection into its slot.
    pub(super) fn add_socket(&mut self, fd: Fd) -> Rc<Socket> {
        let index = fd.0 as usize;
        if self.sockets.len() <= index {
            self.sockets.resize_with(index + 1, || None);
        }
        let socket = Rc::new(Socket::new(fd));
        self.sockets[index] = Some(Rc::clone(&socket));
        socket
    }

    /// Empties the slot of a connection that is over, if this very connection is still in it.
    pub(super) fn remove_socket(&mut self, socket: &Rc<Socket>) -> bool {
        let slot = self.sockets.get_mut(socket.fd().0 as usize);
        slot.and_then(|slot| slot.take_if(|held| Rc::ptr_eq(held, socket))).is_some()
    }

    /// Asks the host for something.
    pub(super) fn ask(&mut self, effect: Effect) {
        self.asks.push(Ask::Effect(effect));
    }
}

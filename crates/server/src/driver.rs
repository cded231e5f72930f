//! The loop: what is ready becomes inputs of the node, in batches.

use crate::clock::Clock;
use crate::connections::{Connections, Stage};
use crate::files::Files;
use crate::listen::Door;
use crate::log::Log;
use crate::options::Options;
use crate::process::Watch;
use crate::socket::{Socket, close_why};
use crate::spawn::{Remote, Wish};
use crate::sync::Background;
use crate::system::System;
use mio::event::Event;
use mio::{Events, Poll, Token, Waker};
use resplay_base::{
    Address, Boot, CloseWhy, DiskDone, Effect, Fd, Host, Input, Listener, Mono, Node, Now, OpId, Signal, Work,
};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

/// The most that one call of the node gets, in bytes.
const READ_BYTES_MAX: usize = 64 * 1024;
/// Events taken per wait; the others come with the next.
const EVENTS_MAX: usize = 1024;
/// How often finished disk operations may follow each other within a turn before clients are looked at again: a
/// node that loads a large file still answers.
const DISK_ROUNDS_MAX: usize = 4;
/// When to try again to accept after the system refused, which it does without announcing that it would not now.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

const WAKER: Token = Token(usize::MAX);
const SIGNALS: Token = Token(usize::MAX - 1);
/// Tokens from here on are listening sockets, those below are connections.
const DOORS: usize = usize::MAX / 2;

/// A node with its sockets, files and clocks.
pub(crate) struct Driver<N, S> {
    pub(crate) node: N,
    pub(crate) host: RealHost,
    pub(crate) system: S,
    pub(crate) options: Options,
    pub(crate) poll: Poll,
    pub(crate) connections: Connections,
    pub(crate) doors: Vec<Door>,
    pub(crate) files: Files<S>,
    pub(crate) background: Background<S>,
    pub(crate) log: Log,
    /// What happened while effects took place, for the node to hear within this turn.
    pub(crate) inbox: VecDeque<Input<'static>>,
    /// Operations that the node waits for, and nothing else until they are done.
    pub(crate) awaited: VecDeque<OpId>,
    pub(crate) exit: Option<i32>,
    pub(crate) remote: Option<Remote>,
    waker: Arc<Waker>,
    watch: Option<Watch>,
    refused_accepts: Vec<usize>,
    buffer: Box<[u8]>,
    reads: Vec<Fd>,
}

/// What the node sees of the machine during a call.
pub(crate) struct RealHost {
    pub(crate) clock: Clock,
    pub(crate) effects: Vec<Effect>,
}

impl Host for RealHost {
    fn now(&self) -> Now {
        self.clock.now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the host that sleeps when a node asks for it")]
    fn charge(&mut self, work: Work) -> Mono {
        if !work.pause.is_zero() {
            std::thread::sleep(work.pause);
        }
        self.clock.advance()
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

impl<N: Node, S: System> Driver<N, S> {
    /// A node that has not been booted.
    pub(crate) fn new(node: N, system: S, options: Options) -> io::Result<Driver<N, S>> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        Ok(Driver {
            node,
            host: RealHost { clock: Clock::start(), effects: Vec::new() },
            poll,
            connections: Connections::default(),
            doors: Vec::new(),
            files: Files::new(system.clone(), options.directory.clone().unwrap_or_default()),
            background: Background::new(system.clone(), Arc::clone(&waker)),
            log: Log::open(&options.log)?,
            inbox: VecDeque::new(),
            awaited: VecDeque::new(),
            exit: None,
            remote: None,
            waker,
            watch: None,
            refused_accepts: Vec::new(),
            buffer: vec![0; READ_BYTES_MAX].into(),
            reads: Vec::new(),
            system,
            options,
        })
    }

    /// Delivers the process's signals to the node.
    pub(crate) fn watch_signals(&mut self) -> io::Result<()> {
        self.watch = Some(Watch::start(self.poll.registry(), SIGNALS)?);
        Ok(())
    }

    /// Takes orders from another thread, which uses the returned waker after it left one.
    pub(crate) fn obey(&mut self, remote: Remote) -> Arc<Waker> {
        self.remote = Some(remote);
        Arc::clone(&self.waker)
    }

    /// Boots the node and drives it until it exits.
    pub(crate) fn run(mut self, boot: Boot) -> io::Result<i32> {
        let mut events = Events::with_capacity(EVENTS_MAX);
        self.host.clock.read();
        self.feed(Input::Boot(boot));
        self.close_batch();
        while self.exit.is_none() {
            self.wait(&mut events)?;
            for event in &events {
                self.notice(event);
            }
            self.accept_refused();
            self.read_ready();
            self.deliver_inbox();
            self.deliver_timer();
            self.close_batch();
        }
        self.log.flush();
        Ok(self.exit.unwrap_or(0))
    }

    /// Gives the node one input; effects take place; operations that it awaits come back before anything else.
    pub(crate) fn feed(&mut self, input: Input<'_>) {
        self.call(input);
        while let Some(op) = self.awaited.pop_front() {
            let done = self.wait_for(op);
            self.call(Input::DiskDone(done));
            if self.awaited.is_empty() {
                self.call(Input::Flush);
            }
        }
    }

    fn call(&mut self, input: Input<'_>) {
        if self.exit.is_some() {
            return;
        }
        self.host.clock.advance();
        self.node.handle(&mut self.host, input);
        if !self.host.effects.is_empty() {
            self.perform_effects();
        }
    }

    fn wait_for(&mut self, op: OpId) -> DiskDone {
        let is_it = |input: &Input<'_>| matches!(input, Input::DiskDone(done) if done.op == op);
        if let Some(at) = self.inbox.iter().position(is_it)
            && let Some(Input::DiskDone(done)) = self.inbox.remove(at)
        {
            return done;
        }
        while let Some(done) = self.background.wait() {
            if done.op == op {
                return done;
            }
            self.inbox.push_back(Input::DiskDone(done));
        }
        panic!("the node awaits {op:?}, which it never started");
    }

    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let timeout = self.timeout();
        match self.poll.poll(events, timeout) {
            Err(why) if why.kind() == ErrorKind::Interrupted => events.clear(),
            result => result?,
        }
        self.host.clock.read();
        Ok(())
    }

    fn timeout(&self) -> Option<Duration> {
        if self.connections.has_reads() || !self.inbox.is_empty() {
            return Some(Duration::ZERO);
        }
        let due = self.node.deadline().map(|then| self.host.clock.until(then));
        if self.refused_accepts.is_empty() {
            due
        } else {
            Some(due.unwrap_or(ACCEPT_AGAIN).min(ACCEPT_AGAIN))
        }
    }

    fn notice(&mut self, event: &Event) {
        match event.token() {
            WAKER => self.woken(),
            SIGNALS => self.deliver_signals(),
            Token(index) if index >= DOORS => self.accept(index - DOORS),
            Token(index) => self.connection_ready(Fd(index as u32), event),
        }
    }

    fn woken(&mut self) {
        while let Some(done) = self.background.finished() {
            self.inbox.push_back(Input::DiskDone(done));
        }
        match self.remote.as_ref().and_then(Remote::wish) {
            Some(Wish::Terminate) => self.feed(Input::Signal(Signal::Term)),
            Some(Wish::Kill) => self.exit = Some(137),
            None => {}
        }
    }

    fn deliver_signals(&mut self) {
        let signals = self.watch.as_mut().map(Watch::pending).unwrap_or_default();
        for signal in signals {
            self.feed(Input::Signal(signal));
        }
    }

    fn connection_ready(&mut self, fd: Fd, event: &Event) {
        let Some(connection) = self.connections.get(fd) else { return };
        connection.readable |= event.is_readable();
        connection.hung_up |= event.is_read_closed() || event.is_error();
        match connection.stage {
            Stage::Connecting(_) => self.finish_connecting(fd),
            Stage::Open | Stage::Closing => {
                if connection.choked && event.is_writable() {
                    self.unchoke(fd);
                }
            }
        }
        self.connections.queue_read(fd);
    }

    fn finish_connecting(&mut self, fd: Fd) {
        let Some(connection) = self.connections.get(fd) else { return };
        let Stage::Connecting(tag) = connection.stage else { return };
        let ends = match connection.socket.connected() {
            None => return,
            Some(Err(why)) => Err(why),
            Some(Ok(())) => {
                connection.socket.local().and_then(|local| Ok((local, connection.socket.peer()?)))
            }
        };
        match ends {
            Ok((local, peer)) => {
                connection.stage = Stage::Open;
                connection.socket.tune(self.options.keepalive);
                self.feed(Input::Connected { fd, tag, local, peer });
            }
            Err(why) => {
                self.connections.remove(fd);
                self.inbox.push_back(Input::ConnectFailed { tag, why: close_why(&why) });
            }
        }
    }

    /// Tells the queue about a new listening socket.
    pub(crate) fn add_door(&mut self, mut door: Door) -> io::Result<()> {
        door.register(self.poll.registry(), Token(DOORS + self.doors.len()))?;
        if let (Some(remote), Ok(address)) = (&self.remote, door.address()) {
            remote.listening(address);
        }
        self.doors.push(door);
        Ok(())
    }

    /// Tells the queue about a new connection.
    pub(crate) fn add_connection(&mut self, mut socket: Socket, stage: Stage) -> io::Result<Fd> {
        socket.register(self.poll.registry(), Token(self.connections.next().0 as usize))?;
        Ok(self.connections.insert(socket, stage))
    }

    fn accept_refused(&mut self) {
        for index in std::mem::take(&mut self.refused_accepts) {
            self.accept(index);
        }
    }

    fn accept(&mut self, index: usize) {
        while let Some(door) = self.doors.get(index) {
            let listener = door.listener;
            match door.accept() {
                Ok((socket, peer, local)) => self.welcome(socket, listener, peer, local),
                Err(why) if why.kind() == ErrorKind::WouldBlock => return,
                Err(why) if matches!(why.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                Err(why) => {
                    self.log.line(self.host.now().wall, '#', &format!("Accepting client connection: {why}"));
                    self.refused_accepts.push(index);
                    return;
                }
            }
        }
    }

    fn welcome(&mut self, socket: Socket, listener: Listener, peer: Address, local: Address) {
        socket.tune(self.options.keepalive);
        match self.add_connection(socket, Stage::Open) {
            Ok(fd) => self.feed(Input::Accepted { fd, listener, peer, local }),
            Err(why) => self.log.line(self.host.now().wall, '#', &format!("Registering a client: {why}")),
        }
    }

    fn read_ready(&mut self) {
        let mut reads = std::mem::take(&mut self.reads);
        self.connections.take_reads(&mut reads);
        for fd in reads.drain(..) {
            self.read(fd);
        }
        self.reads = reads;
    }

    fn read(&mut self, fd: Fd) {
        let Some(connection) = self.connections.get(fd) else { return };
        if connection.paused || connection.stage != Stage::Open {
            return;
        }
        match self.system.receive(&connection.socket, &mut self.buffer) {
            Ok(0) => self.lose(fd, CloseWhy::Eof),
            Ok(n) => {
                connection.readable = n == self.buffer.len() || connection.hung_up;
                self.feed_data(fd, n);
                self.connections.queue_read(fd);
            }
            Err(why) if why.kind() == ErrorKind::WouldBlock => connection.readable = false,
            Err(why) if why.kind() == ErrorKind::Interrupted => self.connections.queue_read(fd),
            Err(why) => self.lose(fd, close_why(&why)),
        }
    }

    /// The buffer is lent to the node for the call: no copy.
    fn feed_data(&mut self, fd: Fd, n: usize) {
        let buffer = std::mem::take(&mut self.buffer);
        self.feed(Input::Data { fd, bytes: &buffer[..n] });
        self.buffer = buffer;
    }

    /// Closes a broken connection; the node hears of it within this turn.
    pub(crate) fn lose(&mut self, fd: Fd, why: CloseWhy) {
        self.connections.lose(fd);
        self.inbox.push_back(Input::Closed { fd, why });
    }

    fn deliver_inbox(&mut self) {
        for _ in 0..self.inbox.len() {
            match self.inbox.pop_front() {
                // The node may have closed it itself meanwhile, and wants to hear nothing more.
                Some(Input::Closed { fd, .. }) if !self.connections.is_lost(fd) => {}
                Some(Input::Closed { fd, why }) => {
                    self.connections.remove(fd);
                    self.feed(Input::Closed { fd, why });
                }
                Some(input) => self.feed(input),
                None => return,
            }
        }
    }

    fn deliver_timer(&mut self) {
        if self.node.deadline().is_some_and(|then| then <= self.host.clock.advance()) {
            self.feed(Input::Timer);
        }
    }

    fn close_batch(&mut self) {
        self.feed(Input::Flush);
        for _ in 0..DISK_ROUNDS_MAX {
            if self.inbox.is_empty() {
                return;
            }
            self.deliver_inbox();
            self.feed(Input::Flush);
        }
    }
}

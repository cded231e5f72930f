//! The loop of a host: what its tasks report becomes inputs of the node, in batches.

use crate::connection::{Connection, Event, close_why, endpoint};
use crate::disk::{Disk, Files};
use resplay_base::{
    Address, Boot, CloseWhy, DiskDone, Effect, Endpoint, Fd, Host, Input, Listener, Mono, Node, Now, OpId,
    Tag, WallUs, Work,
};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use turmoil::net::{TcpListener, TcpStream};

/// Runs a node that listens on `port` of this turmoil host for everyone and starts with an empty disk. Ends when the
/// node exits: an exit status other than 0 is an error.
pub async fn serve<N: Node>(node: N, port: u16) -> turmoil::Result {
    let words = ["--port", &port.to_string(), "--bind", "*", "--protected-mode", "no"].map(str::to_owned);
    run(node, Boot { args: words.into(), seed: u64::from(port), pid: 1, config: None }, Disk::default()).await
}

/// Runs a node on this turmoil host, started like this and with this disk. Ends when the node exits: an exit status
/// other than 0 is an error.
pub async fn run<N: Node>(node: N, boot: Boot, disk: Disk) -> turmoil::Result {
    let (tell, events) = unbounded_channel();
    let driver = Driver {
        node,
        host: View { now: now(), pause: Duration::ZERO, effects: Vec::new() },
        files: Files::new(disk),
        connections: BTreeMap::new(),
        next_fd: 0,
        inbox: VecDeque::new(),
        awaited: VecDeque::new(),
        exit: None,
        tasks: JoinSet::new(),
        tell,
    };
    match driver.run(boot, events).await {
        0 => Ok(()),
        status => Err(format!("the node exited with status {status}").into()),
    }
}

struct Driver<N> {
    node: N,
    host: View,
    files: Files,
    connections: BTreeMap<Fd, Connection>,
    next_fd: u32,
    /// What happened while effects took place.
    inbox: VecDeque<Input<'static>>,
    /// Operations that the node waits for, and nothing else until they are done.
    awaited: VecDeque<OpId>,
    exit: Option<i32>,
    /// Ends with the host.
    tasks: JoinSet<()>,
    tell: UnboundedSender<Event>,
}

/// What the node sees during a call. No time passes in it but what it asks to sleep.
struct View {
    now: Now,
    /// To sleep before anything else happens.
    pause: Duration,
    effects: Vec<Effect>,
}

impl Host for View {
    fn now(&self) -> Now {
        self.now
    }
    fn charge(&mut self, work: Work) -> Mono {
        self.pause += work.pause;
        self.now.mono = self.now.mono + work.pause;
        self.now.mono
    }
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

/// turmoil's clocks: the simulation's age, and its wall clock.
fn now() -> Now {
    let age = turmoil::sim_elapsed().unwrap_or_default();
    let wall = turmoil::since_epoch().unwrap_or_default();
    Now { mono: Mono(0) + age, wall: WallUs(i64::try_from(wall.as_micros()).unwrap_or(i64::MAX)) }
}

impl<N: Node> Driver<N> {
    async fn run(mut self, boot: Boot, mut events: UnboundedReceiver<Event>) -> i32 {
        self.feed(Input::Boot(boot));
        loop {
            self.close_batch();
            if let Some(status) = self.exit {
                return status;
            }
            let first = self.next_event(&mut events).await;
            self.host.now = now();
            match first {
                Some(event) => self.take(event),
                None => self.feed(Input::Timer),
            }
            while let Ok(event) = events.try_recv() {
                self.take(event);
            }
            while self.tasks.try_join_next().is_some() {}
            let pause = std::mem::take(&mut self.host.pause);
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
                self.host.now = now();
            }
        }
    }

    /// The next event, or `None` when the node's deadline has come first.
    async fn next_event(&self, events: &mut UnboundedReceiver<Event>) -> Option<Event> {
        let Some(deadline) = self.node.deadline() else { return events.recv().await };
        // turmoil's clock ticks in milliseconds: never wake before the deadline.
        let wait = deadline.since(now().mono);
        tokio::select! {
            biased;
            event = events.recv() => event,
            () = tokio::time::sleep(wait.max(Duration::from_nanos(1))) => None,
        }
    }

    fn feed(&mut self, input: Input<'_>) {
        self.call(input);
        while let Some(op) = self.awaited.pop_front() {
            let is_it = |input: &Input<'_>| matches!(input, Input::DiskDone(done) if done.op == op);
            let at = self.inbox.iter().position(is_it).expect("a node awaits only what it started");
            if let Some(done) = self.inbox.remove(at) {
                self.call(done);
            }
            if self.awaited.is_empty() {
                self.call(Input::Flush);
            }
        }
    }

    fn call(&mut self, input: Input<'_>) {
        if self.exit.is_some() {
            return;
        }
        self.node.handle(&mut self.host, input);
        for effect in std::mem::take(&mut self.host.effects) {
            self.perform(effect);
        }
    }

    fn close_batch(&mut self) {
        self.feed(Input::Flush);
        while let Some(input) = self.inbox.pop_front() {
            self.feed(input);
            if self.inbox.is_empty() {
                self.feed(Input::Flush);
            }
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Data { fd, bytes } => self.arrived(fd, bytes),
            Event::Sent { fd, n } => self.sent(fd, n),
            Event::Broken { fd, why } => self.broken(fd, why),
            Event::Accepted { listener, stream } => {
                if let Some((fd, local, peer)) = self.adopt(stream) {
                    self.feed(Input::Accepted { fd, listener, peer, local });
                }
            }
            Event::Connected { tag, stream } => {
                if let Some((fd, local, peer)) = self.adopt(stream) {
                    self.feed(Input::Connected { fd, tag, local, peer });
                }
            }
            Event::ConnectFailed { tag, why } => {
                self.feed(Input::ConnectFailed { tag, why: close_why(&why) })
            }
            Event::ListenFailed { listener, why } => {
                self.feed(Input::ListenFailed { listener, why: why.to_string() })
            }
        }
    }

    fn adopt(&mut self, stream: TcpStream) -> Option<(Fd, Address, Address)> {
        let ends = stream.local_addr().and_then(|local| Ok((local, stream.peer_addr()?)));
        let (local, peer) = ends.ok()?;
        let fd = Fd(self.next_fd);
        self.next_fd += 1;
        self.connections.insert(fd, Connection::start(fd, stream, &mut self.tasks, &self.tell));
        Some((fd, endpoint(local), endpoint(peer)))
    }

    fn arrived(&mut self, fd: Fd, bytes: Vec<u8>) {
        let Some(connection) = self.connections.get_mut(&fd) else { return };
        if let Some(bytes) = connection.arrived(bytes)
            && !connection.is_closing
        {
            self.feed(Input::Data { fd, bytes: &bytes });
        }
    }

    fn sent(&mut self, fd: Fd, n: usize) {
        let Some(connection) = self.connections.get_mut(&fd) else { return };
        connection.written();
        let is_closing = connection.is_closing;
        self.node.sent(fd, n);
        if !self.node.unsent(fd).is_empty() {
            self.send(fd);
        } else if is_closing {
            self.connections.remove(&fd);
        } else {
            self.feed(Input::Writable { fd });
        }
    }

    fn broken(&mut self, fd: Fd, why: CloseWhy) {
        match self.connections.get(&fd) {
            None => {}
            // The peer closed its half; ours is still being written.
            Some(connection) if connection.is_closing && why == CloseWhy::Eof => {}
            Some(connection) if connection.is_closing => self.forget(fd),
            Some(_) => {
                self.connections.remove(&fd);
                self.feed(Input::Closed { fd, why });
            }
        }
    }

    /// Ends a connection that the node has closed. What could not be sent counts as sent, so that the node forgets it.
    fn forget(&mut self, fd: Fd) {
        self.connections.remove(&fd);
        loop {
            match self.node.unsent(fd).len() {
                0 => return,
                rest => self.node.sent(fd, rest),
            }
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Send { fd } => self.send(fd),
            Effect::Close { fd } => self.close(fd),
            Effect::Reset { fd } => self.reset(fd),
            Effect::PauseRead { fd, paused } => self.pause(fd, paused),
            Effect::Disk { op, what } => {
                let result = self.files.perform(what);
                self.inbox.push_back(Input::DiskDone(DiskDone { op, result }));
            }
            Effect::AwaitDisk { op } => self.awaited.push_back(op),
            Effect::Listen { listener, at } => self.listen(listener, at),
            Effect::Connect { tag, to } => self.connect(tag, to),
            Effect::Log { level, text } => tracing::info!(target: "resplay", "{level} {text}"),
            Effect::Exit(code) => self.exit = Some(code.0),
        }
    }

    fn send(&mut self, fd: Fd) {
        let Some(connection) = self.connections.get_mut(&fd) else { return };
        let bytes = self.node.unsent(fd);
        if connection.is_idle() && !bytes.is_empty() {
            connection.write(bytes);
        }
    }

    fn close(&mut self, fd: Fd) {
        self.send(fd);
        if let Some(connection) = self.connections.get_mut(&fd) {
            connection.is_closing = true;
            if connection.is_idle() {
                self.connections.remove(&fd);
            }
        }
    }

    fn reset(&mut self, fd: Fd) {
        if let Some(connection) = self.connections.remove(&fd) {
            connection.abort();
        }
    }

    fn pause(&mut self, fd: Fd, paused: bool) {
        if let Some(bytes) = self.connections.get_mut(&fd).and_then(|connection| connection.pause(paused)) {
            drop(self.tell.send(Event::Data { fd, bytes }));
        }
    }

    fn listen(&mut self, listener: Listener, at: Endpoint) {
        let tell = self.tell.clone();
        self.tasks.spawn_local(async move {
            if let Err(why) = accept_all(listener, &at, &tell).await {
                drop(tell.send(Event::ListenFailed { listener, why }));
            }
        });
    }

    fn connect(&mut self, tag: Tag, to: Endpoint) {
        let tell = self.tell.clone();
        self.tasks.spawn_local(async move {
            let outcome = match dial(&to).await {
                Ok(stream) => Event::Connected { tag, stream },
                Err(why) => Event::ConnectFailed { tag, why },
            };
            drop(tell.send(outcome));
        });
    }
}

/// Accepts forever. turmoil knows one address per host: every address asked for is that one.
async fn accept_all(listener: Listener, at: &Endpoint, tell: &UnboundedSender<Event>) -> io::Result<()> {
    let Endpoint::Tcp { host, port } = at else { return Err(io::ErrorKind::Unsupported.into()) };
    if host.contains(':') {
        return Err(io::Error::other("Address family not supported by protocol"));
    }
    let door = TcpListener::bind(("0.0.0.0", *port)).await?;
    while let Ok((stream, _)) = door.accept().await {
        if tell.send(Event::Accepted { listener, stream }).is_err() {
            break;
        }
    }
    Ok(())
}

async fn dial(to: &Endpoint) -> io::Result<TcpStream> {
    match to {
        Endpoint::Tcp { host, port } => TcpStream::connect((host.as_str(), *port)).await,
        Endpoint::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}

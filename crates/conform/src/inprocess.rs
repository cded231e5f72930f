//! A node in this process, on a host of virtual time and a disk in memory.

use crate::memdisk::MemoryDisk;
use crate::target::{Connection, Received, Target};
use resplay_base::{
    Boot, CloseWhy, DiskDone, Effect, Endpoint, Exit, Fd, Host, Input, Listener, Mono, Node, Now, WallUs,
    Work,
};
use resplay_resp::{decode, encode_request};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind};
use std::time::Duration;

/// 2026-01-01, when every node here boots.
const BOOT_WALL: WallUs = WallUs(1_767_225_600_000_000);
/// One input carries at most so much of a connection's bytes.
const DATA_MAX: usize = 64 << 10;
/// A node that still has work after so many rounds without new input will never rest.
const ROUNDS_MAX: usize = 1_000_000;

/// A node that runs in this process. Every effect takes place at once; nothing fails.
pub struct InProcess<N> {
    node: N,
    host: Quiet,
    disk: MemoryDisk,
    listener: Option<Listener>,
    peers: BTreeMap<Fd, Received>,
    control: Option<Connection>,
    next_fd: u32,
    /// The node waited for its disk: it is told that nothing else is ready when that is over.
    owes_flush: bool,
    exit: Option<Exit>,
    log: Vec<String>,
}

/// A host that notes what is asked of it.
#[derive(Debug, Default)]
struct Quiet {
    mono: Mono,
    work: Work,
    effects: VecDeque<Effect>,
}

impl Host for Quiet {
    fn now(&self) -> Now {
        Now { mono: self.mono, wall: WallUs(BOOT_WALL.0 + (self.mono.0 / 1_000) as i64) }
    }

    /// Every command takes a microsecond, so that durations are not zero.
    fn charge(&mut self, work: Work) -> Mono {
        self.work.elements += work.elements;
        self.work.bytes += work.bytes;
        self.mono = self.mono + Duration::from_micros(u64::from(work.commands)) + work.pause;
        self.mono
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }
}

impl<N: Node> InProcess<N> {
    /// Boots a node with these command-line words and waits until it listens; fails if it exits instead.
    pub fn boot(node: N, args: &[String]) -> io::Result<InProcess<N>> {
        let this = InProcess::boot_on(node, args, MemoryDisk::default())?;
        match this.exit {
            None if this.listener.is_some() => Ok(this),
            _ => Err(io::Error::other(format!("does not listen; its log: {}", this.log.join(" | ")))),
        }
    }

    /// Boots a node that finds these files; it may exit because of them.
    pub fn boot_on(node: N, args: &[String], disk: MemoryDisk) -> io::Result<InProcess<N>> {
        let mut this = InProcess {
            node,
            host: Quiet::default(),
            disk,
            listener: None,
            peers: BTreeMap::new(),
            control: None,
            next_fd: 7,
            owes_flush: false,
            exit: None,
            log: Vec::new(),
        };
        let boot = Boot { args: args.to_vec(), config: None, seed: 1, pid: 1 };
        this.input(Input::Boot(boot))?;
        this.settle()?;
        Ok(this)
    }

    /// Its files.
    pub fn disk(&self) -> &MemoryDisk {
        &self.disk
    }

    /// The node.
    pub fn node(&self) -> &N {
        &self.node
    }

    /// Elements and bytes of all work so far.
    pub fn work(&self) -> Work {
        self.host.work
    }

    /// How the node ended, if it did.
    pub fn exit(&self) -> Option<Exit> {
        self.exit
    }

    /// What the node logged.
    pub fn log(&self) -> &[String] {
        &self.log
    }

    /// Hands over one input and does what it leads to.
    fn input(&mut self, input: Input<'_>) -> io::Result<()> {
        if self.exit.is_none() {
            self.node.handle(&mut self.host, input);
            self.effects()?;
        }
        Ok(())
    }

    fn effects(&mut self) -> io::Result<()> {
        for _ in 0..ROUNDS_MAX {
            match self.host.effects.pop_front() {
                Some(effect) => self.take_place(effect),
                None if std::mem::take(&mut self.owes_flush) => {
                    self.node.handle(&mut self.host, Input::Flush)
                }
                None => return Ok(()),
            }
        }
        Err(io::Error::new(ErrorKind::TimedOut, "the node asks for effects without end"))
    }

    fn take_place(&mut self, effect: Effect) {
        match effect {
            Effect::Listen { listener, at: Endpoint::Tcp { .. } } => self.listener = Some(listener),
            Effect::Send { fd } => self.deliver(fd),
            Effect::Close { fd } => {
                self.deliver(fd);
                self.mark_closed(fd);
            }
            Effect::Reset { fd } => self.mark_closed(fd),
            Effect::Disk { op, what } => {
                let done = DiskDone { op, result: self.disk.run(what) };
                self.node.handle(&mut self.host, Input::DiskDone(done));
            }
            Effect::Connect { tag, .. } => {
                self.node.handle(&mut self.host, Input::ConnectFailed { tag, why: CloseWhy::Refused });
            }
            Effect::Log { level, text } => self.log.push(format!("{level} {text}")),
            Effect::Exit(exit) => self.end(exit),
            Effect::AwaitDisk { .. } => self.owes_flush = true,
            Effect::Listen { .. } | Effect::PauseRead { .. } => {}
        }
    }

    /// Everything that is unsent on a connection reaches its peer.
    fn deliver(&mut self, fd: Fd) {
        let bytes = self.node.unsent(fd).to_vec();
        if let Some(peer) = self.peers.get_mut(&fd) {
            peer.bytes.extend_from_slice(&bytes);
        }
        self.node.sent(fd, bytes.len());
    }

    fn mark_closed(&mut self, fd: Fd) {
        if let Some(peer) = self.peers.get_mut(&fd) {
            peer.closed = true;
        }
    }

    fn end(&mut self, exit: Exit) {
        self.exit = Some(exit);
        self.peers.values_mut().for_each(|peer| peer.closed = true);
    }

    fn is_open(&self, connection: Connection) -> bool {
        self.exit.is_none() && self.peers.get(&fd(connection)).is_some_and(|peer| !peer.closed)
    }

    /// Timers that are due, until none is.
    fn timers(&mut self) -> io::Result<()> {
        for _ in 0..ROUNDS_MAX {
            if self.exit.is_some() || self.node.deadline().is_none_or(|at| at > self.host.mono) {
                return Ok(());
            }
            self.input(Input::Timer)?;
            self.input(Input::Flush)?;
        }
        Err(io::Error::new(ErrorKind::TimedOut, "the node's timers never rest"))
    }

    fn control_connection(&mut self) -> io::Result<Connection> {
        match self.control {
            Some(control) if self.is_open(control) => Ok(control),
            _ => {
                let control = self.connect()?;
                self.control = Some(control);
                Ok(control)
            }
        }
    }
}

impl<N: Node> Target for InProcess<N> {
    fn connect(&mut self) -> io::Result<Connection> {
        let listener = self.listener.ok_or(ErrorKind::ConnectionRefused)?;
        let fd = Fd(self.next_fd);
        self.next_fd += 1;
        self.peers.insert(fd, Received::default());
        let peer = Endpoint::tcp("127.0.0.1", 40_000 + (fd.0 % 20_000) as u16);
        self.input(Input::Accepted { fd, listener, peer, local: Endpoint::tcp("127.0.0.1", 6379) })?;
        self.settle()?;
        Ok(Connection(fd.0 as usize))
    }

    fn send(&mut self, connection: Connection, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(DATA_MAX) {
            if self.is_open(connection) {
                self.input(Input::Data { fd: fd(connection), bytes: piece })?;
            }
        }
        Ok(())
    }

    fn settle(&mut self) -> io::Result<()> {
        self.input(Input::Flush)?;
        self.timers()
    }

    fn receive(&mut self, connection: Connection) -> io::Result<Received> {
        let peer = self.peers.get_mut(&fd(connection)).ok_or(ErrorKind::NotConnected)?;
        Ok(Received { bytes: std::mem::take(&mut peer.bytes), closed: peer.closed })
    }

    fn disconnect(&mut self, connection: Connection) {
        let was_open = self.is_open(connection);
        self.peers.remove(&fd(connection));
        if was_open {
            // A node that never rests is reported by the next call.
            let _ = self.input(Input::Closed { fd: fd(connection), why: CloseWhy::Eof });
            let _ = self.settle();
        }
    }

    fn wait(&mut self, ms: u64) -> io::Result<()> {
        let end = self.host.mono + Duration::from_millis(ms);
        while let Some(at) = self.node.deadline().filter(|&at| at <= end && self.exit.is_none()) {
            self.host.mono = self.host.mono.max(at);
            self.timers()?;
        }
        self.host.mono = self.host.mono.max(end);
        self.settle()
    }

    fn control(&mut self, words: &[&str]) -> io::Result<Vec<u8>> {
        let control = self.control_connection()?;
        let mut request = Vec::new();
        encode_request(&mut request, words);
        self.send(control, &request)?;
        self.settle()?;
        let bytes = self.receive(control)?.bytes;
        match decode(&bytes) {
            Ok(Some(_)) => Ok(bytes),
            _ => Err(io::Error::other(format!("no answer to {words:?}"))),
        }
    }
}

fn fd(connection: Connection) -> Fd {
    Fd(connection.0 as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::play;
    use crate::transcript::Transcript;
    use resplay_base::{DiskOp, Handle, OpId};

    /// A node that appends what it hears to a file, and answers when that is done: `q` with the end of the
    /// connection, `l` twenty milliseconds later, all else at once.
    #[derive(Default)]
    struct Toy {
        heard: BTreeMap<u64, (Fd, u8)>,
        unsent: BTreeMap<Fd, Vec<u8>>,
        late: Option<(Mono, Fd)>,
    }

    impl Toy {
        fn answer(&mut self, host: &mut dyn Host, fd: Fd) {
            self.unsent.entry(fd).or_default().extend_from_slice(b"+OK\r\n");
            host.effect(Effect::Send { fd });
        }

        fn hear(&mut self, host: &mut dyn Host, fd: Fd, bytes: &[u8]) {
            let op = OpId(self.heard.len() as u64);
            // Commands come as multibulk requests; the letter is the last byte before CR LF.
            self.heard.insert(op.0, (fd, bytes[bytes.len() - 3]));
            host.effect(Effect::Disk {
                op,
                what: DiskOp::Append { handle: Handle(1), bytes: bytes.to_vec() },
            });
        }

        fn heard(&mut self, host: &mut dyn Host, op: OpId) {
            match self.heard.get(&op.0) {
                Some(&(fd, b'l')) => self.late = Some((host.now().mono + Duration::from_millis(20), fd)),
                Some(&(fd, b'q')) => host.effect(Effect::Close { fd }),
                Some(&(fd, _)) => self.answer(host, fd),
                None => {}
            }
        }
    }

    impl Node for Toy {
        fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
            match input {
                Input::Boot(_) => {
                    let open =
                        DiskOp::Open { path: "log".into(), handle: Handle(1), create: true, truncate: false };
                    host.effect(Effect::Disk { op: OpId(u64::MAX), what: open });
                    host.effect(Effect::Listen { listener: Listener(0), at: Endpoint::tcp("*", 6379) });
                }
                Input::Data { fd, bytes } => self.hear(host, fd, bytes),
                Input::DiskDone(DiskDone { op, result }) => {
                    assert!(result.is_ok());
                    self.heard(host, op);
                }
                Input::Timer => {
                    if let Some((_, fd)) = self.late.take() {
                        self.answer(host, fd);
                    }
                }
                _ => {}
            }
        }
        fn sent(&mut self, fd: Fd, n: usize) {
            self.unsent.entry(fd).or_default().drain(..n);
        }
        fn unsent(&self, fd: Fd) -> &[u8] {
            self.unsent.get(&fd).map_or(&[], Vec::as_slice)
        }
        fn deadline(&self) -> Option<Mono> {
            self.late.map(|(at, _)| at)
        }
        fn resident_bytes(&self) -> u64 {
            0
        }
    }

    #[test]
    fn a_node_is_driven_through_disk_time_and_the_end_of_a_connection() {
        let text = "== t [resp2]\n> x\n< +OK\nb> l\nwait 19ms\nwait 1ms\nb< +OK\n> q\n<!\n";
        let transcript = Transcript::parse(text).expect("well formed");
        let mut target = InProcess::boot(Toy::default(), &[]).expect("it listens");
        let played = play(&transcript, &mut target).expect("it rests");
        assert_eq!(played.mismatches(&transcript), []);
        assert!(target.disk.bytes("log").is_some_and(|log| log.ends_with(b"$1\r\nq\r\n")));
    }

    #[test]
    fn a_node_that_does_not_listen_is_reported() {
        struct Deaf;
        impl Node for Deaf {
            fn handle(&mut self, host: &mut dyn Host, _: Input<'_>) {
                host.effect(Effect::Log { level: '#', text: "no".into() });
            }
            fn sent(&mut self, _: Fd, _: usize) {}
            fn unsent(&self, _: Fd) -> &[u8] {
                &[]
            }
            fn deadline(&self) -> Option<Mono> {
                None
            }
            fn resident_bytes(&self) -> u64 {
                0
            }
        }
        let why = InProcess::boot(Deaf, &[]).err().map(|error| error.to_string());
        assert!(why.is_some_and(|why| why.starts_with("does not listen; its log: # no")));
    }
}

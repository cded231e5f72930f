//! A server on a bench: time and disk are in the tester's hands.

use resplay_base::{
    Boot, CloseWhy, DiskDone, DiskError, DiskOk, DiskOp, Effect, Endpoint, Exit, Fd, Host, Input, Listener,
    Mono, Node, Now, OpId, Signal, WallUs, Work,
};
use resplay_conform::MemoryDisk;
use resplay_engine::Server;
use resplay_model::Model;
use resplay_resp::{Reply, decode, encode_request};
use std::collections::VecDeque;
use std::time::Duration;

const FD: Fd = Fd(7);
/// The time when a bench's clock shows zero.
pub const BOOT_WALL: WallUs = WallUs(1_767_225_600_000_000);

/// Whether an operation fails, and how.
pub type Fails = fn(&DiskOp) -> Option<DiskError>;

/// A server with one client. What it does to its disk takes place at once, but it hears of it only when it waits for it or
/// the tester says so. The reference model follows its journal.
pub struct Bench {
    server: Server,
    /// The reference model, unless the test sends what it does not know, such as strings that are made to look like
    /// HyperLogLogs.
    pub judge: Option<Model>,
    host: Quiet,
    /// Its files.
    pub disk: MemoryDisk,
    /// Which operations fail.
    pub fails: Fails,
    done: VecDeque<DiskDone>,
    awaited: Option<OpId>,
    out: Vec<u8>,
    /// Operations, in order, but for reads and appends.
    pub operations: Vec<String>,
    /// What it logged.
    pub log: Vec<String>,
    /// How it ended.
    pub exit: Option<Exit>,
}

#[derive(Default)]
struct Quiet {
    mono: Mono,
    effects: VecDeque<Effect>,
}

impl Host for Quiet {
    fn now(&self) -> Now {
        Now { mono: self.mono, wall: WallUs(BOOT_WALL.0 + (self.mono.0 / 1_000) as i64) }
    }

    fn charge(&mut self, work: Work) -> Mono {
        self.mono = self.mono + work.pause;
        self.mono
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }
}

impl Bench {
    /// A server that has just been started with these words and files.
    pub fn boot(words: &[&str], disk: MemoryDisk, at: Mono) -> Bench {
        Bench::start(words, disk, at, Some(Model::new()))
    }

    /// The same without a judge: see [`Bench::judge`].
    pub fn boot_unjudged(words: &[&str], disk: MemoryDisk, at: Mono) -> Bench {
        Bench::start(words, disk, at, None)
    }

    fn start(words: &[&str], disk: MemoryDisk, at: Mono, judge: Option<Model>) -> Bench {
        let mut server = Server::new();
        server.keep_journal(judge.is_some());
        let mut bench = Bench {
            server,
            judge,
            host: Quiet { mono: at, effects: VecDeque::new() },
            disk,
            fails: |_| None,
            done: VecDeque::new(),
            awaited: None,
            out: Vec::new(),
            operations: Vec::new(),
            log: Vec::new(),
            exit: None,
        };
        let args = words.iter().map(|word| (*word).to_string()).collect();
        bench.input(Input::Boot(Boot { args, config: None, seed: 5, pid: 9 }));
        bench.connect();
        bench
    }

    fn connect(&mut self) {
        let local = Endpoint::tcp("127.0.0.1", 6379);
        let peer = Endpoint::tcp("127.0.0.1", 40_000);
        self.input(Input::Accepted { fd: FD, listener: Listener(0), peer, local });
    }

    /// The client hangs up and comes back.
    pub fn reconnect(&mut self) {
        self.input(Input::Closed { fd: FD, why: CloseWhy::Eof });
        self.connect();
    }

    /// The time on its clock.
    pub fn now(&self) -> Mono {
        self.host.mono
    }

    /// Sends a command; the first reply that comes, if one comes.
    pub fn try_ask(&mut self, words: &[&[u8]]) -> Option<Reply> {
        let mut request = Vec::new();
        encode_request(&mut request, words);
        self.out.clear();
        self.input(Input::Data { fd: FD, bytes: &request });
        decode(&self.out).expect("well formed").map(|(reply, _)| reply)
    }

    /// Sends a command, told as one would type it, and shows its reply.
    pub fn ask(&mut self, command: &str) -> String {
        let words: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
        show(self.try_ask(&words))
    }

    /// A field of INFO persistence.
    pub fn info(&mut self, field: &str) -> String {
        let text = self.ask("INFO persistence");
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        let found = lines.filter(|(name, _)| *name == field).map(|(_, value)| value.to_string()).next();
        found.unwrap_or_else(|| format!("no {field}"))
    }

    /// The operating system asks it to end.
    pub fn terminate(&mut self) {
        self.input(Input::Signal(Signal::Term));
    }

    /// One operation that it does not wait for comes back; whether there was one.
    pub fn let_go(&mut self) -> bool {
        let Some(done) = self.done.pop_front() else { return false };
        self.input(Input::DiskDone(done));
        true
    }

    /// All operations come back.
    pub fn finish(&mut self) {
        while self.let_go() {}
    }

    /// Time passes, with its timers.
    pub fn wait(&mut self, duration: Duration) {
        let end = self.host.mono + duration;
        while let Some(at) = self.server.deadline().filter(|at| *at <= end && self.exit.is_none()) {
            self.host.mono = self.host.mono.max(at);
            self.input(Input::Timer);
            self.finish();
        }
        self.host.mono = end;
    }

    /// One input; what it waits for comes back at once.
    fn input(&mut self, input: Input<'_>) {
        self.call(input);
        self.bring_awaited();
        self.call(Input::Flush);
        while self.awaited.is_some() {
            self.bring_awaited();
            self.call(Input::Flush);
        }
    }

    fn bring_awaited(&mut self) {
        while let Some(op) = self.awaited.take() {
            let at = self.done.iter().position(|done| done.op == op).expect("it was started");
            let done = self.done.remove(at).expect("it is there");
            self.call(Input::DiskDone(done));
        }
    }

    fn call(&mut self, input: Input<'_>) {
        if self.exit.is_some() {
            return;
        }
        self.server.handle(&mut self.host, input);
        while let Some(effect) = self.host.effects.pop_front() {
            self.take_place(effect);
        }
        for entry in self.server.take_journal() {
            if let Some(model) = &mut self.judge {
                model.apply(&entry).unwrap_or_else(|mismatch| panic!("{mismatch}"));
            }
        }
    }

    fn take_place(&mut self, effect: Effect) {
        match effect {
            Effect::Disk { op, what } => {
                self.note(&what);
                let result = match (self.fails)(&what) {
                    Some(why) => Err(why),
                    None => self.disk.run(what),
                };
                self.done.push_back(DiskDone { op, result });
            }
            Effect::AwaitDisk { op } => self.awaited = Some(op),
            Effect::Log { level, text } => self.log.push(format!("{level} {text}")),
            Effect::Exit(exit) => self.exit = Some(exit),
            Effect::Send { fd } | Effect::Close { fd } => {
                self.out.extend_from_slice(self.server.unsent(fd));
                let n = self.server.unsent(fd).len();
                self.server.sent(fd, n);
            }
            _ => {}
        }
    }

    fn note(&mut self, what: &DiskOp) {
        let text = match what {
            DiskOp::Read { .. } | DiskOp::Append { .. } => return,
            DiskOp::Open { path, .. } => format!("open {path}"),
            DiskOp::Rename { from, to } => format!("rename {from} {to}"),
            DiskOp::Unlink { path } => format!("unlink {path}"),
            DiskOp::SyncDir { dir } => format!("syncdir {dir}"),
            DiskOp::Fsync { .. } => "fsync".to_string(),
            DiskOp::Close { .. } => "close".to_string(),
            other => format!("{other:?}"),
        };
        self.operations.push(text);
    }
}

/// A reply as a person reads it.
fn show(reply: Option<Reply>) -> String {
    match reply {
        None => String::new(),
        Some(Reply::Simple(bytes) | Reply::Bulk(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Some(Reply::Error(bytes)) => format!("-{}", String::from_utf8_lossy(&bytes)),
        Some(Reply::Int(int)) => int.to_string(),
        Some(Reply::Array(items)) => {
            items.into_iter().map(|item| show(Some(item))).collect::<Vec<_>>().join(" ")
        }
        Some(other) => format!("{other:?}"),
    }
}

/// A file in memory.
pub fn disk_with(path: &str, bytes: &[u8]) -> MemoryDisk {
    let mut disk = MemoryDisk::default();
    let handle = resplay_base::Handle(1);
    let open = DiskOp::Open { path: path.into(), handle, create: true, truncate: true };
    assert_eq!(disk.run(open), Ok(DiskOk::Done));
    disk.run(DiskOp::Append { handle, bytes: bytes.to_vec() }).expect("it takes everything");
    disk
}

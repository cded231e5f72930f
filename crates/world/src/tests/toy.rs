//! A node that does what a test tells it and notes what it is told; and a world of two of them.

use crate::{Config, HostId, HostProfile, World};
use resplay_base::{
    Boot, DiskOp, Effect, Endpoint, Fd, Host, Input, Listener, Mono, Node, OpId, Signal, Tag, Work,
};
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) const MS: u64 = 1_000_000;
pub(crate) const SECOND: u64 = 1_000 * MS;
pub(crate) const PORT: u16 = 6379;

/// Sends back what it gets (if `echo`), does what lies in `todo` when it gets a signal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Toy {
    pub(crate) echo: bool,
    pub(crate) todo: Vec<Effect>,
    pub(crate) unsent: BTreeMap<u32, Vec<u8>>,
    pub(crate) received: BTreeMap<u32, Vec<u8>>,
    /// What happened, with the node's monotonic milliseconds.
    pub(crate) seen: Vec<(u64, String)>,
    pub(crate) tick: Option<Duration>,
    pub(crate) next_tick: Option<Mono>,
    pub(crate) resident: u64,
    pub(crate) walls: Vec<i64>,
    /// Work to charge for each `Data`.
    pub(crate) work: Work,
    pub(crate) dirty: Vec<Fd>,
}

impl Node for Toy {
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
        let now = host.now();
        self.walls.push(now.wall.0);
        if !matches!(input, Input::Flush | Input::Data { .. }) {
            self.seen.push((now.mono.as_millis(), brief(&input)));
        }
        match input {
            Input::Boot(_) => self.next_tick = self.tick.map(|tick| now.mono + tick),
            Input::Timer => self.next_tick = self.tick.map(|tick| now.mono + tick),
            Input::Signal(_) => self.todo.drain(..).for_each(|effect| host.effect(effect)),
            Input::Data { fd, bytes } => {
                host.charge(self.work);
                self.received.entry(fd.0).or_default().extend_from_slice(bytes);
                if self.echo {
                    self.unsent.entry(fd.0).or_default().extend_from_slice(bytes);
                    self.dirty.push(fd);
                }
            }
            Input::Flush => self.dirty.drain(..).for_each(|fd| host.effect(Effect::Send { fd })),
            Input::Closed { fd, .. } => drop(self.unsent.remove(&fd.0)),
            _ => {}
        }
    }

    fn sent(&mut self, fd: Fd, n: usize) {
        drop(self.unsent.entry(fd.0).or_default().drain(..n));
    }

    fn unsent(&self, fd: Fd) -> &[u8] {
        self.unsent.get(&fd.0).map_or(&[], Vec::as_slice)
    }

    fn deadline(&self) -> Option<Mono> {
        self.next_tick
    }

    fn resident_bytes(&self) -> u64 {
        self.resident
    }
}

/// `Connected`, `Closed Eof`, `Wrote(5)`, …
fn brief(input: &Input<'_>) -> String {
    match input {
        Input::Closed { why, .. } => format!("Closed {why:?}"),
        Input::ConnectFailed { why, .. } => format!("ConnectFailed {why:?}"),
        Input::ListenFailed { why, .. } => format!("ListenFailed {why}"),
        Input::DiskDone(done) => format!("{:?}", done.result),
        other => format!("{other:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
    }
}

/// A world with an echo server and a client.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) world: World<Toy>,
    pub(crate) server: HostId,
    pub(crate) client: HostId,
}

impl Pair {
    pub(crate) fn new() -> Pair {
        Pair::with(1, Config::default())
    }

    pub(crate) fn with(seed: u64, config: Config) -> Pair {
        let mut world = World::with_config(seed, config);
        let server = Toy { echo: true, ..Toy::default() };
        let server = world.add_host("server", "10.0.0.1", HostProfile::default(), server, Boot::default());
        let client =
            world.add_host("client", "10.0.0.2", HostProfile::default(), Toy::default(), Boot::default());
        let mut pair = Pair { world, server, client };
        pair.tell(server, [Effect::Listen { listener: Listener(1), at: Endpoint::tcp("*", PORT) }]);
        pair.run(10);
        pair
    }

    /// The client's connection stands.
    pub(crate) fn connected() -> Pair {
        let mut pair = Pair::new();
        pair.connect();
        pair.run(10);
        assert_eq!(pair.last(pair.client), "Connected");
        pair
    }

    pub(crate) fn connect(&mut self) {
        self.tell(self.client, [Effect::Connect { tag: Tag(1), to: Endpoint::tcp("server", PORT) }]);
    }

    /// Has a node ask for something, after the time of one call.
    pub(crate) fn tell(&mut self, host: HostId, effects: impl IntoIterator<Item = Effect>) {
        self.toy(host).todo.extend(effects);
        self.world.signal(host, Signal::Int);
    }

    pub(crate) fn disk(&mut self, host: HostId, ops: impl IntoIterator<Item = DiskOp>) {
        let effects: Vec<Effect> =
            ops.into_iter().zip(1..).map(|(what, op)| Effect::Disk { op: OpId(op), what }).collect();
        self.tell(host, effects);
    }

    /// The client sends this on its first connection.
    pub(crate) fn say(&mut self, bytes: &[u8]) {
        self.say_on(FD, bytes);
    }

    pub(crate) fn say_on(&mut self, fd: Fd, bytes: &[u8]) {
        self.toy(self.client).unsent.entry(fd.0).or_default().extend_from_slice(bytes);
        self.tell(self.client, [Effect::Send { fd }]);
    }

    pub(crate) fn run(&mut self, ms: u64) {
        self.world.run_for(Duration::from_millis(ms));
    }

    pub(crate) fn toy(&mut self, host: HostId) -> &mut Toy {
        self.world.node_mut(host).expect("the process runs")
    }

    /// What the client got on its first connection.
    pub(crate) fn heard(&mut self) -> String {
        self.received(self.client)
    }

    pub(crate) fn received(&mut self, host: HostId) -> String {
        let received = self.toy(host).received.values().next().cloned().unwrap_or_default();
        String::from_utf8(received).expect("tests send text")
    }

    /// The last thing that a node was told, apart from the test's own signals.
    pub(crate) fn last(&self, host: HostId) -> String {
        self.told(host).pop().map(|(_, what)| what).unwrap_or_default()
    }

    /// What a node was told and when, in milliseconds, apart from the test's own signals.
    pub(crate) fn told(&self, host: HostId) -> Vec<(u64, String)> {
        let seen = &self.world.node(host).expect("the process runs").seen;
        seen.iter().filter(|(_, what)| what != "Signal").cloned().collect()
    }
}

/// The first descriptor of every process.
pub(crate) const FD: Fd = Fd(8);

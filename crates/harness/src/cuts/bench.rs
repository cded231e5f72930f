//! A fresh server on a disk image, in a small world of its own: it starts, and a client asks it.

use crate::format::NodePlan;
use crate::stage;
use resplay_base::journal::{Entry, Event};
use resplay_base::{Boot, Effect, Endpoint, Fd, Host, Input, Mono, Node, Tag, WallUs};
use resplay_engine::Server;
use resplay_resp::encode_request;
use resplay_world::{Config, DiskImage, HostId, HostProfile, World};

/// How long a start may take, and the answers to questions, in nanoseconds of the bench's world.
const PATIENCE_NS: u64 = 600_000_000_000;
/// How long the machine takes until the server starts again, in microseconds.
const REBOOT_US: i64 = 1_000_000;
/// What a server logs when it lets clients in.
const READY: &str = "Ready to accept connections";

/// Starts servers like one of a scenario.
pub(super) struct Bench<'p> {
    name: &'p str,
    plan: NodePlan,
    config: String,
    seed: u64,
}

/// How a start went.
pub(super) enum Start {
    /// Clients can come.
    Ready(Box<Fresh>),
    /// The process ended; its log.
    Refused(Vec<String>),
    /// Neither; its log.
    Stuck(Vec<String>),
}

/// A server that has started.
pub(super) struct Fresh {
    world: World<BenchNode>,
    host: HostId,
    port: u16,
}

impl<'p> Bench<'p> {
    /// For this server.
    pub(super) fn new(name: &'p str, plan: NodePlan, seed: u64) -> Bench<'p> {
        let config = stage::config_text(&plan);
        Bench { name, plan, config, seed }
    }

    /// The configuration file that servers are started with.
    pub(super) fn config(&self) -> &str {
        &self.config
    }

    /// Starts a server on this disk, a second after the machine's clock showed `wall`.
    pub(super) fn start(&self, image: &DiskImage, wall: WallUs) -> Start {
        let wall_start = WallUs(wall.0.saturating_add(REBOOT_US));
        let mut world = World::with_config(self.seed, Config { wall_start, ..Config::default() });
        let host = world.add_idle_host(self.name, "10.0.0.1", stage::profile(&self.plan));
        world.disk_mut(host).restore(image);
        let mut server = Server::new();
        server.keep_journal(true);
        world.restart(host, BenchNode::Server(Box::new(server)), stage::boot(&self.config, self.seed));
        let port = self.plan.config.get("port").and_then(|port| port.parse().ok()).unwrap_or(6379);
        let mut fresh = Fresh { world, host, port };
        let mut logged = 0;
        loop {
            let lines = fresh.world.logs(host);
            if lines[logged..].iter().any(|line| line.text.contains(READY)) {
                return Start::Ready(Box::new(fresh));
            }
            logged = lines.len();
            if fresh.world.exited(host).is_some() {
                return Start::Refused(fresh.log());
            }
            if fresh.world.now() > PATIENCE_NS || !fresh.world.step() {
                return Start::Stuck(fresh.log());
            }
        }
    }
}

impl Fresh {
    /// What the server did since it started, its loading first.
    pub(super) fn journal(&self) -> &[Entry] {
        match self.world.node(self.host) {
            Some(BenchNode::Server(server)) => server.journal(),
            _ => &[],
        }
    }

    /// What the server logged.
    pub(super) fn log(&self) -> Vec<String> {
        let lines = self.world.logs(self.host).iter();
        lines.map(|line| format!("{} {}", line.level, line.text)).collect()
    }

    /// A client connects and sends these requests; what the server did about it.
    pub(super) fn ask(&mut self, requests: &[Vec<Vec<u8>>]) -> Vec<Entry> {
        let from = self.journal().len();
        let mut unsent = Vec::new();
        for request in requests {
            let words: Vec<&[u8]> = request.iter().map(Vec::as_slice).collect();
            encode_request(&mut unsent, &words);
        }
        let to = Endpoint::tcp("10.0.0.1", self.port);
        let client = BenchNode::Client(Client { to, unsent, fd: None });
        self.world.add_host("client", "10.0.0.2", HostProfile::default(), client, Boot::default());
        let until_ns = self.world.now() + PATIENCE_NS;
        let is_command = |entry: &&Entry| matches!(entry.event, Event::Command { .. });
        while self.world.now() < until_ns
            && self.journal()[from..].iter().filter(is_command).count() < requests.len()
            && self.world.step()
        {}
        self.journal()[from..].to_vec()
    }
}

/// What runs on the bench.
enum BenchNode {
    Server(Box<Server>),
    Client(Client),
}

/// Connects, sends what it has, and listens to nothing: the server's journal has the answers.
struct Client {
    to: Endpoint,
    unsent: Vec<u8>,
    fd: Option<Fd>,
}

impl Node for BenchNode {
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
        match (self, input) {
            (BenchNode::Server(server), input) => server.handle(host, input),
            (BenchNode::Client(client), Input::Boot(_)) => {
                host.effect(Effect::Connect { tag: Tag(1), to: client.to.clone() });
            }
            (BenchNode::Client(client), Input::Connected { fd, .. }) => {
                client.fd = Some(fd);
                host.effect(Effect::Send { fd });
            }
            _ => {}
        }
    }
    fn sent(&mut self, fd: Fd, n: usize) {
        match self {
            BenchNode::Server(server) => server.sent(fd, n),
            BenchNode::Client(client) => drop(client.unsent.drain(..n)),
        }
    }
    fn unsent(&self, fd: Fd) -> &[u8] {
        match self {
            BenchNode::Server(server) => server.unsent(fd),
            BenchNode::Client(client) if client.fd == Some(fd) => &client.unsent,
            BenchNode::Client(_) => &[],
        }
    }
    fn deadline(&self) -> Option<Mono> {
        match self {
            BenchNode::Server(server) => server.deadline(),
            BenchNode::Client(_) => None,
        }
    }
    fn resident_bytes(&self) -> u64 {
        match self {
            BenchNode::Server(server) => server.resident_bytes(),
            BenchNode::Client(_) => 0,
        }
    }
}

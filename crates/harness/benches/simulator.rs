//! How many commands a second of wall time simulates on one core: one server, 50 busy clients, the digest on.
//! Once without a judge, once with the journal kept and the reference model replaying it.

#![expect(missing_docs, reason = "criterion's macro makes a public function without a comment")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use resplay_base::{Boot, CloseWhy, Effect, Endpoint, Fd, Host, Input, Mono, Node, Tag};
use resplay_engine::Server;
use resplay_model::Model;
use resplay_resp::encode_request;
use resplay_world::{HostProfile, World};
use std::collections::BTreeMap;
use std::hint::black_box;

const CLIENTS: u64 = 50;
const COMMANDS: u64 = 100_000;
/// How often the journal is handed to the model, as a long run would to bound its memory.
const JUDGED_AT_ONCE: usize = 10_000;

/// What runs on a host.
enum Process {
    Server(Box<Server>),
    Load(Load),
}

impl Process {
    fn node(&mut self) -> &mut dyn Node {
        match self {
            Process::Server(server) => &mut **server,
            Process::Load(load) => load,
        }
    }
}

impl Node for Process {
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
        self.node().handle(host, input);
    }
    fn sent(&mut self, fd: Fd, n: usize) {
        self.node().sent(fd, n);
    }
    fn unsent(&self, fd: Fd) -> &[u8] {
        match self {
            Process::Server(server) => server.unsent(fd),
            Process::Load(load) => load.unsent(fd),
        }
    }
    fn deadline(&self) -> Option<Mono> {
        match self {
            Process::Server(server) => server.deadline(),
            Process::Load(load) => load.deadline(),
        }
    }
    fn resident_bytes(&self) -> u64 {
        0
    }
}

/// Clients that send the next request as soon as they have the reply: SET and GET in turn, on 1,000 keys.
#[derive(Default)]
struct Load {
    connections: BTreeMap<Fd, Connection>,
    sent: u64,
    answered: u64,
}

#[derive(Default)]
struct Connection {
    out: Vec<u8>,
    received: usize,
    reads: bool,
}

/// `+OK` and `$16 …` with their line ends.
const SET_REPLY: usize = 5;
const GET_REPLY: usize = 23;

impl Load {
    fn request(&mut self, host: &mut dyn Host, fd: Fd) {
        if self.sent >= COMMANDS {
            return;
        }
        // Each client writes a key and then reads it back, so a GET always finds something.
        let key = format!("key:{:012}", u64::from(fd.0) * 20 + self.sent % 20);
        let connection = self.connections.entry(fd).or_default();
        let is_read = connection.reads;
        connection.reads = !is_read;
        let key = if is_read { format!("key:{:012}", u64::from(fd.0) * 20) } else { key };
        if is_read {
            encode_request(&mut connection.out, &[b"GETRANGE", key.as_bytes(), b"0", b"-1"]);
        } else {
            encode_request(&mut connection.out, &[b"SET", key.as_bytes(), b"abcdefghijklmnop"]);
        }
        self.sent += 1;
        host.effect(Effect::Send { fd });
    }

    fn received(&mut self, host: &mut dyn Host, fd: Fd, bytes: &[u8]) {
        let connection = self.connections.entry(fd).or_default();
        connection.received += bytes.len();
        // The reply that is awaited belongs to the request before the flag was turned.
        let whole = if connection.reads { SET_REPLY } else { GET_REPLY };
        if connection.received >= whole || bytes.ends_with(b"$0\r\n\r\n") {
            connection.received = 0;
            self.answered += 1;
            self.request(host, fd);
        }
    }
}

impl Node for Load {
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
        match input {
            Input::Boot(_) => {
                for client in 0..CLIENTS {
                    host.effect(Effect::Connect { tag: Tag(client), to: Endpoint::tcp("server", 6379) });
                }
            }
            Input::Connected { fd, .. } => self.request(host, fd),
            Input::ConnectFailed { tag, why: CloseWhy::Refused } => {
                host.effect(Effect::Connect { tag, to: Endpoint::tcp("server", 6379) });
            }
            Input::Data { fd, bytes } => self.received(host, fd, bytes),
            _ => {}
        }
    }
    fn sent(&mut self, fd: Fd, n: usize) {
        if let Some(connection) = self.connections.get_mut(&fd) {
            connection.out.drain(..n);
        }
    }
    fn unsent(&self, fd: Fd) -> &[u8] {
        self.connections.get(&fd).map_or(&[], |connection| &connection.out)
    }
    fn deadline(&self) -> Option<Mono> {
        None
    }
    fn resident_bytes(&self) -> u64 {
        0
    }
}

fn world(keeps_journal: bool) -> World<Process> {
    let mut world = World::new(1);
    let mut server = Server::new();
    server.keep_journal(keeps_journal);
    let boot = Boot { args: words("--protected-mode no --save"), ..Boot::default() };
    let boot = Boot { args: [boot.args, vec![String::new()]].concat(), ..boot };
    world.add_host("server", "10.0.0.1", HostProfile::default(), Process::Server(Box::new(server)), boot);
    let load = Process::Load(Load::default());
    world.add_host("load", "10.0.0.2", HostProfile::default(), load, Boot::default());
    world
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_string).collect()
}

fn answered(world: &World<Process>) -> u64 {
    match world.host("load").and_then(|host| world.node(host)) {
        Some(Process::Load(load)) => load.answered,
        _ => 0,
    }
}

/// Runs until every command is answered; the model, if there is one, sees the journal on the way.
fn run(mut world: World<Process>, mut model: Option<Model>) -> u64 {
    while answered(&world) < COMMANDS {
        for _ in 0..JUDGED_AT_ONCE {
            world.step();
        }
        if let Some(model) = &mut model {
            judge(&mut world, model);
        }
    }
    world.digest()
}

fn judge(world: &mut World<Process>, model: &mut Model) {
    let host = world.host("server").expect("the server's host");
    if let Some(Process::Server(server)) = world.node_mut(host) {
        for entry in server.take_journal() {
            model.apply(&entry).expect("the engine answers as the model does");
        }
    }
}

fn simulated_commands(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("simulated commands, 1 server, 50 clients");
    group.sample_size(10).throughput(Throughput::Elements(COMMANDS));
    group.bench_function("digest on, checks off", |bench| {
        bench.iter_with_setup(|| world(false), |world| black_box(run(world, None)));
    });
    group.bench_function("digest on, model on", |bench| {
        bench.iter_with_setup(|| world(true), |world| black_box(run(world, Some(Model::new()))));
    });
    group.finish();
}

criterion_group!(benches, simulated_commands);
criterion_main!(benches);

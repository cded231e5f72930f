//! How fast is the world? One server, some busy clients that send a small message and wait for its echo.
//!
//! `cargo run --release -p resplay-world --example ping [clients] [virtual seconds]`

use resplay_base::{Boot, Effect, Endpoint, Fd, Host, Input, Listener, Mono, Node, Tag, Work};
use resplay_world::{HostProfile, World};

const MESSAGE: &[u8] = b"*3\r\n$3\r\nSET\r\n$6\r\nkey:42\r\n$5\r\nvalue\r\n";
const WORK: Work =
    Work { commands: 1, elements: 0, bytes: MESSAGE.len() as u64, pause: std::time::Duration::ZERO };

#[derive(Clone, Debug, Default)]
struct Ping {
    client: bool,
    /// By descriptor: what is unsent, and whether a flush must ask to send it.
    outputs: Vec<Vec<u8>>,
    dirty: Vec<Fd>,
    messages: u64,
}

impl Ping {
    fn say(&mut self, fd: Fd, bytes: &[u8]) {
        let index = fd.0 as usize;
        if self.outputs.len() <= index {
            self.outputs.resize(index + 1, Vec::new());
        }
        self.outputs[index].extend_from_slice(bytes);
        self.dirty.push(fd);
        self.messages += 1;
    }
}

impl Node for Ping {
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
        match input {
            Input::Boot(_) if self.client => {
                host.effect(Effect::Connect { tag: Tag(1), to: Endpoint::tcp("server", 6379) });
            }
            Input::Boot(_) => {
                host.effect(Effect::Listen { listener: Listener(1), at: Endpoint::tcp("*", 6379) })
            }
            Input::Connected { fd, .. } => self.say(fd, MESSAGE),
            Input::Data { fd, bytes } => {
                host.charge(WORK);
                self.say(fd, bytes);
            }
            Input::Flush => self.dirty.drain(..).for_each(|fd| host.effect(Effect::Send { fd })),
            _ => {}
        }
    }

    fn sent(&mut self, fd: Fd, n: usize) {
        drop(self.outputs[fd.0 as usize].drain(..n));
    }

    fn unsent(&self, fd: Fd) -> &[u8] {
        self.outputs.get(fd.0 as usize).map_or(&[], Vec::as_slice)
    }

    fn deadline(&self) -> Option<Mono> {
        None
    }

    fn resident_bytes(&self) -> u64 {
        0
    }
}

#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a stopwatch around the world, not in it"
)]
fn main() {
    let mut args = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let (clients, seconds) = (args.next().unwrap_or(50), args.next().unwrap_or(20));
    let mut world = World::new(1);
    world.add_host("server", "10.0.0.1", HostProfile::default(), Ping::default(), Boot::default());
    for client in 0..clients {
        let (name, ip) = (format!("client-{client}"), format!("10.0.1.{client}"));
        let node = Ping { client: true, ..Ping::default() };
        world.add_host(&name, &ip, HostProfile::default(), node, Boot::default());
    }
    let started = std::time::Instant::now();
    world.run_until(seconds * 1_000_000_000);
    let took = started.elapsed().as_secs_f64();
    let server = world.host("server").and_then(|server| world.node(server)).map_or(0, |node| node.messages);
    let rate = |count: u64| count as f64 / took / 1e6;
    println!("{clients} clients, {seconds} s of virtual time in {took:.2} s; digest {:016x}", world.digest());
    println!("{:6.2} million requests a second", rate(server));
    println!("{:6.2} million inputs a second", rate(world.inputs()));
    println!("{:6.2} million events a second", rate(world.events()));
}

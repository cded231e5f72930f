//! A world for tests: application nodes joined by lossless links of one fixed latency, and a little server that
//! knows just enough commands. The real ones are tested where they are at home.

use crate::client::REDIS_PORT;
use crate::runtime::{AppNode, Context, TcpStream};
use resplay_base::{
    Boot, CloseWhy, Effect, Endpoint, Fd, Host, Input, Listener, Mono, Node, Now, Tag, WallUs, Work,
};
use resplay_resp::{Limits, Progress, Protocol, Reply, Requests, Writer};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

/// How long everything takes from host to host.
pub const LATENCY: Duration = Duration::from_millis(1);

/// Hosts by name, and what is on its way between them.
#[derive(Default)]
pub struct FakeWorld {
    hosts: BTreeMap<String, FakeHost>,
    events: BTreeMap<(Mono, u64), (String, Arrival)>,
    sequence: u64,
    pub now: Mono,
    /// Hosts that answer nothing, not even that nobody listens.
    pub silent: Vec<String>,
}

struct FakeHost {
    node: AppNode,
    listeners: BTreeMap<u16, Listener>,
    peers: BTreeMap<Fd, (String, Fd)>,
    fds: u32,
}

enum Arrival {
    Syn { from: String, tag: Tag, port: u16 },
    Ack { tag: Tag, result: Result<(String, Fd), CloseWhy> },
    Data { fd: Fd, bytes: Vec<u8> },
    Closed { fd: Fd, why: CloseWhy },
}

/// What a node sees during one call.
struct FakeCall {
    now: Mono,
    effects: Vec<Effect>,
}

impl Host for FakeCall {
    fn now(&self) -> Now {
        Now { mono: self.now, wall: WallUs(1_700_000_000_000_000 + (self.now.0 / 1000) as i64) }
    }

    fn charge(&mut self, _: Work) -> Mono {
        self.now
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

impl FakeWorld {
    /// Adds a host and boots it.
    pub fn add(&mut self, name: &str, node: AppNode) {
        let host = FakeHost { node, listeners: BTreeMap::new(), peers: BTreeMap::new(), fds: 0 };
        self.hosts.insert(name.to_owned(), host);
        self.input(name, Input::Boot(Boot::default()));
    }

    /// Takes a host away: its connections are reset, and nobody listens there until it is added again.
    pub fn crash(&mut self, name: &str) {
        let Some(host) = self.hosts.remove(name) else { return };
        for (peer, fd) in host.peers.into_values() {
            self.schedule(&peer, Arrival::Closed { fd, why: CloseWhy::Reset });
        }
    }

    pub fn node(&mut self, name: &str) -> &mut AppNode {
        &mut self.hosts.get_mut(name).expect("a host").node
    }

    /// Runs for that long.
    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.now = next.max(self.now);
            self.step();
        }
        self.now = end;
    }

    fn next(&self) -> Option<Mono> {
        let timers = self.hosts.values().filter_map(|host| host.node.deadline());
        timers.chain(self.events.keys().next().map(|key| key.0)).min()
    }

    fn step(&mut self) {
        if self.events.keys().next().is_some_and(|key| key.0 <= self.now) {
            let (_, (to, arrival)) = self.events.pop_first().expect("an event");
            return self.arrive(&to, arrival);
        }
        let due = |(_, host): &(&String, &FakeHost)| host.node.deadline().is_some_and(|due| due <= self.now);
        let (name, _) = self.hosts.iter().find(due).expect("a timer");
        self.input(&name.clone(), Input::Timer);
    }

    fn schedule(&mut self, to: &str, arrival: Arrival) {
        self.sequence += 1;
        self.events.insert((self.now + LATENCY, self.sequence), (to.to_owned(), arrival));
    }

    fn arrive(&mut self, to: &str, arrival: Arrival) {
        match arrival {
            Arrival::Syn { from, tag, port } => self.syn(to, from, tag, port),
            Arrival::Ack { tag, result } => self.ack(to, tag, result),
            Arrival::Data { fd, bytes } => self.input(to, Input::Data { fd, bytes: &bytes }),
            Arrival::Closed { fd, why } => {
                self.hosts.get_mut(to).and_then(|host| host.peers.remove(&fd));
                self.input(to, Input::Closed { fd, why });
            }
        }
    }

    fn syn(&mut self, to: &str, from: String, tag: Tag, port: u16) {
        if self.silent.iter().any(|name| name == to) {
            return;
        }
        let listening = self.hosts.get(to).and_then(|host| host.listeners.get(&port)).copied();
        let Some(listener) = listening else {
            return self.schedule(&from, Arrival::Ack { tag, result: Err(CloseWhy::Refused) });
        };
        // The connecting end's number is known when the answer arrives.
        let fd = self.hosts.get_mut(to).expect("checked").new_fd();
        self.schedule(&from, Arrival::Ack { tag, result: Ok((to.to_owned(), fd)) });
        let at = || Endpoint::tcp("10.0.0.1", port);
        self.input(to, Input::Accepted { fd, listener, peer: at(), local: at() });
    }

    fn ack(&mut self, to: &str, tag: Tag, result: Result<(String, Fd), CloseWhy>) {
        let (server, there) = match result {
            Ok(found) => found,
            Err(why) => return self.input(to, Input::ConnectFailed { tag, why }),
        };
        let Some(host) = self.hosts.get_mut(to) else { return };
        let here = host.new_fd();
        host.peers.insert(here, (server.clone(), there));
        if let Some(server) = self.hosts.get_mut(&server) {
            server.peers.insert(there, (to.to_owned(), here));
        }
        let at = || Endpoint::tcp("10.0.0.1", 1);
        self.input(to, Input::Connected { fd: here, tag, peer: at(), local: at() });
    }

    /// Gives one input to a node and carries out what it asks for.
    fn input(&mut self, name: &str, input: Input<'_>) {
        let Some(host) = self.hosts.get_mut(name) else { return };
        let mut call = FakeCall { now: self.now, effects: Vec::new() };
        host.node.handle(&mut call, input);
        call.effects.into_iter().for_each(|effect| self.carry_out(name, effect));
    }

    fn carry_out(&mut self, name: &str, effect: Effect) {
        let host = self.hosts.get_mut(name).expect("it just ran");
        match effect {
            Effect::Listen { listener, at: Endpoint::Tcp { port, .. } } => {
                host.listeners.insert(port, listener);
            }
            Effect::Connect { tag, to: Endpoint::Tcp { host: to, port } } => {
                self.schedule(&to, Arrival::Syn { from: name.to_owned(), tag, port });
            }
            Effect::Send { fd } => self.send(name, fd),
            Effect::Close { fd } | Effect::Reset { fd } => {
                if let Some((peer, fd)) = host.peers.remove(&fd) {
                    self.schedule(&peer, Arrival::Closed { fd, why: CloseWhy::Eof });
                }
            }
            _ => {}
        }
    }

    fn send(&mut self, name: &str, fd: Fd) {
        let host = self.hosts.get_mut(name).expect("it just ran");
        let bytes = host.node.unsent(fd).to_vec();
        host.node.sent(fd, bytes.len());
        if let Some((peer, fd)) = host.peers.get(&fd).cloned() {
            self.schedule(&peer, Arrival::Data { fd, bytes });
        }
    }
}

impl FakeHost {
    fn new_fd(&mut self) -> Fd {
        self.fds += 1;
        Fd(self.fds)
    }
}

/// The keys of a little server, to be looked at and changed by a test. They outlive a crash of the host.
#[derive(Clone, Default)]
pub struct Keys {
    pub values: Rc<RefCell<BTreeMap<Vec<u8>, Value>>>,
    /// SET is refused with the out-of-memory error.
    pub full: Rc<RefCell<bool>>,
}

/// A value, and when it expires.
type Value = (Vec<u8>, Option<Mono>);

/// A little server over those keys.
pub fn little_server(keys: &Keys) -> AppNode {
    let keys = keys.clone();
    AppNode::new("cache", 1, |context| async move {
        let mut listener = context.listen(REDIS_PORT);
        while let Ok(stream) = listener.accept().await {
            context.spawn(serve(context.clone(), keys.clone(), stream));
        }
    })
}

async fn serve(context: Context, keys: Keys, mut stream: TcpStream) {
    let (mut inbox, mut queued) = (Vec::new(), None);
    let mut requests = Requests::new(Limits::default());
    while stream.read(&mut inbox).await.is_ok() {
        let mut out = Vec::new();
        while let Ok(Progress::Complete { consumed }) = requests.advance(&inbox) {
            let args = resplay_resp::Args::new(&inbox, requests.spans());
            let words: Vec<Vec<u8>> = args.iter().map(<[u8]>::to_vec).collect();
            inbox.drain(..consumed);
            let reply = keys.transact(&words, &mut queued, context.mono());
            Writer { out: &mut out, protocol: Protocol::Resp3 }.reply(&reply);
        }
        if stream.write(&out).await.is_err() {
            return;
        }
    }
}

impl Keys {
    fn transact(&self, words: &[Vec<u8>], queued: &mut Option<Vec<Vec<Vec<u8>>>>, now: Mono) -> Reply {
        match (words[0].as_slice(), queued.take()) {
            (b"MULTI", _) => {
                *queued = Some(Vec::new());
                Reply::ok()
            }
            (b"EXEC", Some(all)) => Reply::Array(all.iter().map(|words| self.run(words, now)).collect()),
            (_, Some(mut all)) => {
                all.push(words.to_vec());
                *queued = Some(all);
                Reply::Simple(b"QUEUED".to_vec())
            }
            (_, None) => self.run(words, now),
        }
    }

    fn run(&self, words: &[Vec<u8>], now: Mono) -> Reply {
        let mut values = self.values.borrow_mut();
        values.retain(|_, (_, expires)| expires.is_none_or(|at| now < at));
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        match words.as_slice() {
            [b"HELLO" | b"WATCH" | b"UNWATCH", ..] => Reply::ok(),
            [b"GET", key] => values.get(*key).map_or(Reply::Null, |(value, _)| Reply::bulk(value.clone())),
            [b"SET", ..] if *self.full.borrow() => {
                Reply::Error(b"OOM command not allowed when used memory > 'maxmemory'.".to_vec())
            }
            [b"SET", key, _, b"NX", ..] if values.contains_key(*key) => Reply::Null,
            [b"SET", key, value, options @ ..] => {
                let ttl = options.iter().position(|word| *word == b"PX").map(|at| number(options[at + 1]));
                let expires = ttl.map(|ms| now + Duration::from_millis(ms));
                values.insert(key.to_vec(), (value.to_vec(), expires));
                Reply::ok()
            }
            [b"DEL", key] => Reply::Int(values.remove(*key).is_some().into()),
            [b"INCR", key] => add(&mut values, key, 1),
            [b"DECR", key] => add(&mut values, key, -1),
            [b"INCRBY", key, by] => add(&mut values, key, number(by)),
            [b"DECRBY", key, by] => add(&mut values, key, -number::<i64>(by)),
            [b"HINCRBY", key, field, by] => add(&mut values, &[*key, b"/", *field].concat(), number(by)),
            [b"HSET", key, field, value] => {
                values.insert([*key, b"/", *field].concat(), (value.to_vec(), None));
                Reply::Int(1)
            }
            [b"HGET", key, field] => {
                let value = values.get(&[*key, b"/", *field].concat());
                value.map_or(Reply::Null, |(value, _)| Reply::bulk(value.clone()))
            }
            [b"RPUSH", key, element] => {
                let (value, _) = values.entry(key.to_vec()).or_default();
                value.extend([element, &b" "[..]].concat());
                Reply::Int(items(value).count() as i64)
            }
            [b"LRANGE", key, ..] => Reply::Array(
                values.get(*key).map_or(vec![], |(value, _)| items(value).map(Reply::bulk).collect()),
            ),
            [b"INFO", ..] => Reply::bulk(format!("# Keyspace\r\nexpired_keys:{}\r\n", values.len())),
            [b"SLOWLOG", ..] => Reply::Array(vec![]),
            _ => Reply::Error(b"ERR unknown command".to_vec()),
        }
    }
}

/// A list, as the little server keeps it.
fn items(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b' ').filter(|item| !item.is_empty())
}

/// Adds to a number that is zero until somebody does.
fn add(values: &mut BTreeMap<Vec<u8>, Value>, key: &[u8], by: i64) -> Reply {
    let (value, _) = values.entry(key.to_vec()).or_default();
    let sum = number::<i64>(value) + by;
    *value = sum.to_string().into_bytes();
    Reply::Int(sum)
}

fn number<T: FromStr + Default>(text: &[u8]) -> T {
    str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or_default()
}

//! A history of several clients, and what the model makes of it.

use crate::generator::Generator;
use resplay_base::{Random, WallUs};
use resplay_conform::{Connection, InProcess, Target};
use resplay_engine::Server;
use resplay_model::{Mismatch, Model};
use resplay_resp::encode_request;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How many clients there are.
const CLIENTS: usize = 4;

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A client sends a command.
    Send { client: usize, words: Vec<Vec<u8>> },
    /// Time passes, in milliseconds.
    Wait { ms: u64 },
    /// A client hangs up, and comes back as a new one.
    Return { client: usize },
}

impl fmt::Display for Step {
    /// As one would type it into the `redis-cli` of that client.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Send { client, words } => {
                let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                write!(f, "client {client}> {}", words.join(" "))
            }
            Step::Wait { ms } => write!(f, "(wait {ms} ms)"),
            Step::Return { client } => write!(f, "(client {client} reconnects)"),
        }
    }
}

fn quoted(word: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"'\\".contains(byte);
    match !word.is_empty() && word.iter().all(is_plain) {
        true => String::from_utf8_lossy(word).into_owned(),
        false => format!("\"{}\"", word.escape_ascii()),
    }
}

/// What happens, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History(pub Vec<Step>);

impl History {
    /// So many steps, mostly commands of the first of these families.
    pub fn draw(seed: u64, families: &[&'static str], steps: usize) -> History {
        let mut generator = Generator::of(seed, families);
        let mut random = Random::stream(seed, "history");
        let mut step = || match random.below(200) {
            0..4 => Step::Wait { ms: [1, 2, 10, 29, 30, 31, 60, 1_100][random.index(8)] },
            4 => Step::Return { client: random.index(CLIENTS) },
            _ => {
                let (client, words) = generator.next(CLIENTS);
                Step::Send { client, words }
            }
        };
        History((0..steps).map(|_| step()).collect())
    }
}

/// Where a history went wrong.
#[derive(Clone, Debug)]
pub struct Failure {
    /// How many steps it took.
    pub steps: usize,
    /// What the model has against it.
    pub mismatch: Mismatch,
}

/// A server with its clients and its judge.
struct Stage {
    server: InProcess<Server>,
    clients: Vec<Connection>,
    model: Model,
    judged: usize,
}

impl Stage {
    fn new() -> Stage {
        let mut engine = Server::new();
        engine.keep_journal(true);
        let args = ["--save", "", "--appendonly", "no", "--enable-debug-command", "yes"].map(str::to_owned);
        let mut server = InProcess::boot(engine, &args).expect("the engine boots");
        let clients = (0..CLIENTS).map(|_| server.connect().expect("it listens")).collect();
        Stage { server, clients, model: Model::new(), judged: 0 }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Send { client, words } => self.send(*client, words),
            Step::Wait { ms } => self.server.wait(*ms).expect("it rests"),
            Step::Return { client } => {
                self.server.disconnect(self.clients[*client]);
                self.clients[*client] = self.server.connect().expect("it listens");
            }
        }
    }

    fn send(&mut self, client: usize, words: &[Vec<u8>]) {
        let mut request = Vec::new();
        encode_request(&mut request, words);
        let connection = self.clients[client];
        self.server.send(connection, &request).expect("it reads");
        self.server.settle().expect("it rests");
        if self.server.receive(connection).is_ok_and(|received| received.closed) {
            self.clients[client] = self.server.connect().expect("it listens");
        }
    }

    /// Shows the model what the journal has to tell since the last time.
    fn judge(&mut self) -> Result<(), Mismatch> {
        let entries = &self.server.node().journal()[self.judged..];
        self.judged += entries.len();
        entries.iter().try_for_each(|entry| self.model.apply(entry))
    }

    /// Reads everything that the model knows of, so that what is wrong without having shown is found too.
    fn sweep(&mut self) -> Result<(), Mismatch> {
        let keys: Vec<(u32, Vec<u8>, &str)> = (0..self.model.databases())
            .flat_map(|db| {
                self.model.keys(db).map(move |(key, item)| (db, key.to_vec(), item.value.type_name()))
            })
            .collect();
        self.clients[0] = self.server.connect().expect("it listens");
        for (db, key, type_name) in keys {
            let all: &[&str] = match type_name {
                "hash" => &["HGETALL", ""],
                "list" => &["LRANGE", "", "0", "-1"],
                "set" => &["SMEMBERS", ""],
                "zset" => &["ZRANGE", "", "0", "-1", "WITHSCORES"],
                "stream" => &["XRANGE", "", "-", "+"],
                _ => &["GET", ""],
            };
            let words = |words: &[&str]| -> Vec<Vec<u8>> {
                words
                    .iter()
                    .map(|word| if word.is_empty() { key.clone() } else { word.as_bytes().to_vec() })
                    .collect()
            };
            self.send(0, &words(&["SELECT", &db.to_string()]));
            self.send(0, &words(all));
            self.send(0, &words(&["OBJECT", "ENCODING", ""]));
            self.send(0, &words(&["PTTL", ""]));
            self.judge()?;
        }
        // The next command shows whether somebody still waits who should not.
        self.send(0, &[b"PING".to_vec()]);
        self.judge()
    }
}

/// Plays a history on a new server; where the model objects, or the engine panics, if one of them does.
pub fn play(history: &History) -> Option<Failure> {
    let mut done = 0;
    let told = catch_unwind(AssertUnwindSafe(|| {
        let mut stage = Stage::new();
        for step in &history.0 {
            done += 1;
            stage.step(step);
            stage.judge()?;
        }
        stage.sweep()
    }));
    match told {
        Ok(verdict) => verdict.err().map(|mismatch| Failure { steps: done, mismatch }),
        Err(panic) => {
            let got = panic.downcast_ref::<String>().map(String::as_str);
            let got = got.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned();
            let (what, expected) = ("the last command".to_owned(), "no panic".to_owned());
            let mismatch = Mismatch { at: WallUs(0), what, expected, got, before: Vec::new() };
            Some(Failure { steps: done, mismatch })
        }
    }
}

//! The engine in this process with several clients, and the reference model that judges all it does.

use crate::inprocess::InProcess;
use crate::target::{Connection, Target};
use resplay_base::Work;
use resplay_engine::Server;
use resplay_model::{Mismatch, Model};
use resplay_resp::{Reply, decode, encode_request};

/// Where values are restored: a key that no history uses.
const COPY: &[u8] = b"a copy of the key";

/// A server with its clients and its judge. A client that the server hangs up on comes back as a new one.
///
/// Panics where the engine does, and where it never comes to rest.
pub struct Judged {
    server: InProcess<Server>,
    clients: Vec<Connection>,
    model: Model,
    judged: usize,
}

impl Judged {
    /// A server that was just started with these words besides those that keep it off the disk, and so many clients.
    pub fn start(args: &[&str], clients: usize) -> Judged {
        let mut engine = Server::new();
        engine.keep_journal(true);
        let args = [&["--save", "", "--appendonly", "no"], args].concat();
        let args: Vec<String> = args.into_iter().map(str::to_owned).collect();
        let mut server = InProcess::boot(engine, &args).expect("the engine boots");
        let clients = (0..clients).map(|_| server.connect().expect("it listens")).collect();
        Judged { server, clients, model: Model::new(), judged: 0 }
    }

    /// A client sends a command; what comes back, or was still to be heard.
    pub fn send<W: AsRef<[u8]>>(&mut self, client: usize, words: &[W]) -> Vec<u8> {
        let mut request = Vec::new();
        encode_request(&mut request, words);
        let connection = self.clients[client];
        self.server.send(connection, &request).expect("it reads");
        self.server.settle().expect("it rests");
        let received = self.server.receive(connection).unwrap_or_default();
        if received.closed {
            self.clients[client] = self.server.connect().expect("it listens");
        }
        received.bytes
    }

    /// Time passes, in milliseconds.
    pub fn wait(&mut self, ms: u64) {
        self.server.wait(ms).expect("it rests");
    }

    /// A client hangs up, and comes back as a new one.
    pub fn reconnect(&mut self, client: usize) {
        self.server.disconnect(self.clients[client]);
        self.clients[client] = self.server.connect().expect("it listens");
    }

    /// Shows the model what the journal has to tell since the last time.
    pub fn judge(&mut self) -> Result<(), Mismatch> {
        let entries = &self.server.node().journal()[self.judged..];
        self.judged += entries.len();
        entries.iter().try_for_each(|entry| self.model.apply(entry))
    }

    /// Reads everything that the model knows of, and dumps and restores it, so that what is wrong without having shown is
    /// found too.
    pub fn sweep(&mut self) -> Result<(), Mismatch> {
        let keys: Vec<(u32, Vec<u8>, &str)> = (0..self.model.databases())
            .flat_map(|db| {
                self.model.keys(db).map(move |(key, item)| (db, key.to_vec(), item.value.type_name()))
            })
            .collect();
        self.clients[0] = self.server.connect().expect("it listens");
        for (db, key, type_name) in keys {
            self.send(0, &["SELECT", &db.to_string()]);
            self.look(&key, type_name);
            self.send(0, &[&b"PTTL"[..], &key]);
            self.judge()?;
            if let Ok(Some((Reply::Bulk(payload), _))) = decode(&self.send(0, &[&b"DUMP"[..], &key])) {
                self.send(0, &[&b"RESTORE"[..], COPY, b"0", &payload, b"REPLACE"]);
                self.look(COPY, type_name);
                self.send(0, &[&b"DEL"[..], COPY]);
            }
            self.judge()?;
        }
        // The next command shows whether somebody still waits who should not.
        self.send(0, &["PING"]);
        self.judge()
    }

    /// Elements and bytes of all that the server did so far.
    pub fn work(&self) -> Work {
        self.server.work()
    }

    /// What MEMORY USAGE says of all keys together.
    pub fn memory_of_keys(&mut self) -> u64 {
        self.of_each_key(|stage, key| {
            match decode(&stage.send(0, &[&b"MEMORY"[..], b"USAGE", key, b"SAMPLES", b"0"])) {
                Ok(Some((Reply::Int(bytes), _))) => bytes as u64,
                _ => 0,
            }
        })
        .into_iter()
        .sum()
    }

    /// How many nodes all lists have together, as DEBUG OBJECT says.
    pub fn nodes_of_lists(&mut self) -> u64 {
        let nodes = self.of_each_key(|stage, key| {
            let told = stage.send(0, &[&b"DEBUG"[..], b"OBJECT", key]);
            let told = String::from_utf8_lossy(&told);
            let count = told.split_once("ql_nodes:").and_then(|(_, rest)| rest.split(' ').next());
            count.and_then(|count| count.parse().ok()).unwrap_or(0)
        });
        nodes.into_iter().sum()
    }

    /// What DUMP says of all keys.
    pub fn dumps(&mut self) -> Vec<Vec<u8>> {
        let dumps = self.of_each_key(|stage, key| match decode(&stage.send(0, &[&b"DUMP"[..], key])) {
            Ok(Some((Reply::Bulk(payload), _))) => Some(payload.to_vec()),
            _ => None,
        });
        dumps.into_iter().flatten().collect()
    }

    /// Asks something of each key of the first database, in the order of their names.
    fn of_each_key<R>(&mut self, mut ask: impl FnMut(&mut Judged, &[u8]) -> R) -> Vec<R> {
        self.clients[0] = self.server.connect().expect("it listens");
        let Ok(Some((Reply::Array(keys), _))) = decode(&self.send(0, &["KEYS", "*"])) else {
            return Vec::new();
        };
        let names = keys.into_iter().filter_map(|key| match key {
            Reply::Bulk(name) => Some(name.to_vec()),
            _ => None,
        });
        let mut names: Vec<Vec<u8>> = names.collect();
        names.sort();
        names.iter().map(|name| ask(self, name)).collect()
    }

    /// Asks for all that a key has.
    fn look(&mut self, key: &[u8], type_name: &str) {
        let all: &[&[u8]] = match type_name {
            "hash" => &[b"HGETALL", key],
            "list" => &[b"LRANGE", key, b"0", b"-1"],
            "set" => &[b"SMEMBERS", key],
            "zset" => &[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"],
            "stream" => &[b"XRANGE", key, b"-", b"+"],
            _ => &[b"GET", key],
        };
        self.send(0, all);
        self.send(0, &[&b"OBJECT"[..], b"ENCODING", key]);
    }
}

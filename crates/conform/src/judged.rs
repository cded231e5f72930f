//! The engine in this process with several clients, and the reference model that judges all it does.

use crate::inprocess::InProcess;
use crate::target::{Connection, Target};
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

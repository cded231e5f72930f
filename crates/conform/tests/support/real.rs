//! A real server that a test talks to, and whose files it sees.

use crate::switch::is_set;
use resplay_conform::{Connection, Oracle, OracleError, Target, Tcp};
use resplay_resp::{Reply, decode, encode_request};
use std::path::{Path, PathBuf};

/// Whoever waits so often for more to come waits for nothing. One that nothing comes to takes a second.
const ROUNDS_MAX: usize = 60;

/// A real server with one client, that keeps its files where the test sees them.
pub struct Real {
    oracle: Oracle,
    tcp: Tcp,
    client: Connection,
}

impl Real {
    /// Starts it; `None` if it is not installed and need not be.
    pub fn start(program: &str, version: &str, args: &[&str]) -> Option<Real> {
        let args: Vec<String> = args.iter().map(|word| (*word).to_owned()).collect();
        let oracle = match Oracle::start(program, version, &args) {
            Err(OracleError::Missing(_)) if !is_set("RESPLAY_REQUIRE_ORACLES") => return None,
            oracle => oracle.expect("the real server runs"),
        };
        let mut tcp = oracle.connect().expect("it answers");
        let client = tcp.connect().expect("it takes clients");
        Some(Real { oracle, tcp, client })
    }

    /// Sends commands in one go; a reply for each, however long they take.
    pub fn ask_each<W: AsRef<[u8]>>(&mut self, commands: &[Vec<W>]) -> Vec<Reply> {
        let (mut request, mut bytes, mut replies) = (Vec::new(), Vec::new(), Vec::new());
        commands.iter().for_each(|words| encode_request(&mut request, words));
        if !commands.is_empty() {
            self.tcp.send(self.client, &request).expect("it listens");
        }
        let mut rounds = 0;
        while replies.len() < commands.len() {
            rounds += 1;
            assert!(
                rounds < ROUNDS_MAX,
                "no reply to {:?}",
                commands[replies.len()].iter().map(AsRef::as_ref).collect::<Vec<_>>()
            );
            self.tcp.expect(self.client).expect("it answers");
            let received = self.tcp.receive(self.client).expect("it answers");
            assert!(!received.closed, "the server hung up");
            if !received.bytes.is_empty() {
                rounds = 0;
            }
            bytes.extend(received.bytes);
            let mut used = 0;
            while let Some((reply, len)) = decode(&bytes[used..]).expect("well formed") {
                replies.push(reply);
                used += len;
            }
            bytes.drain(..used);
        }
        replies
    }

    /// Sends a command; its reply.
    pub fn ask(&mut self, words: &[&[u8]]) -> Reply {
        self.ask_each(&[words.to_vec()]).remove(0)
    }

    /// A command that succeeds.
    pub fn do_it(&mut self, words: &[&[u8]]) {
        let reply = self.ask(words);
        assert!(!reply.is_error(), "{reply:?} to {words:?}");
    }

    /// Where it keeps its files.
    pub fn dir(&self) -> &Path {
        self.oracle.dir()
    }

    /// Where SAVE writes to.
    pub fn file(&self) -> PathBuf {
        self.dir().join("dump.rdb")
    }

    /// What SAVE writes.
    pub fn saved(&mut self) -> Vec<u8> {
        self.do_it(&[b"SAVE"]);
        std::fs::read(self.file()).expect("it was saved")
    }

    /// Replaces its data by what is in this file.
    pub fn read(&mut self, file: &[u8]) {
        std::fs::write(self.file(), file).expect("written");
        self.do_it(&[b"DEBUG", b"RELOAD", b"NOSAVE"]);
    }
}

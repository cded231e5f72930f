//! A real server that a test talks to, and whose files it sees.

use crate::switch::is_set;
use resplay_conform::{Connection, Oracle, OracleError, Target, Tcp};
use resplay_resp::{Reply, decode, encode_request};
use std::path::PathBuf;

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

    /// Sends bytes; what comes back.
    pub fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.tcp.send(self.client, bytes).expect("it listens");
        self.tcp.settle().expect("it answers");
        self.tcp.receive(self.client).expect("it answers").bytes
    }

    /// Sends a command; its reply.
    pub fn ask(&mut self, words: &[&[u8]]) -> Reply {
        let mut request = Vec::new();
        encode_request(&mut request, words);
        match decode(&self.send(&request)) {
            Ok(Some((reply, _))) => reply,
            other => panic!("{other:?} to {words:?}"),
        }
    }

    /// A command that succeeds.
    pub fn do_it(&mut self, words: &[&[u8]]) {
        let reply = self.ask(words);
        assert!(!reply.is_error(), "{reply:?} to {words:?}");
    }

    /// DEBUG DIGEST.
    pub fn digest(&mut self) -> String {
        match self.ask(&[b"DEBUG", b"DIGEST"]) {
            Reply::Simple(digest) => String::from_utf8(digest).expect("hexadecimal digits"),
            other => panic!("no digest but {other:?}"),
        }
    }

    /// Where SAVE writes to.
    pub fn file(&self) -> PathBuf {
        self.oracle.dir().join("dump.rdb")
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

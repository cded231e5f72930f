//! Where the corpus is played: a server of one's own for each transcript, or somebody else's.

use crate::guest::Guest;
use crate::inprocess::InProcess;
use crate::oracle::{Oracle, OracleError};
use crate::target::Target;
use crate::tcp::Tcp;
use crate::transcript::{Case, Transcript};
use resplay_base::Node;
use std::io;

/// A place that is made ready for each transcript.
pub trait Stage {
    /// What `divergences.toml` calls the server.
    fn server(&self) -> &str;
    /// Makes ready for a transcript; the reason where it cannot be played here.
    fn set(&mut self, transcript: &Transcript) -> io::Result<Result<(), String>>;
    /// The server, once it is set.
    fn target(&mut self) -> io::Result<&mut dyn Target>;
    /// Why a case is not played here, if so.
    fn refuses(&self, case: &Case) -> Option<String> {
        let _ = case;
        None
    }
}

/// A node in this process, booted for each transcript.
pub struct Booted<N, F> {
    boot: F,
    target: Option<InProcess<N>>,
}

impl<N: Node, F: Fn() -> N> Booted<N, F> {
    /// `boot` makes a node that has not started yet.
    pub fn new(boot: F) -> Booted<N, F> {
        Booted { boot, target: None }
    }
}

impl<N: Node, F: Fn() -> N> Stage for Booted<N, F> {
    fn server(&self) -> &str {
        "resplay"
    }

    fn set(&mut self, transcript: &Transcript) -> io::Result<Result<(), String>> {
        self.target = Some(InProcess::boot((self.boot)(), &args(transcript))?);
        Ok(Ok(()))
    }

    fn target(&mut self) -> io::Result<&mut dyn Target> {
        let target = self.target.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        Ok(target)
    }
}

/// A real server, started for each transcript.
pub struct Started {
    program: &'static str,
    version: &'static str,
    running: Option<(Tcp, Oracle)>,
}

impl Started {
    /// `program` must be of this version; whether it is there is seen at the first transcript.
    pub fn new(program: &'static str, version: &'static str) -> Started {
        Started { program, version, running: None }
    }

    /// Whether the program is missing on this machine.
    pub fn is_missing(&self) -> bool {
        matches!(Oracle::start(self.program, self.version, &[]), Err(OracleError::Missing(_)))
    }
}

impl Stage for Started {
    fn server(&self) -> &str {
        self.program
    }

    fn set(&mut self, transcript: &Transcript) -> io::Result<Result<(), String>> {
        let oracle =
            Oracle::start(self.program, self.version, &args(transcript)).map_err(io::Error::other)?;
        self.running = Some((oracle.connect()?, oracle));
        Ok(Ok(()))
    }

    fn target(&mut self) -> io::Result<&mut dyn Target> {
        let (target, _) = self.running.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        Ok(target)
    }
}

/// Commands that a server which belongs to somebody else is not sent.
const DANGEROUS: [&str; 10] = [
    "SHUTDOWN",
    "DEBUG",
    "REPLICAOF",
    "SLAVEOF",
    "FAILOVER",
    "SAVE",
    "BGSAVE",
    "BGREWRITEAOF",
    "CONFIG REWRITE",
    "MODULE LOAD",
];

impl Stage for Guest {
    fn server(&self) -> &str {
        self.identity().ledger
    }

    fn set(&mut self, transcript: &Transcript) -> io::Result<Result<(), String>> {
        self.configure(&transcript.settings)
    }

    fn target(&mut self) -> io::Result<&mut dyn Target> {
        Ok(self.tcp())
    }

    fn refuses(&self, case: &Case) -> Option<String> {
        let requests = || case.steps().flat_map(|step| step.requests());
        let is_about_passwords = |words: Vec<Vec<u8>>| {
            let is = |word: &Vec<u8>, other: &str| word.eq_ignore_ascii_case(other.as_bytes());
            words.first().is_some_and(|word| is(word, "AUTH") || is(word, "RESET"))
                || words.iter().skip(1).any(|word| is(word, "AUTH") || is(word, "requirepass"))
        };
        if self.has_password() && requests().any(is_about_passwords) {
            return Some("it is about a server without a password".into());
        }
        let names = requests().filter_map(|words| {
            let word = |index: usize| {
                words.get(index).map(|word| String::from_utf8_lossy(word).to_ascii_uppercase())
            };
            let (first, second) = (word(0)?, word(1).unwrap_or_default());
            DANGEROUS.iter().find(|name| **name == first || **name == format!("{first} {second}"))
        });
        let name = names.into_iter().next()?;
        Some(format!("{name} could stop the server or write its files"))
    }
}

/// What a server is started with: nothing on disk, then the transcript's own settings.
pub fn args(transcript: &Transcript) -> Vec<String> {
    let mut args: Vec<String> = ["--save", "", "--appendonly", "no"].map(str::to_owned).to_vec();
    for (name, value) in &transcript.settings {
        args.extend([format!("--{name}"), value.clone()]);
    }
    args
}

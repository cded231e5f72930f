//! A history of several clients, and what the model makes of it.

use crate::generator::Generator;
use resplay_base::{Random, WallUs};
use resplay_conform::Judged;
use resplay_model::Mismatch;
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
        let mut in_multi = [false; CLIENTS];
        let mut step = || match random.below(200) {
            0..4 => Step::Wait { ms: [1, 2, 10, 29, 30, 31, 60, 1_100][random.index(8)] },
            4 => {
                let client = random.index(CLIENTS);
                in_multi[client] = false;
                Step::Return { client }
            }
            _ => {
                let (client, words) = generator.next(CLIENTS);
                Step::Send { client, words: outside_transactions(&mut in_multi[client], words) }
            }
        };
        History((0..steps).map(|_| step()).collect())
    }
}

/// A change of the configuration inside a transaction becomes a PING: what expires while the transaction runs stands in
/// the journal before it, where nobody can tell what was configured at that moment.
fn outside_transactions(in_multi: &mut bool, words: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    match words[0].to_ascii_uppercase().as_slice() {
        b"MULTI" => *in_multi = true,
        b"EXEC" => *in_multi = false,
        // With a word too many they are refused, and the transaction goes on.
        b"DISCARD" | b"RESET" if words.len() == 1 => *in_multi = false,
        b"CONFIG" if *in_multi => return vec![b"PING".to_vec()],
        _ => {}
    }
    words
}

/// Where a history went wrong.
#[derive(Clone, Debug)]
pub struct Failure {
    /// How many steps it took.
    pub steps: usize,
    /// What the model has against it.
    pub mismatch: Mismatch,
}

/// Does one step, and judges nothing.
pub fn take(stage: &mut Judged, step: &Step) {
    match step {
        Step::Send { client, words } => drop(stage.send(*client, words)),
        Step::Wait { ms } => stage.wait(*ms),
        Step::Return { client } => stage.reconnect(*client),
    }
}

/// Plays a history on a new server; where the model objects, or the engine panics, if one of them does.
pub fn play(history: &History) -> Option<Failure> {
    let mut done = 0;
    let told = catch_unwind(AssertUnwindSafe(|| {
        let mut stage = Judged::start(&["--enable-debug-command", "yes"], CLIENTS);
        for step in &history.0 {
            done += 1;
            take(&mut stage, step);
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

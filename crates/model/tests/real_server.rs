//! The proof of the model: random commands go to the real server, and a journal made of its replies must satisfy
//! the model. Skips without `valkey-server`, unless `RESPLAY_REQUIRE_ORACLES=1` says that it must be there.

#[path = "real_server/client.rs"]
mod client;
#[path = "real_server/generator.rs"]
#[expect(dead_code, reason = "what takes several clients is for the argument with the engine")]
mod generator;

use client::{Client, RealServer};
use generator::Generator;
use resplay_base::WallUs;
use resplay_base::journal::{Entry, Event};
use resplay_model::{Mismatch, Model};

/// The model, kept in step with a real server.
struct Pair {
    model: Model,
    clients: Vec<Client>,
    /// A connection that the model does not know of, to look without being seen.
    probe: Client,
}

impl Pair {
    fn new(server: &RealServer, clients: usize) -> Pair {
        let mut model = Model::new();
        let boot = Event::Booted { databases: 16, config: vec![] };
        model.apply(&Entry { at: WallUs(0), event: boot }).expect("a boot is always fine");
        let mut clients: Vec<Client> = (0..clients).map(|_| server.connect()).collect();
        for client in &mut clients {
            let connected = Event::Connected { session: client.id };
            model.apply(&Entry { at: WallUs(0), event: connected }).expect("a connection is always fine");
        }
        Pair { model, clients, probe: server.connect() }
    }

    /// Sends a command and shows the model what came back. The clock is read before and after; where that leaves
    /// two milliseconds, either may explain the reply, and the times to live tell which.
    fn step(&mut self, client: usize, argv: Vec<Vec<u8>>) -> Result<(), Mismatch> {
        let client = &mut self.clients[client];
        let asked = client.timed(&argv);
        let event = Event::Command { session: client.id, argv, reply: asked.reply };
        if asked.from_ms == asked.to_ms || is_timeless(&self.model, &event) {
            return show(&mut self.model, asked.from_ms, &event);
        }
        let mut objection = None;
        for ms in asked.from_ms..=asked.to_ms {
            let mut model = self.model.clone();
            match show(&mut model, ms, &event) {
                Ok(()) if agrees(&mut self.probe, &model) => {
                    self.model = model;
                    return Ok(());
                }
                Ok(()) => {}
                Err(other) => objection = Some(other),
            }
        }
        Err(objection.expect("some millisecond explains the times to live"))
    }
}

fn show(model: &mut Model, ms: i64, event: &Event) -> Result<(), Mismatch> {
    let at = WallUs::from_millis(ms);
    match event {
        Event::Command { argv, reply, .. } if reply != b"+QUEUED\r\n" => reclaim(model, at, argv),
        _ => {}
    }
    model.apply(&Entry { at, event: event.clone() })
}

/// Whether the clock cannot matter: nothing has a time to live, and the command gives none.
fn is_timeless(model: &Model, event: &Event) -> bool {
    let Event::Command { argv, .. } = event else { return false };
    let says_time = |word: &Vec<u8>| {
        let word = word.to_ascii_uppercase();
        ["EX", "PX", "EXEC", "XADD", "XCLAIM", "XAUTOCLAIM", "XREADGROUP", "XPENDING", "XINFO"]
            .iter()
            .any(|part| word.starts_with(part.as_bytes()))
            || word.windows(3).any(|part| part == b"EXP" || part == b"TEX")
    };
    let has_volatile =
        (0..model.databases()).any(|db| model.keys(db).any(|(_, item)| item.expires_at.is_some()));
    !has_volatile && !argv.iter().any(says_time)
}

/// A real server reclaims a dead key when a command names it, but WATCH looks without touching. In which database is
/// not followed here: reclaiming too much shows only in what counts dead keys, which the generator leaves alone.
fn reclaim(model: &mut Model, at: WallUs, argv: &[Vec<u8>]) {
    if argv[0].eq_ignore_ascii_case(b"WATCH") {
        return;
    }
    for db in 0..model.databases() {
        for key in &argv[1..] {
            if model.key(db, key).and_then(|item| item.expires_at).is_some_and(|when| when < at.as_millis()) {
                let event = Event::Expired { db, key: key.clone() };
                model.apply(&Entry { at, event }).expect("its time has passed");
            }
        }
    }
}

/// Whether every key of the model dies when the real server says it does.
fn agrees(probe: &mut Client, model: &Model) -> bool {
    (0..model.databases()).all(|db| {
        probe.ask(&words(&["SELECT", &db.to_string()]));
        model.keys(db).all(|(key, item)| {
            let reply = probe.ask(&[b"PEXPIRETIME".to_vec(), key.to_vec()]);
            let expected = format!(":{}\r\n", item.expires_at.unwrap_or(-1));
            reply == expected.as_bytes() || reply == b":-2\r\n"
        })
    })
}

fn words(words: &[&str]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

/// The first command on which the two disagree, in words.
fn run(seed: u64, commands: usize) -> Option<String> {
    let server = RealServer::start()?;
    let mut pair = Pair::new(&server, 3);
    let mut generator = Generator::new(seed);
    for number in 0..commands {
        let (client, argv) = generator.next(pair.clients.len());
        if let Err(mismatch) = pair.step(client, argv) {
            return Some(format!("seed {seed}, command {number}: {mismatch}"));
        }
    }
    None
}

#[track_caller]
fn run_all(seeds: std::ops::Range<u64>, commands: usize) {
    let found: Vec<String> = seeds.filter_map(|seed| run(seed, commands)).collect();
    assert!(found.is_empty(), "{} disagreements:\n{}", found.len(), found.join("\n\n"));
}

#[test]
fn the_model_agrees_with_the_real_server_on_random_commands() {
    run_all(1..4, 1_500);
}

/// `RESPLAY_MODEL_SEEDS=N` tries many more: for whoever changes the model.
#[test]
#[expect(clippy::disallowed_methods, reason = "a knob for people, read by a test alone")]
fn the_model_agrees_with_the_real_server_for_as_long_as_one_likes() {
    let seeds = std::env::var("RESPLAY_MODEL_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(0);
    run_all(100..100 + seeds, 2_000);
}

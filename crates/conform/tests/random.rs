//! Random histories to the engine in this process and to the real server: they must not be told apart.

#[path = "support/switch.rs"]
mod switch;

use resplay_conform::random::{Duel, history, show};
use resplay_conform::{Divergences, InProcess, Oracle, OracleError};
use resplay_engine::Server;
use resplay_resp::Protocol;
use std::collections::BTreeMap;
use switch::is_set;

/// Many short histories rather than one long one: each difference is found again and again otherwise.
const HISTORIES: u64 = 40;
const COMMANDS: usize = 300;

#[test]
fn random_commands_cannot_tell_the_engine_from_the_real_server() {
    // Small nodes, so that a few entries make several.
    let args = [
        "--save",
        "",
        "--appendonly",
        "no",
        "--enable-debug-command",
        "yes",
        "--stream-node-max-entries",
        "4",
    ]
    .map(str::to_owned);
    let oracle = match Oracle::start("valkey-server", "8.0.1", &args) {
        Err(OracleError::Missing(_)) if !is_set("RESPLAY_REQUIRE_ORACLES") => return,
        oracle => oracle.expect("valkey-server runs"),
    };
    let mut real = oracle.connect().expect("valkey-server answers");
    let mut own = InProcess::boot(Server::new(), &args).expect("the engine boots");
    let rows = Divergences::default();
    let mut duel = Duel::new([&mut own, &mut real], ["resplay", "valkey-server"], &rows);
    let known = duel.known().expect("both answer");
    let mut stories = BTreeMap::new();
    for seed in 1..=HISTORIES {
        for protocol in [Protocol::Resp2, Protocol::Resp3] {
            let steps = history(seed, COMMANDS, None, &|name| known.contains(name));
            let Some(found) = duel.play(&steps, protocol).expect("both answer") else { continue };
            let (short, last) = duel.shrink(&steps, protocol, found).expect("both answer");
            let story = format!("{}{}", show(&short), last.told_by(["the engine", "the real server"]));
            stories
                .entry(last.words[0].clone())
                .or_insert_with(|| format!("seed {seed}, {protocol:?}:\n{story}"));
        }
    }
    let stories: Vec<String> = stories.into_values().collect();
    assert!(stories.is_empty(), "{}", stories.join("\n"));
}

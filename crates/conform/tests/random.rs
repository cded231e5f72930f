//! Random commands to the engine in this process and to the real server: they must not be told apart.

use resplay_conform::random::{Words, commands, compare, show, shrink};
use resplay_conform::{InProcess, Oracle, OracleError, Target};
use resplay_engine::Server;
use resplay_resp::Protocol;
use std::collections::BTreeMap;
use std::io;

/// Many short sequences rather than one long one: each difference is found again and again otherwise.
const SEQUENCES: u64 = 40;
const COMMANDS: usize = 300;

#[test]
fn random_commands_cannot_tell_the_engine_from_the_real_server() {
    let args = ["--save", "", "--appendonly", "no"].map(str::to_owned);
    let oracle = match Oracle::start("valkey-server", "8.0.1", &args) {
        Err(OracleError::Missing(_)) if !is_set("RESPLAY_REQUIRE_ORACLES") => return,
        oracle => oracle.expect("valkey-server runs"),
    };
    let mut real = oracle.connect().expect("valkey-server answers");
    let mut own = InProcess::boot(Server::new(), &args).expect("the engine boots");
    let mut stories = BTreeMap::new();
    for seed in 1..=SEQUENCES {
        for protocol in [Protocol::Resp2, Protocol::Resp3] {
            let sequence = commands(seed, COMMANDS);
            if let Some((name, story)) = tell(&sequence, protocol, &mut own, &mut real).expect("both answer")
            {
                stories.entry(name).or_insert_with(|| format!("seed {seed}, {protocol:?}:\n{story}"));
            }
        }
    }
    let stories: Vec<String> = stories.into_values().collect();
    assert!(stories.is_empty(), "the engine, then the real server:\n{}", stories.join("\n\n"));
}

/// The shortest story that ends in a disagreement, and the command it ends with.
fn tell(
    sequence: &[Words],
    protocol: Protocol,
    own: &mut dyn Target,
    real: &mut dyn Target,
) -> io::Result<Option<(Vec<u8>, String)>> {
    let Some(found) = compare(sequence, protocol, [&mut *own, &mut *real])? else { return Ok(None) };
    let short = shrink(&sequence[..=found.index], protocol, [&mut *own, &mut *real])?;
    let last = compare(&short, protocol, [own, real])?.unwrap_or(found);
    let story: Vec<String> = short.iter().map(|words| show(words)).collect();
    Ok(Some((last.words[0].to_ascii_uppercase(), format!("{}\n{last}", story.join("\n")))))
}

#[expect(clippy::disallowed_methods, reason = "what is installed differs between machines, and CI insists")]
fn is_set(name: &str) -> bool {
    std::env::var(name).is_ok_and(|value| value == "1")
}

//! The law: the same seed and the same calls, the same digest; a clone goes on as the original does.

use super::toy::{Pair, Toy};
use crate::Config;
use resplay_base::{Boot, DiskOp, Handle};

/// A run with a bit of everything; returns the digest after each stage.
fn eventful(pair: &mut Pair) -> Vec<u64> {
    let mut digests = Vec::new();
    let open = DiskOp::Open { path: "log".into(), handle: Handle(1), create: true, truncate: false };
    pair.disk(pair.server, [open, DiskOp::Append { handle: Handle(1), bytes: b"some bytes".to_vec() }]);
    pair.connect();
    pair.run(10);
    for round in 0..20 {
        pair.say(format!("round {round}").as_bytes());
        match round {
            3 => drop(pair.world.cut(pair.client, pair.server)),
            6 => pair.world.heal(pair.client, pair.server),
            9 => drop(pair.world.pause(pair.server)),
            11 => pair.world.resume(pair.server),
            14 => drop(pair.world.power_loss(pair.server)),
            16 => pair.world.restart(pair.server, Toy::default(), Boot::default()),
            _ => {}
        }
        pair.run(700);
        digests.push(pair.world.digest());
    }
    digests
}

fn run(seed: u64, config: Config) -> Vec<u64> {
    eventful(&mut Pair::with(seed, config))
}

#[test]
fn the_same_seed_gives_the_same_digests_and_another_seed_others() {
    assert_eq!(run(1, Config::default()), run(1, Config::default()));
    assert_ne!(run(1, Config::default()).last(), run(2, Config::default()).last());
}

#[test]
fn shuffled_ties_repeat_too() {
    let config = Config { shuffle_ties: true, ..Config::default() };
    assert_eq!(run(1, config.clone()), run(1, config));
}

#[test]
fn a_clone_goes_on_exactly_as_the_original() {
    let mut pair = Pair::connected();
    pair.say(b"under way");
    pair.world.step();
    let mut clone = pair.clone();
    assert_eq!(eventful(&mut pair), eventful(&mut clone));
    assert_eq!(pair.world.events(), clone.world.events());
}

#[test]
fn the_digest_of_a_run_is_pinned_because_it_must_be_equal_on_all_machines() {
    assert_eq!(run(1, Config::default()).last(), Some(&PIN));
}

const PIN: u64 = 990_202_500_408_928_161;

#[test]
fn a_trace_shows_where_two_runs_part() {
    let traced = |word: &[u8]| {
        let mut pair = Pair::connected();
        pair.world.keep_trace(0, 1_000);
        pair.say(b"same");
        pair.run(1);
        pair.say(word);
        pair.run(1);
        pair.world.trace().cloned().collect::<Vec<_>>()
    };
    let (a, b) = (traced(b"this"), traced(b"that"));
    let (first, other) = a.iter().zip(&b).find(|(a, b)| a.digest != b.digest).expect("they differ");
    assert!(first.what.contains("this") && other.what.contains("that"), "{first:?} {other:?}");
}

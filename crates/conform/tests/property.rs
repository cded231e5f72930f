//! The engine against the reference model: random histories of several clients, a family per test. A history on
//! which they disagree is cut down to the few commands that matter and printed as one would type them.
//! `RESPLAY_PROPERTY_COMMANDS` is how many commands a family gets.

#[path = "property/costs.rs"]
mod costs;
#[path = "property/described.rs"]
mod described;
#[path = "support/generated.rs"]
mod generated;
#[path = "../../model/tests/real_server/generator.rs"]
#[expect(dead_code, reason = "it serves the argument with the real server as well")]
mod generator;
#[path = "property/history.rs"]
mod history;
#[path = "property/payloads.rs"]
mod payloads;
#[path = "property/shrink.rs"]
mod shrink;
#[path = "support/switch.rs"]
mod switch;

use generated::keep;
use generator::*;
use history::{History, play};
use shrink::shrink;

/// Commands in one history: a server is started for each, so that a history can be replayed on its own.
const STEPS: usize = 400;
/// Commands for each family unless told otherwise.
const COMMANDS: usize = 200_000;

/// What every family meets: keys that move and die, transactions, strings of the same names.
const COMPANY: &[&str] = &[KEYS, STRINGS, TRANSACTIONS];

#[expect(clippy::disallowed_methods, reason = "a knob for people, read by a test alone")]
fn commands() -> usize {
    let told = std::env::var("RESPLAY_PROPERTY_COMMANDS").ok();
    told.and_then(|text| text.parse().ok()).unwrap_or(COMMANDS)
}

#[track_caller]
fn holds(families: &[&'static str]) {
    hold(commands().div_ceil(STEPS), &[families, COMPANY].concat());
}

#[track_caller]
fn hold(histories: usize, families: &[&'static str]) {
    for seed in 0..histories as u64 {
        let history = History::draw(seed, families, STEPS);
        if play(&history).is_some() {
            panic!("seed {seed}:\n{}", shrink(history));
        }
    }
}

macro_rules! families {
    ($($name:ident: $($family:ident),+;)*) => {
        $(#[test]
        fn $name() {
            holds(&[$($family),+]);
        })*
    };
}

families! {
    strings_are_what_the_model_says: STRINGS;
    hashes_are_what_the_model_says: HASHES;
    keys_are_what_the_model_says: KEYS, HASHES;
    transactions_are_what_the_model_says: TRANSACTIONS, HASHES;
    lists_are_what_the_model_says: LISTS;
    sets_are_what_the_model_says: SETS;
    sorted_sets_are_what_the_model_says: ZSETS, SETS;
    blocked_clients_are_what_the_model_says: BLOCKING, LISTS, ZSETS;
    blocked_readers_are_what_the_model_says: BLOCKING_STREAMS, STREAMS;
    bitmaps_are_what_the_model_says: BITS;
    hyperloglogs_are_what_the_model_says: HYPERLOGLOGS;
    sorting_is_what_the_model_says: SORTING, LISTS, ZSETS;
    debugging_is_what_the_model_says: DEBUGGING, HYPERLOGLOGS;
    geo_is_what_the_model_says: GEO;
    streams_are_what_the_model_says: STREAMS;
    notifications_are_what_the_model_says: NOTIFICATIONS, HASHES, LISTS, SETS, ZSETS, BITS, SORTING;
    notifications_of_those_who_wait_are_what_the_model_says: BLOCKING, NOTIFICATIONS, STREAMS;
    messages_are_what_the_model_says: PUBSUB;
}

/// Fewer commands, since each does more.
#[test]
fn large_values_are_what_the_model_says() {
    hold(commands().div_ceil(4 * STEPS), &[LARGE, ZSETS, KEYS]);
}

#[test]
fn every_command_is_described_as_the_spec_says() {
    assert_eq!(described::misdescribed(), Vec::<String>::new());
}

#[test]
fn broken_payloads_are_refused_or_are_values() {
    for (seed, family) in
        (0..commands().div_ceil(10 * STEPS) as u64).zip([HASHES, SETS, ZSETS, LISTS, STREAMS].iter().cycle())
    {
        payloads::break_all(seed, &History::draw(seed, &[family, STRINGS], STEPS));
    }
}

#[test]
fn commands_cost_what_they_did() {
    keep("crates/conform/tests/property/costs.txt", &costs::table(), "property");
}

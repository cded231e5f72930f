//! What commands cost in the simulated world, where work is time: a change of it moves every later moment of every run.

use crate::generator::*;
use crate::history::{History, Step, take};
use resplay_conform::Judged;
use std::collections::BTreeMap;

/// Histories of each family.
const SEEDS: u64 = 12;
/// Commands in each.
const STEPS: usize = 600;
/// Besides those of the generator.
const MORE_FAMILIES: [&str; 4] = [BLOCKING, BLOCKING_STREAMS, PUBSUB, LARGE];

/// What a command did in all.
#[derive(Default)]
struct Cost {
    calls: u64,
    elements: u64,
    bytes: u64,
}

/// A line for each command: how often, elements visited, bytes copied; then how much memory all keys took in the end, and how
/// many nodes lists had.
pub fn table() -> String {
    let (mut costs, mut memory, mut nodes) = (BTreeMap::<String, Cost>::new(), 0, 0);
    for family in FAMILIES.iter().chain(&MORE_FAMILIES) {
        for seed in 0..SEEDS {
            let (bytes, of_lists) = add(&mut costs, &History::draw(seed, &[family, KEYS], STEPS));
            (memory, nodes) = (memory + bytes, nodes + of_lists);
        }
    }
    let lines = costs.iter().map(|(name, cost)| {
        format!("{name} calls={} elements={} bytes={}\n", cost.calls, cost.elements, cost.bytes)
    });
    lines.chain([format!("(all keys) memory={memory} nodes={nodes}\n")]).collect()
}

fn add(costs: &mut BTreeMap<String, Cost>, history: &History) -> (u64, u64) {
    let mut stage = Judged::start(&["--enable-debug-command", "yes"], 4);
    for step in &history.0 {
        let before = stage.work();
        take(&mut stage, step);
        let after = stage.work();
        let Step::Send { words, .. } = step else { continue };
        let name = String::from_utf8_lossy(&words[0]).to_ascii_uppercase();
        // What the generator spoilt is no command.
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_') {
            continue;
        }
        let cost = costs.entry(name).or_default();
        cost.calls += 1;
        cost.elements += after.elements - before.elements;
        cost.bytes += after.bytes - before.bytes;
    }
    (stage.memory_of_keys(), stage.nodes_of_lists())
}

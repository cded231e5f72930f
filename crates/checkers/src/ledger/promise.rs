//! What the configuration allows a crash to take.

use super::lives::Ending;
use crate::evidence::{EventKind, Evidence, SlowDisk};
use resplay_base::journal::{Entry, Event};
use std::fmt;

/// How often `everysec` syncs.
const SECOND_NS: u64 = 1_000_000_000;
/// How long appends wait for a slow fsync at most.
const POSTPONED_NS: u64 = 2 * SECOND_NS;
/// The real server looks at its timers ten times a second, so a sync may begin so much late.
const TICK_NS: u64 = 100_000_000;
/// How old the start of the last finished sync can be, if all syncs are fast.
const FAST_NS: u64 = SECOND_NS + TICK_NS;

/// Which acknowledged writes may be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// None at all.
    Nothing(String),
    /// Those acknowledged at most so long before.
    Last(u64),
    /// Any.
    Anything,
}

impl Promise {
    /// What held when the life ended.
    pub(super) fn of(ending: &Ending<'_>, evidence: &Evidence) -> Promise {
        let setting =
            |name, default| setting(ending, evidence, name).unwrap_or_else(|| String::from(default));
        if setting("appendonly", "no") != "yes" {
            return Promise::Anything;
        }
        let policy = setting("appendfsync", "everysec");
        if ending.kind == EventKind::PowerLost {
            let unsynced_ns = unsynced_ns(ending.node, ending.from_ns, ending.at_ns, evidence);
            return Promise::of_power_loss(&policy, unsynced_ns);
        }
        match policy.as_str() {
            "everysec" if appends_waited(ending, evidence) => Promise::Last(POSTPONED_NS + TICK_NS),
            _ => Promise::Nothing("a process that ends takes nothing along that was appended".to_owned()),
        }
    }

    /// What a power loss may take under this `appendfsync` when no sync is finished that began in the last `unsynced_ns`.
    pub(super) fn of_power_loss(policy: &str, unsynced_ns: u64) -> Promise {
        match policy {
            "no" => Promise::Anything,
            "everysec" => Promise::Last(unsynced_ns),
            _ => Promise::Nothing(format!("appendfsync {policy} promises to keep all")),
        }
    }

    /// Whether a write acknowledged so long before the end may be lost.
    pub(super) fn allows(&self, age_ns: u64) -> bool {
        match self {
            Promise::Nothing(_) => false,
            Promise::Last(span_ns) => age_ns <= *span_ns,
            Promise::Anything => true,
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Promise::Nothing(why) => f.write_str(why),
            Promise::Last(ns) => write!(f, "only the last {} ms may be lost", ns / 1_000_000),
            Promise::Anything => f.write_str("anything may be lost"),
        }
    }
}

/// How long before `at_ns` the last sync began that was finished by then, in the life that began at `from_ns`: what was
/// acknowledged since is on no disk for sure. A sync under way covers what was appended before it began, so only its end
/// makes this shorter; while an append hangs, no sync begins.
pub(super) fn unsynced_ns(node: &str, from_ns: u64, at_ns: u64, evidence: &Evidence) -> u64 {
    let is_over = |slow: &&SlowDisk| slow.to_ns.is_some_and(|to_ns| to_ns <= at_ns);
    let slow = slow_disk(node, from_ns, at_ns, evidence);
    let (over, hanging): (Vec<_>, Vec<_>) = slow.partition(is_over);
    let hanging_ns = hanging.iter().map(|slow| slow.from_ns).min();
    let fast_ns = hanging_ns.unwrap_or(at_ns).saturating_sub(FAST_NS);
    let synced_ns = |slow: &&SlowDisk| match slow.is_sync {
        true => slow.from_ns,
        false => slow.from_ns.saturating_sub(FAST_NS),
    };
    let recent = over.iter().copied().filter(|slow| slow.to_ns >= Some(fast_ns));
    let synced_ns = recent.map(|slow| synced_ns(&slow)).min().unwrap_or(fast_ns);
    at_ns - synced_ns.min(fast_ns)
}

/// Whether the disk was slow so short before the end that what waited for it may not have been appended yet.
fn appends_waited(ending: &Ending<'_>, evidence: &Evidence) -> bool {
    let since_ns = ending.at_ns.saturating_sub(POSTPONED_NS);
    let mut slow = slow_disk(ending.node, ending.from_ns, ending.at_ns, evidence);
    slow.any(|slow| slow.to_ns.is_none_or(|to_ns| to_ns >= since_ns))
}

/// Of the slow operations of its disk those that began in a span of time.
fn slow_disk<'e>(
    node: &str,
    from_ns: u64,
    to_ns: u64,
    evidence: &'e Evidence,
) -> impl Iterator<Item = &'e SlowDisk> {
    let of_node = evidence.slow_disk.iter().filter(move |slow| slow.node == node);
    of_node.filter(move |slow| (from_ns..=to_ns).contains(&slow.from_ns))
}

/// Whether the node had an append-only file at any time of the life.
pub(super) fn had_log(ending: &Ending<'_>, evidence: &Evidence) -> bool {
    let is_on = |value: &String| value == "yes";
    let booted = setting_at_start(ending, evidence, "appendonly");
    booted.iter().any(is_on)
        || ending.before.iter().filter_map(|entry| value_in(entry, "appendonly")).any(|value| is_on(&value))
}

/// A parameter at the end of the life: as last set by a client, else as booted, else as the scenario says.
fn setting(ending: &Ending<'_>, evidence: &Evidence, name: &str) -> Option<String> {
    let last_set = ending.before.iter().rev().find_map(|entry| value_in(entry, name));
    last_set.or_else(|| setting_at_start(ending, evidence, name))
}

/// As the scenario says.
fn setting_at_start(ending: &Ending<'_>, evidence: &Evidence, name: &str) -> Option<String> {
    evidence.configs.get(ending.node)?.get(name).cloned()
}

/// The value that an entry gives a parameter.
pub(super) fn value_in(entry: &Entry, name: &str) -> Option<String> {
    match &entry.event {
        Event::Booted { config, .. } => {
            config.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        }
        Event::Command { argv, reply, .. } if reply == b"+OK\r\n" && is_config_set(argv) => {
            let mut pairs = argv[2..].chunks_exact(2);
            let pair = pairs.find(|pair| pair[0].eq_ignore_ascii_case(name.as_bytes()))?;
            Some(String::from_utf8_lossy(&pair[1]).to_ascii_lowercase())
        }
        _ => None,
    }
}

fn is_config_set(argv: &[Vec<u8>]) -> bool {
    argv.len() > 3 && argv[0].eq_ignore_ascii_case(b"CONFIG") && argv[1].eq_ignore_ascii_case(b"SET")
}

//! What the configuration allows a crash to take.

use super::lives::Ending;
use crate::evidence::{EventKind, Evidence, Slow, SlowDisk};
use resplay_base::journal::{Entry, Event};
use std::fmt;
use std::ops::RangeInclusive;

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
        if setting("appendonly", "no") != "yes" || lacks_base(ending, evidence) {
            return Promise::Anything;
        }
        let policy = setting("appendfsync", "everysec");
        if ending.kind == EventKind::PowerLost {
            if let Some(since_ns) = skipped_since_ns(ending, evidence).filter(|_| policy == "always") {
                return Promise::Last(ending.at_ns - since_ns);
            }
            let unsynced_ns = unsynced_ns(ending.node, ending.from_ns, ending.at_ns, evidence);
            return Promise::of_power_loss(&policy, unsynced_ns);
        }
        let unwritten_ns = unwritten_since_ns(ending.node, ending.from_ns, ending.at_ns, evidence);
        match policy.as_str() {
            // The real server has told clients so, and writes it as soon as the disk takes it.
            "everysec" | "no" if unwritten_ns.is_some() => {
                let unwritten_ns = unwritten_ns.unwrap_or_default();
                let waited_ns = if policy == "no" { 0 } else { waited_ns(ending, unwritten_ns, evidence) };
                Promise::Last(ending.at_ns + TICK_NS + waited_ns - unwritten_ns)
            }
            "everysec" if appends_waited(ending, evidence) => {
                Promise::Last(TICK_NS + waited_ns(ending, ending.at_ns, evidence))
            }
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
    let (unwritten, unwritten_ns) = unwritten(node, from_ns, at_ns, evidence);
    let hanging_ns = hanging.iter().map(|slow| slow.from_ns).chain(unwritten_ns).min();
    let fast_ns = hanging_ns.unwrap_or(at_ns).saturating_sub(FAST_NS);
    let synced_ns = |slow: &SlowDisk| match slow.what {
        Slow::Sync => slow.from_ns,
        Slow::Append | Slow::Pause => slow.from_ns.saturating_sub(FAST_NS),
    };
    let over = over.iter().map(|slow| (synced_ns(slow), slow.to_ns.unwrap_or(at_ns)));
    let unwritten = unwritten.into_iter().chain(skipped(node, from_ns, at_ns, evidence));
    let unwritten = unwritten.map(|(since_ns, to_ns)| (since_ns.saturating_sub(FAST_NS), to_ns));
    let mut gaps: Vec<(u64, u64)> = over.chain(unwritten).collect();
    gaps.sort_unstable_by_key(|(_, to_ns)| std::cmp::Reverse(*to_ns));
    // Gaps one after the other, with no time for a sync between them, are one.
    let synced_ns = gaps.iter().fold(fast_ns, |synced_ns, (from_ns, to_ns)| match *to_ns >= synced_ns {
        true => synced_ns.min(*from_ns),
        false => synced_ns,
    });
    at_ns - synced_ns
}

/// What a server logs that could not write, or not all.
const UNWRITTEN: [&str; 2] = ["Error writing to the AOF file", "Short write while writing to the AOF file"];

/// Since when the append-only file could not be written, if it still cannot.
fn unwritten_since_ns(node: &str, from_ns: u64, at_ns: u64, evidence: &Evidence) -> Option<u64> {
    unwritten(node, from_ns, at_ns, evidence).1
}

/// When the append-only file could not be written, and since when it still cannot.
fn unwritten(node: &str, from_ns: u64, at_ns: u64, evidence: &Evidence) -> (Vec<(u64, u64)>, Option<u64>) {
    let begins = |text: &str| UNWRITTEN.iter().any(|words| text.starts_with(words));
    let ends = |text: &str| text.starts_with("AOF write error looks solved");
    logged_spans(node, from_ns..=at_ns, evidence, begins, ends)
}

/// What a server logs when nothing is left to do of what a child wrote. A rewrite that terminated with success is not over: its
/// files get their names while clients are served.
const CHILD_IS_OVER: [&str; 4] = [
    "Background saving terminated ",
    "Background AOF rewrite terminated with error",
    "Background AOF rewrite terminated by signal",
    "Background AOF rewrite finished successfully",
];

/// When nothing was synced because a child wrote a file, which is what `no-appendfsync-on-rewrite` asks for.
fn skipped(node: &str, from_ns: u64, at_ns: u64, evidence: &Evidence) -> Vec<(u64, u64)> {
    let skips = evidence.configs.get(node).and_then(|config| config.get("no-appendfsync-on-rewrite"));
    if skips.is_none_or(|value| value != "yes") {
        return Vec::new();
    }
    let begins = |text: &str| text.contains(" started by pid ");
    let ends = |text: &str| CHILD_IS_OVER.iter().any(|words| text.starts_with(words));
    let (mut spans, since_ns) = logged_spans(node, from_ns..=at_ns, evidence, begins, ends);
    spans.extend(since_ns.map(|since_ns| (since_ns, at_ns)));
    spans
}

/// The spans between what a server logged first that begins one and what ends it, and since when it is in one that is not
/// over.
fn logged_spans(
    node: &str,
    life_ns: RangeInclusive<u64>,
    evidence: &Evidence,
    begins: impl Fn(&str) -> bool,
    ends: impl Fn(&str) -> bool,
) -> (Vec<(u64, u64)>, Option<u64>) {
    let log = evidence.logs.get(node).map_or(&[][..], Vec::as_slice).iter();
    let (mut spans, mut since_ns) = (Vec::new(), None);
    for said in log.filter(|said| life_ns.contains(&said.at_ns)) {
        if begins(&said.text) {
            since_ns = since_ns.or(Some(said.at_ns));
        } else if ends(&said.text) {
            spans.extend(since_ns.take().map(|since_ns| (since_ns, said.at_ns)));
        }
    }
    (spans, since_ns)
}

/// Since when nothing was synced, if a child wrote a file until so short before the end that the sync which is due then was
/// not over.
fn skipped_since_ns(ending: &Ending<'_>, evidence: &Evidence) -> Option<u64> {
    let hanging = slow_disk(ending.node, ending.from_ns, ending.at_ns, evidence);
    let hanging = hanging.filter(|slow| slow.to_ns.is_none_or(|to_ns| to_ns > ending.at_ns));
    let until_ns = hanging.map(|slow| slow.from_ns).chain([ending.at_ns]).min().unwrap_or(ending.at_ns);
    let (since_ns, to_ns) = skipped(ending.node, ending.from_ns, ending.at_ns, evidence).pop()?;
    (to_ns + TICK_NS >= until_ns).then_some(since_ns)
}

/// Whether the disk was slow so short before the end that what waited for it may not have been appended yet.
fn appends_waited(ending: &Ending<'_>, evidence: &Evidence) -> bool {
    let since_ns = ending.at_ns.saturating_sub(waited_ns(ending, ending.at_ns, evidence));
    let slow = slow_disk(ending.node, ending.from_ns, ending.at_ns, evidence);
    let mut slow = slow.filter(|slow| slow.what != Slow::Pause);
    slow.any(|slow| slow.to_ns.is_none_or(|to_ns| to_ns >= since_ns))
}

/// How long an append may have waited at `at_ns` for a slow sync: while the process stands still, nothing that waits is
/// appended.
fn waited_ns(ending: &Ending<'_>, at_ns: u64, evidence: &Evidence) -> u64 {
    let since_ns = at_ns.saturating_sub(POSTPONED_NS);
    let slow = slow_disk(ending.node, ending.from_ns, at_ns, evidence);
    let pauses = slow.filter(|slow| slow.what == Slow::Pause);
    let pauses = pauses.map(|slow| (slow.from_ns, slow.to_ns.unwrap_or(at_ns).min(at_ns)));
    let paused = pauses.filter(|(_, to_ns)| *to_ns >= since_ns);
    POSTPONED_NS + paused.map(|(from_ns, to_ns)| to_ns.saturating_sub(from_ns)).sum::<u64>()
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

/// Whether the append-only file was turned on by CONFIG SET alone, so that the next life does not look at it.
pub(super) fn is_log_unread(ending: &Ending<'_>) -> bool {
    let is_off = |life: &[Entry]| {
        life.first().and_then(|entry| value_in(entry, "appendonly")).is_some_and(|value| value != "yes")
    };
    is_off(ending.before) && is_off(ending.after)
}

/// Whether the node had an append-only file at any time of the life.
pub(super) fn had_log(ending: &Ending<'_>, evidence: &Evidence) -> bool {
    let is_on = |value: &String| value == "yes";
    let booted = setting_at_start(ending, evidence, "appendonly");
    booted.iter().any(is_on)
        || ending.before.iter().filter_map(|entry| value_in(entry, "appendonly")).any(|value| is_on(&value))
}

/// Whether the append-only file was turned off and on again, and the file that it begins with was not yet done: what is on
/// disk is from before it was turned off.
fn lacks_base(ending: &Ending<'_>, evidence: &Evidence) -> bool {
    let values = ending.before.iter().map(|entry| value_in(entry, "appendonly"));
    let values: Vec<(usize, String)> =
        values.enumerate().filter_map(|(position, value)| Some((position, value?))).collect();
    let Some(off) = values.iter().rposition(|(_, value)| value != "yes") else { return false };
    let Some((on, _)) = values.get(off + 1) else { return false };
    let log = evidence.logs.get(ending.node).map_or(&[][..], Vec::as_slice).iter();
    let mut log = log.filter(|said| (ending.from_ns..=ending.at_ns).contains(&said.at_ns) && said.to > *on);
    !log.any(|said| said.text.starts_with("Background AOF rewrite finished successfully"))
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

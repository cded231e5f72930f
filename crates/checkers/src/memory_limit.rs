//! Verifies: memory in use stays below `maxmemory` plus what one command may add: the server looks before each command,
//! not during it. Both what the node says when it evicts or refuses, and the samples taken of it, are held to that.
//! When the limit is set anew below what is in use, memory may stay where it is but not grow.
//!
//! Does not verify: that the right keys were evicted, or that a refusal was needed (`model` does).

use crate::evidence::{Evidence, MemorySample, Verdict};
use resplay_base::journal::{Entry, Event};

/// What a command may add beside its own bytes, in bytes: tables that double, buffers, bookkeeping.
const OVERHEAD_BYTES: u64 = 64 << 10;

/// Looks for memory beyond the limit.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let mut worst = Worst::default();
    let mut findings = Vec::new();
    for (node, journal) in &evidence.journals {
        let slack = slack(journal);
        let readings = journal.iter().filter_map(reading);
        findings.extend(beyond(node, slack, readings, &mut worst));
        let samples = evidence.samples.iter().filter(|sample| sample.node == *node).map(sampled);
        findings.extend(beyond(node, slack, samples, &mut worst));
    }
    Verdict::of(worst.detail(), findings)
}

/// What was in use, under which limit, and when (in the words of a report).
struct Reading {
    used: u64,
    limit: u64,
    when: String,
}

fn reading(entry: &Entry) -> Option<Reading> {
    let when = || format!("at {} ms of its clock", entry.at.as_millis());
    match entry.event {
        Event::OverMemory { used, limit } => Some(Reading { used, limit, when: when() }),
        // An eviction says what was in use, but not under which limit: the samples show whether it was enough.
        _ => None,
    }
}

fn sampled(sample: &MemorySample) -> Reading {
    let when = format!("at {} ms", sample.at_ns / 1_000_000);
    Reading { used: sample.used_bytes, limit: sample.limit_bytes, when }
}

/// The greatest command, counted twice (as received, and as kept), and the overhead.
fn slack(journal: &[Entry]) -> u64 {
    let bytes = |entry: &Entry| match &entry.event {
        Event::Command { argv, .. } => argv.iter().map(Vec::len).sum::<usize>() as u64,
        _ => 0,
    };
    2 * journal.iter().map(bytes).max().unwrap_or(0) + OVERHEAD_BYTES
}

/// The readings beyond the limit and the slack. The first reading under another limit sets the mark.
fn beyond(node: &str, slack: u64, readings: impl Iterator<Item = Reading>, worst: &mut Worst) -> Vec<String> {
    let (mut limit, mut mark) = (0, 0);
    let mut findings = Vec::new();
    for reading in readings.filter(|reading| reading.limit > 0) {
        if reading.limit != limit {
            let was_lowered = limit > reading.limit;
            limit = reading.limit;
            mark = if was_lowered { reading.used.max(limit) } else { limit };
        }
        worst.note(&reading);
        if reading.used > mark.saturating_add(slack) {
            let Reading { used, when, .. } = reading;
            findings.push(format!("{node} used {used} bytes of {limit} {when}"));
        }
        mark = mark.min(reading.used.max(limit));
    }
    findings
}

/// The fullest reading: used and limit, in bytes.
#[derive(Default)]
struct Worst(Option<(u64, u64)>);

impl Worst {
    fn note(&mut self, reading: &Reading) {
        let part = |used: u64, of: u64| u128::from(used) * u128::from(of);
        if self.0.is_none_or(|(used, limit)| part(reading.used, limit) > part(used, reading.limit)) {
            self.0 = Some((reading.used, reading.limit));
        }
    }

    fn detail(&self) -> String {
        match self.0 {
            None => "no limit was reached".to_owned(),
            Some((used, limit)) => {
                let percent = u128::from(used) * 100 / u128::from(limit);
                format!("at most {percent}% of maxmemory in use")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::testing::Story;

    const LIMIT: u64 = 1 << 20;

    fn sample(at_ns: u64, used_bytes: u64, limit_bytes: u64) -> MemorySample {
        MemorySample { at_ns, node: "cache".into(), used_bytes, limit_bytes }
    }

    fn judge(samples: Vec<MemorySample>) -> Verdict {
        check(&Evidence { samples, ..Story::new(&[]).evidence() })
    }

    #[test]
    fn a_command_may_step_over_the_limit_but_not_run_away() {
        assert!(judge(vec![sample(1, LIMIT + 1_000, LIMIT)]).holds);
        let verdict = judge(vec![sample(1, 2 * LIMIT, LIMIT)]);
        assert!(!verdict.holds);
        assert_eq!(verdict.detail, "at most 200% of maxmemory in use");
    }

    #[test]
    fn a_lowered_limit_lets_memory_stay_but_not_grow() {
        let stays =
            vec![sample(1, 3 * LIMIT, 4 * LIMIT), sample(2, 3 * LIMIT, LIMIT), sample(3, 3 * LIMIT, LIMIT)];
        assert!(judge(stays.clone()).holds);
        assert!(!judge([stays, vec![sample(4, 4 * LIMIT, LIMIT)]].concat()).holds);
    }

    #[test]
    fn what_the_node_says_when_it_refuses_counts_too() {
        let over = |used| Story::new(&[]).event(Event::OverMemory { used, limit: LIMIT }).evidence();
        assert!(check(&over(LIMIT + 1)).holds);
        assert!(!check(&over(3 * LIMIT)).holds);
    }
}

//! Verifies: the time at which a server says that it ran a command lies between request and reply, by a clock that goes as fast
//! as the world's, however it is set: there is one difference between the two that explains every command.
//!
//! Does not verify: that the clock is set right, commands whose words and reply occur more than once, commands that waited,
//! servers whose clock somebody sets in the run, or differences below what a request takes.

use crate::evidence::{Evidence, Verdict, plural};
use resplay_base::journal::Event;
use resplay_history::Operation;
use std::collections::BTreeMap;

/// Words and reply: all that history and journal have in common.
type Exchange<'e> = (&'e [Vec<u8>], &'e [u8]);

/// A journal has whole microseconds, and a host's clock rounds as well; in nanoseconds.
const ROUNDING_NS: i128 = 10_000;

/// Looks for commands that no clock explains together with the others.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let (mut compared, mut findings) = (0, Vec::new());
    for node in evidence.journals.keys().filter(|node| !evidence.set_clocks.contains(*node)) {
        let readings = readings(node, evidence);
        compared += readings.len();
        findings.extend(conflict(node, &readings));
    }
    Verdict::of(format!("{} compared", plural(compared, "moment")), findings)
}

/// How far the node's clock is ahead of the world's, in nanoseconds: at least and at most, by one command.
struct Reading {
    least: i128,
    most: i128,
    asked_ms: u64,
}

fn readings(node: &str, evidence: &Evidence) -> Vec<Reading> {
    let mut ran: BTreeMap<Exchange<'_>, Vec<i128>> = BTreeMap::new();
    for entry in &evidence.journals[node] {
        if let Event::Command { argv, reply, .. } = &entry.event {
            ran.entry((argv, reply)).or_default().push(i128::from(entry.at.0) * 1_000);
        }
    }
    let mut heard: BTreeMap<Exchange<'_>, Vec<&Operation>> = BTreeMap::new();
    for operation in evidence.history.operations.iter().filter(|operation| operation.node == node) {
        let Some(reply) = operation.reply() else { continue };
        heard.entry((&operation.command, reply)).or_default().push(operation);
    }
    let once = heard.iter().filter_map(|(exchange, heard)| {
        match (heard.as_slice(), ran.get(exchange)?.as_slice()) {
            ([operation], [at]) => Some((*operation, *at)),
            _ => None,
        }
    });
    let reading = |(operation, at): (&Operation, i128)| {
        Some(Reading {
            least: at - i128::from(operation.completed_ns?),
            most: at - i128::from(operation.invoked_ns),
            asked_ms: operation.invoked_ns / 1_000_000,
        })
    };
    once.filter_map(reading).collect()
}

/// Two commands that no one difference explains.
fn conflict(node: &str, readings: &[Reading]) -> Option<String> {
    let least = readings.iter().max_by_key(|reading| reading.least)?;
    let most = readings.iter().min_by_key(|reading| reading.most)?;
    let apart = least.least - most.most;
    (apart > ROUNDING_NS).then(|| {
        let (apart_us, one, other) = (apart / 1_000, least.asked_ms, most.asked_ms);
        format!("{node}: its clock is at odds with itself by at least {apart_us} µs between the commands asked for at {one} ms and {other} ms")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::testing::Story;

    const SET: (&str, &str) = ("SET k 1", "+OK\r\n");
    const GET: (&str, &str) = ("GET k", "$1\r\n1\r\n");

    /// One second apart; the node's clock is late by so much for the second command.
    fn evidence(late_us: i64) -> Evidence {
        let story = Story::new(&[]).at(1_000).acknowledged(SET.0, SET.1).at(2_000).acknowledged(GET.0, GET.1);
        let mut evidence = story.evidence();
        let journal = evidence.journals.get_mut("cache").expect("the story's node");
        journal.last_mut().expect("a command").at.0 -= late_us;
        evidence
    }

    #[test]
    fn a_clock_that_goes_with_the_world_holds_however_it_is_set() {
        assert!(check(&evidence(0)).holds);
        let mut ahead = evidence(0);
        ahead
            .journals
            .get_mut("cache")
            .expect("the story's node")
            .iter_mut()
            .for_each(|entry| entry.at.0 += 3_600_000_000);
        assert!(check(&ahead).holds);
    }

    #[test]
    fn a_clock_that_stands_is_found_unless_somebody_sets_it() {
        assert!(!check(&evidence(1_000_000)).holds);
        let mut set = evidence(1_000_000);
        set.set_clocks.insert("cache".into());
        assert!(check(&set).holds);
    }

    #[test]
    fn what_happened_twice_says_nothing_of_when() {
        let mut twice = evidence(1_000_000);
        let operations = &mut twice.history.operations;
        operations.push(operations[1].clone());
        assert!(check(&twice).holds);
    }
}

//! Verifies: every job that a server accepted into a queue was processed at least once, or dead-lettered on purpose, by
//! the end of the run. Of streams, by what nodes say they replied: nothing is left in the list of pending entries of a
//! consumer group, and the delivery counts that XPENDING tells are those of the deliveries that took place.
//!
//! Does not verify: that a job is processed only once (it counts the repetitions), in order, or in good time; jobs that
//! were sent without an answer; and groups that are used inside transactions. Producers should stop some time before
//! the run ends: what is accepted in the last moments is nobody's fault.

use crate::evidence::{Evidence, Verdict, plural};
use crate::groups::Groups;
use resplay_history::{Operation, Verb};
use std::collections::BTreeMap;

/// Compares what was accepted with what became of it.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let jobs = Jobs::of(&evidence.history.operations);
    let mut findings: Vec<String> = jobs.lost().collect();
    let mut pending = 0;
    for (node, journal) in &evidence.journals {
        let groups = Groups::replay(journal);
        findings.extend(groups.objections.iter().map(|text| format!("{node}: {text}")));
        findings.extend(groups.pending().map(|text| format!("{node}: {text}")));
        pending += groups.pending().count();
    }
    let (accepted, lost) = (jobs.accepted(), jobs.lost().count());
    let detail = format!(
        "{} accepted, {} never processed, {} more than once, {} dead-lettered, {pending} pending",
        plural(accepted, "job"),
        lost,
        jobs.repeated(),
        jobs.dead_lettered(),
    );
    Verdict::of(detail, findings)
}

/// What became of each job, by queue and name.
#[derive(Default)]
struct Jobs<'e> {
    fates: BTreeMap<(&'e [u8], &'e [u8]), Fate>,
}

#[derive(Default)]
struct Fate {
    accepted_ns: Option<u64>,
    processed: usize,
    dead_lettered: bool,
}

impl<'e> Jobs<'e> {
    fn of(operations: &'e [Operation]) -> Jobs<'e> {
        let mut jobs = Jobs::default();
        for operation in operations {
            let Some((verb, queue, job)) = operation.as_work() else { continue };
            let fate = jobs.fates.entry((queue, job)).or_default();
            match verb {
                Verb::Accepted => fate.accepted_ns = Some(operation.invoked_ns),
                Verb::Processed => fate.processed += 1,
                Verb::DeadLettered => fate.dead_lettered = true,
            }
        }
        jobs
    }

    fn accepted(&self) -> usize {
        self.fates.values().filter(|fate| fate.accepted_ns.is_some()).count()
    }

    fn repeated(&self) -> usize {
        self.fates.values().filter(|fate| fate.processed > 1).count()
    }

    fn dead_lettered(&self) -> usize {
        self.fates.values().filter(|fate| fate.dead_lettered).count()
    }

    fn lost(&self) -> impl Iterator<Item = String> {
        self.fates.iter().filter_map(|((queue, job), fate)| {
            let accepted_ms = fate.accepted_ns? / 1_000_000;
            let is_done = fate.processed > 0 || fate.dead_lettered;
            let (queue, job) = (queue.escape_ascii(), job.escape_ascii());
            (!is_done).then(|| format!("{queue}: {job}, accepted at {accepted_ms} ms, was never processed"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::testing::Story;

    fn evidence(work: &[(Verb, &str)]) -> Evidence {
        let mut evidence = Evidence::default();
        let done =
            work.iter().map(|(verb, job)| Operation::work("w/0", 5_000_000, *verb, b"jobs", job.as_bytes()));
        evidence.history.operations.extend(done);
        evidence
    }

    #[test]
    fn a_job_that_was_accepted_and_never_processed_is_named() {
        use Verb::{Accepted, DeadLettered, Processed};
        let verdict = check(&evidence(&[(Accepted, "1"), (Accepted, "2"), (Processed, "1")]));
        assert_eq!(verdict.findings, ["jobs: 2, accepted at 5 ms, was never processed"]);
        let verdict =
            check(&evidence(&[(Accepted, "1"), (Accepted, "2"), (Processed, "1"), (DeadLettered, "2")]));
        assert!(verdict.holds, "{verdict:?}");
        assert!(check(&evidence(&[(Processed, "in doubt")])).holds);
    }

    #[test]
    fn repetitions_are_counted_and_allowed() {
        let verdict =
            check(&evidence(&[(Verb::Accepted, "1"), (Verb::Processed, "1"), (Verb::Processed, "1")]));
        assert!(verdict.holds && verdict.detail.contains("1 more than once"), "{verdict:?}");
    }

    const DELIVERY: &str = "%1\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$3\r\njob\r\n$1\r\nx\r\n";

    fn delivered() -> Story {
        Story::new(&[]).command("XREADGROUP GROUP g alice COUNT 1 STREAMS s >", DELIVERY)
    }

    #[test]
    fn an_entry_left_pending_is_named_with_its_owner() {
        let verdict = check(&delivered().evidence());
        assert_eq!(verdict.findings, ["cache: s, group g: 1-1 is still pending, delivered to alice once"]);
        assert!(check(&delivered().command("XACK s g 1-1", ":1\r\n").evidence()).holds);
    }

    #[test]
    fn a_delivery_count_that_does_not_fit_is_found() {
        let pending = |count: u64| {
            let reply = format!("*1\r\n*4\r\n$3\r\n1-1\r\n$5\r\nalice\r\n:10\r\n:{count}\r\n");
            delivered().command("XPENDING s g - + 10", &reply).command("XACK s g 1-1", ":1\r\n").evidence()
        };
        assert!(check(&pending(1)).holds);
        assert!(!check(&pending(2)).holds);
    }
}

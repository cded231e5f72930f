//! Verifies: when the last fault is over, every client gets on within the time that a client needs to notice that its
//! connection is dead and to open another. A client that goes on to ask and gets no reply at all is stuck.
//!
//! Does not verify: a client that has stopped to ask, how long a reply took, or runs whose last fault is too near to the end.

use crate::evidence::{Evidence, Verdict, plural};
use resplay_history::Outcome;
use std::collections::BTreeMap;

/// What clients have, in nanoseconds: to give up a reply, to wait before they connect again, and for the server to load.
const PATIENCE_NS: u64 = 10_000_000_000;
/// So many requests in vain are no accident.
const IN_VAIN: usize = 3;

/// Looks for clients that are stuck.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let from_ns = evidence.quiet_from_ns.saturating_add(PATIENCE_NS);
    let mut clients: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for operation in evidence.history.operations.iter().filter(|operation| operation.invoked_ns >= from_ns) {
        let (asked, answered) = clients.entry(&operation.client).or_default();
        *asked += 1;
        *answered += usize::from(matches!(operation.outcome, Outcome::Reply(_)));
    }
    let stuck = clients.iter().filter(|(_, (asked, answered))| *answered == 0 && *asked >= IN_VAIN);
    let findings = stuck.map(|(client, (asked, _))| {
        let ms = evidence.quiet_from_ns / 1_000_000;
        format!("{client} asked {asked} times and got no reply, though no fault was there since {ms} ms")
    });
    let detail = format!("{} looked at after the last fault", plural(clients.len(), "client"));
    Verdict::of(detail, findings.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_history::{History, Operation};

    const S: u64 = 1_000_000_000;

    fn evidence(outcome: Outcome, at_s: u64) -> Evidence {
        let operation = Operation {
            client: "web/1".into(),
            node: "cache".into(),
            invoked_ns: at_s * S,
            completed_ns: Some(at_s * S + 1),
            command: vec![b"PING".to_vec()],
            outcome,
        };
        let history = History { operations: vec![operation; IN_VAIN] };
        Evidence { history, quiet_from_ns: 5 * S, ..Evidence::default() }
    }

    #[test]
    fn a_client_that_asks_in_vain_long_after_the_last_fault_is_stuck() {
        let unknown = || Outcome::Unknown("no reply in time".into());
        assert!(!check(&evidence(unknown(), 16)).holds);
        assert!(check(&evidence(unknown(), 14)).holds, "it may still be on its way back");
        assert!(check(&evidence(Outcome::Reply(b"+PONG\r\n".to_vec()), 16)).holds);
        assert!(check(&Evidence::default()).holds);
    }
}

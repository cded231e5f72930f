//! Verifies: when the last fault is over, every client gets on within the time that a client needs to notice that its
//! connection is dead and to open another; and before that, from the moment that a scenario names, every client of the
//! applications that it calls the core, whatever faults are left. A client that goes on to ask and gets no reply at all
//! is stuck.
//!
//! Does not verify: a client that has stopped to ask, how long a reply took, or runs whose last fault is too near to the end.

use crate::evidence::{Evidence, Verdict, plural};
use resplay_history::Outcome;
use std::collections::BTreeMap;
use std::ops::Range;

/// What clients have, in nanoseconds: to give up a reply, to wait before they connect again, and for the server to load.
const PATIENCE_NS: u64 = 10_000_000_000;
/// So many requests in vain are no accident.
const IN_VAIN: usize = 3;

/// Looks for clients that are stuck.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let quiet_ns = evidence.quiet_from_ns;
    let quiet = format!("no fault was there since {} ms", quiet_ns / 1_000_000);
    let (clients, mut findings) = stuck(evidence, quiet_ns..u64::MAX, &quiet, |_| true);
    let mut detail = format!("{} looked at after the last fault", plural(clients, "client"));
    if let Some(core) = &evidence.core {
        let has_all = format!("it had all that it needs since {} ms", core.from_ns / 1_000_000);
        let is_core = |client: &str| client.split('/').next().is_some_and(|app| core.apps.contains(app));
        let (clients, stuck) = stuck(evidence, core.from_ns..quiet_ns, &has_all, is_core);
        detail += &format!(", {} of the core before", plural(clients, "client"));
        findings.extend(stuck);
    }
    Verdict::of(detail, findings)
}

/// How many clients asked in this span of time, but for its beginning, and what to say of those that got no reply.
fn stuck(
    evidence: &Evidence,
    span_ns: Range<u64>,
    why: &str,
    is_meant: impl Fn(&str) -> bool,
) -> (usize, Vec<String>) {
    let span_ns = span_ns.start.saturating_add(PATIENCE_NS)..span_ns.end;
    let mut clients: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let operations = evidence.history.operations.iter();
    for operation in
        operations.filter(|operation| span_ns.contains(&operation.invoked_ns) && is_meant(&operation.client))
    {
        let (asked, answered) = clients.entry(&operation.client).or_default();
        *asked += 1;
        *answered += usize::from(matches!(operation.outcome, Outcome::Reply(_)));
    }
    let stuck = clients.iter().filter(|(_, (asked, answered))| *answered == 0 && *asked >= IN_VAIN);
    let findings = stuck
        .map(|(client, (asked, _))| format!("{client} asked {asked} times and got no reply, though {why}"));
    (clients.len(), findings.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Core;
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

    #[test]
    fn the_core_must_get_on_before_the_last_fault_is_over() {
        let of = |app: &str, at_s| {
            let core = Core { from_ns: 5 * S, apps: [app.to_string()].into() };
            let evidence = evidence(Outcome::Unknown("no reply in time".into()), at_s);
            check(&Evidence { quiet_from_ns: 20 * S, core: Some(core), ..evidence })
        };
        assert!(!of("web", 16).holds);
        assert!(of("web", 14).holds, "it may still be on its way back");
        assert!(of("web", 21).holds, "then the last fault is over, and it has time again");
        assert!(of("worker", 16).holds, "it is not of the core");
    }
}

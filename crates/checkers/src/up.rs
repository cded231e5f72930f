//! Verifies: a process ends only when a fault or somebody in charge ends it. An exit with status 0 was asked for
//! (SHUTDOWN, SIGTERM, SIGINT); any other exit is the node's own doing.
//!
//! Does not verify: that the node answers while it runs, or that it starts again.

use crate::evidence::{EventKind, Evidence, NodeEvent, Verdict};

/// Looks for exits that nobody asked for.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let findings: Vec<String> = evidence.events.iter().filter_map(finding).collect();
    let detail = match findings.len() {
        0 => "no unasked exit".to_owned(),
        count => format!("{count} unasked: {}", findings[0]),
    };
    Verdict::of(detail, findings)
}

fn finding(event: &NodeEvent) -> Option<String> {
    match event.kind {
        EventKind::Exited(status) if status != 0 => {
            let ms = event.at_ns / 1_000_000;
            Some(format!("{} exited with status {status} at {ms} ms", event.node))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(kind: EventKind) -> bool {
        let event = NodeEvent { at_ns: 5_000_000, node: "cache".into(), kind };
        check(&Evidence { events: vec![event], ..Evidence::default() }).holds
    }

    #[test]
    fn only_an_exit_with_an_error_is_unasked() {
        assert!(holds(EventKind::Started) && holds(EventKind::Crashed) && holds(EventKind::Exited(0)));
        assert!(!holds(EventKind::Exited(1)));
    }
}

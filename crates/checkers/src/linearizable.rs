//! Verifies: what clients saw of a string has an explanation in which each command took effect at one moment between its
//! request and its reply, key by key (which is enough: linearizability is local). A command whose outcome is unknown may have taken
//! effect at any time since, or never.
//!
//! Does not verify: keys that any command touches which `string.rs` does not specify (other types, times to live, several keys,
//! transactions), and all keys once a command touches every key. A server that may forget what it acknowledged is not
//! linearizable, and need not be: require this where `appendfsync always` or a server that stays up promises it.

mod search;
mod string;

use crate::evidence::{Evidence, Verdict, plural};
use crate::keys::{LeftAlone, touching_all};
use resplay_history::{Operation, Outcome};
use search::{Span, unexplained};
use std::collections::BTreeMap;
use string::Command;

/// Looks for keys whose history has no explanation.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let operations = &evidence.history.operations;
    if let Some(detail) = touching_all(operations) {
        return Verdict::of(detail, Vec::new());
    }
    let histories = histories(operations);
    let keys = histories.len();
    let findings = histories.into_iter().filter_map(|((node, key), spans)| {
        let explained = unexplained(None, &spans)?;
        let key = key.escape_ascii();
        Some(format!(
            "{node}: `{key}`: no order explains the replies; {explained} of {} commands at most",
            spans.len()
        ))
    });
    let findings: Vec<String> = findings.collect();
    Verdict::of(format!("the histories of {} looked at", plural(keys, "string")), findings)
}

/// What happened to each key, by node and key, where all of it is specified.
fn histories(operations: &[Operation]) -> BTreeMap<(&str, &[u8]), Vec<Span<Command>>> {
    let mut histories: BTreeMap<(&str, &[u8]), Vec<Span<Command>>> = BTreeMap::new();
    let mut others = LeftAlone::default();
    for operation in operations {
        let Some(key) = operation.command.get(1) else { continue };
        let place = (operation.node.as_str(), key.as_slice());
        match span(operation) {
            Some(Some(span)) => histories.entry(place).or_default().push(span),
            Some(None) => {}
            None => others.all_named_by(operation),
        }
    }
    histories.retain(|(node, key), _| !others.contains(node, key));
    histories
}

/// `None` if the operation is not specified; `Some(None)` if it had no effect.
fn span(operation: &Operation) -> Option<Option<Span<Command>>> {
    let reply = match &operation.outcome {
        Outcome::Failed(_) => return Some(None),
        Outcome::Unknown(_) => None,
        // Queued in a transaction: its effect comes with EXEC.
        Outcome::Reply(bytes) if bytes == b"+QUEUED\r\n" => return None,
        Outcome::Reply(bytes) if bytes.starts_with(b"-WRONGTYPE") => return None,
        Outcome::Reply(bytes) if is_refusal(bytes) => return Some(None),
        Outcome::Reply(bytes) => Some(bytes.as_slice()),
    };
    let command = Command::read(&operation.command, reply)?;
    let to_ns = operation.completed_ns.filter(|_| reply.is_some());
    Some(Some(Span { from_ns: operation.invoked_ns, to_ns, operation: command }))
}

/// Errors before a command ran.
fn is_refusal(reply: &[u8]) -> bool {
    [&b"-OOM"[..], b"-MISCONF", b"-LOADING", b"-NOAUTH", b"-NOPERM", b"-BUSY", b"-EXECABORT"]
        .iter()
        .any(|prefix| reply.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_history::History;

    /// Operations as `(client, from, to, words, reply)`; no reply: unknown.
    fn holds(told: &[(&str, u64, u64, &str, &str)]) -> bool {
        let operation = |&(client, from, to, words, reply): &(&str, u64, u64, &str, &str)| Operation {
            client: client.into(),
            node: "cache".into(),
            invoked_ns: from,
            completed_ns: (!reply.is_empty()).then_some(to),
            command: words.split(' ').map(|word| word.as_bytes().to_vec()).collect(),
            outcome: match reply {
                "" => Outcome::Unknown("no reply in time".into()),
                reply => Outcome::Reply(reply.as_bytes().to_vec()),
            },
        };
        let history = History { operations: told.iter().map(operation).collect() };
        check(&Evidence { history, ..Evidence::default() }).holds
    }

    #[test]
    fn one_after_the_other_every_read_sees_the_last_write() {
        let set = ("a", 1, 2, "SET k 1", "+OK\r\n");
        assert!(holds(&[set, ("b", 3, 4, "GET k", "$1\r\n1\r\n")]));
        assert!(!holds(&[set, ("b", 3, 4, "GET k", "$-1\r\n")]), "a stale read");
    }

    #[test]
    fn overlapping_reads_may_see_either_but_not_go_back() {
        let set = ("a", 1, 9, "SET k 1", "+OK\r\n");
        let (old, new) = ("$-1\r\n", "$1\r\n1\r\n");
        assert!(holds(&[set, ("b", 2, 3, "GET k", old), ("b", 4, 5, "GET k", new)]));
        assert!(!holds(&[set, ("b", 2, 3, "GET k", new), ("b", 4, 5, "GET k", old)]));
    }

    #[test]
    fn an_unknown_write_may_have_happened_or_not() {
        let set = ("a", 1, 0, "SET k 1", "");
        assert!(holds(&[set, ("b", 20, 21, "GET k", "$-1\r\n"), ("b", 30, 31, "GET k", "$1\r\n1\r\n")]));
        assert!(holds(&[set, ("b", 20, 21, "GET k", "$-1\r\n")]));
        assert!(!holds(&[set, ("b", 20, 21, "GET k", "$1\r\n2\r\n")]));
    }

    #[test]
    fn no_increment_is_lost_or_done_twice() {
        let two = [("a", 1, 5, "INCR n", ":1\r\n"), ("b", 2, 6, "INCR n", ":2\r\n")];
        assert!(holds(&two));
        assert!(holds(&[two[0], ("b", 2, 6, "INCR n", ":1\r\n"), ("c", 0, 9, "DEL n", ":1\r\n")]));
        assert!(!holds(&[two[0], ("b", 2, 6, "INCR n", ":1\r\n")]));
        assert!(!holds(&[two[0], two[1], ("c", 7, 8, "GET n", "$1\r\n1\r\n")]));
    }

    #[test]
    fn what_is_not_specified_is_left_alone() {
        let wrong = [("a", 1, 2, "SET k 1", "+OK\r\n"), ("b", 3, 4, "GET k", "$-1\r\n")];
        assert!(!holds(&wrong));
        for other in ["EXPIRE k 1", "SET k 2 PX 10", "MSET j 1 k 2", "FLUSHALL"] {
            assert!(holds(&[wrong[0], wrong[1], ("c", 1, 9, other, ":1\r\n")]), "{other}");
        }
    }
}

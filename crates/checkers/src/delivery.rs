//! Verifies: every reply that a client received is one that its server says it gave to those words, as often as clients
//! received it. What lies between the server's own account and its clients (buffers, connections, the order of a pipeline) has
//! changed, repeated and invented nothing.
//!
//! Does not verify: that the reply is right (`model` does), that a reply given is received (a connection may die with it),
//! which of two clients with the same question got which of two answers, or pushed messages.

use crate::evidence::{Evidence, Verdict};
use resplay_base::journal::Event;
use resplay_history::Operation;
use std::collections::BTreeMap;

/// A command's words, and how often each reply was given to them and not yet heard.
type Given<'e> = BTreeMap<&'e [Vec<u8>], BTreeMap<&'e [u8], u64>>;

/// Looks for replies that nobody gave.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let (mut heard, mut findings) = (0_u64, Vec::new());
    let mut given: BTreeMap<&str, Given<'_>> = BTreeMap::new();
    for operation in evidence.history.operations.iter().filter(|operation| operation.as_work().is_none()) {
        let (Some(reply), node) = (operation.reply(), operation.node.as_str()) else { continue };
        // What says nothing of itself cannot be held to its word: a real server, an application.
        if !evidence.journals.contains_key(node) {
            continue;
        }
        heard += 1;
        let given = given.entry(node).or_insert_with(|| replies(node, evidence));
        let left = given.get_mut(operation.command.as_slice()).and_then(|given| given.get_mut(reply));
        match left {
            Some(left) if *left > 0 => *left -= 1,
            _ => findings.push(finding(operation, reply)),
        }
    }
    let detail = format!("{heard} received, {} of them never given", findings.len());
    Verdict::of(detail, findings)
}

/// Every reply of a node, by what it was asked.
fn replies<'e>(node: &str, evidence: &'e Evidence) -> Given<'e> {
    let mut given = Given::new();
    let mut waiting: BTreeMap<u64, &[Vec<u8>]> = BTreeMap::new();
    for entry in evidence.journals.get(node).into_iter().flatten() {
        let (argv, reply) = match &entry.event {
            Event::Command { argv, reply, .. } => (argv.as_slice(), reply),
            Event::Woken { session, reply, .. } => match waiting.remove(session) {
                Some(argv) => (argv, reply),
                None => continue,
            },
            Event::Blocked { session, argv } => {
                waiting.insert(*session, argv);
                continue;
            }
            Event::Booted { .. } => {
                waiting.clear();
                continue;
            }
            _ => continue,
        };
        *given.entry(argv).or_default().entry(reply).or_default() += 1;
    }
    given
}

fn finding(operation: &Operation, reply: &[u8]) -> String {
    let words: Vec<String> = operation.command.iter().map(|word| word.escape_ascii().to_string()).collect();
    let ms = operation.invoked_ns / 1_000_000;
    let node = &operation.node;
    format!(
        "{node} never gave a reply that was received (`{}` of {} at {ms} ms: `{}`)",
        words.join(" "),
        operation.client,
        reply.escape_ascii()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::testing::Story;
    use resplay_base::journal::Wake;
    use resplay_history::{History, Outcome};

    /// What was received besides, as words and reply.
    fn holds(story: Story, heard: &[(&str, &str)]) -> bool {
        let operation = |(words, reply): &(&str, &str)| Operation {
            client: "web/1".into(),
            node: "cache".into(),
            invoked_ns: 1,
            completed_ns: Some(2),
            command: words.split(' ').map(|word| word.into()).collect(),
            outcome: Outcome::Reply((*reply).into()),
        };
        let history = History { operations: heard.iter().map(operation).collect() };
        check(&Evidence { history, ..story.evidence() }).holds
    }

    fn story() -> Story {
        Story::new(&[]).command("INCR a", ":1\r\n").command("GET b", "$-1\r\n")
    }

    #[test]
    fn what_was_given_may_be_received_or_lost() {
        assert!(holds(story(), &[("GET b", "$-1\r\n"), ("INCR a", ":1\r\n")]));
        assert!(holds(story(), &[]));
    }

    #[test]
    fn a_reply_that_was_changed_repeated_or_exchanged_was_never_given() {
        assert!(!holds(story(), &[("INCR a", ":2\r\n")]), "changed");
        assert!(!holds(story(), &[("INCR a", ":1\r\n"), ("INCR a", ":1\r\n")]), "repeated");
        assert!(!holds(story(), &[("GET b", ":1\r\n"), ("INCR a", "$-1\r\n")]), "exchanged");
        assert!(!holds(story(), &[("PING", "+PONG\r\n")]), "invented");
    }

    #[test]
    fn the_reply_of_a_command_that_waited_is_given_when_it_wakes() {
        let waits =
            Event::Blocked { session: 9, argv: vec![b"BLPOP".to_vec(), b"q".to_vec(), b"0".to_vec()] };
        let wakes = Event::Woken { session: 9, why: Wake::Served, reply: b"*0\r\n".to_vec() };
        let served = [("BLPOP q 0", "*0\r\n")];
        assert!(holds(story().event(waits.clone()).event(wakes), &served));
        assert!(!holds(story().event(waits), &served));
    }
}

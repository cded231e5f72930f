//! Verifies: every RESP3 reply that a node gave to a command that states the shape of its replies has that shape, within
//! transactions too. The shapes are those that Valkey publishes (`corpus/spec`), with the exceptions that Valkey itself
//! needs.
//!
//! Does not verify: what the replies say (`model` does), RESP2 replies, errors, pushes, and commands that state no shape.

use crate::evidence::{Evidence, Verdict, plural};
use resplay_base::journal::{Entry, Event};
use resplay_resp::{Reply, decode};
use resplay_spec::Conversation;
use std::collections::BTreeMap;

/// Listens to every session of every node.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let (mut checked, mut findings) = (0, Vec::new());
    for (node, journal) in &evidence.journals {
        let mut listener = Listener::default();
        for entry in journal {
            if let Some(finding) = listener.see(entry) {
                findings.push(format!("{node}: {finding} at {} ms", entry.at.as_millis()));
            }
        }
        checked += listener.checked;
    }
    let checked = usize::try_from(checked).unwrap_or(usize::MAX);
    Verdict::of(format!("{} checked", plural(checked, "shape")), findings)
}

/// The sessions of one node.
#[derive(Default)]
struct Listener {
    sessions: BTreeMap<u64, Session>,
    checked: u64,
}

/// A session, and the command it waits in.
#[derive(Default)]
struct Session {
    conversation: Conversation,
    blocked: Option<Vec<Vec<u8>>>,
}

impl Listener {
    fn see(&mut self, entry: &Entry) -> Option<String> {
        match &entry.event {
            Event::Booted { .. } => self.sessions.clear(),
            Event::Disconnected { session } => drop(self.sessions.remove(session)),
            Event::Blocked { session, argv } => {
                self.sessions.entry(*session).or_default().blocked = Some(argv.clone());
            }
            Event::Woken { session, reply, .. } => {
                let argv = self.sessions.entry(*session).or_default().blocked.take()?;
                return self.hear(*session, &argv, reply);
            }
            Event::Command { session, argv, reply } => return self.hear(*session, argv, reply),
            _ => {}
        }
        None
    }

    /// What is no reply at all (CLIENT REPLY OFF, a subscription's push) is passed over.
    fn hear(&mut self, session: u64, argv: &[Vec<u8>], reply: &[u8]) -> Option<String> {
        let Ok(Some((reply, _))) = decode(reply) else { return None };
        if matches!(reply, Reply::Push(_)) {
            return None;
        }
        let conversation = &mut self.sessions.entry(session).or_default().conversation;
        let before = conversation.checked();
        let misfit = conversation.hear(argv, &reply);
        self.checked += conversation.checked() - before;
        misfit.map(|misfit| misfit.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::testing::Story;
    use resplay_base::journal::Wake;

    const HELLO: (&str, &str) = ("HELLO 3", "%1\r\n+server\r\n+valkey\r\n");

    fn story(lines: &[(&str, &str)]) -> Story {
        lines.iter().fold(Story::new(&[]), |story, (words, reply)| story.command(words, reply))
    }

    #[test]
    fn replies_of_the_promised_shape_hold_and_are_counted() {
        let told =
            story(&[HELLO, ("INCR n", ":1\r\n"), ("HGETALL h", "%0\r\n"), ("GET h", "-WRONGTYPE\r\n")]);
        let verdict = check(&told.evidence());
        assert!(verdict.holds, "{verdict:?}");
        assert_eq!(verdict.detail, "3 shapes checked");
    }

    #[test]
    fn a_reply_of_another_shape_is_found() {
        let verdict = check(&story(&[HELLO, ("INCR n", "$1\r\n1\r\n")]).evidence());
        let said = "cache: the reply to INCR does not fit its schema: a string, not integer at 0 ms";
        assert_eq!(verdict.findings, [said]);
        assert!(check(&story(&[("INCR n", "$1\r\n1\r\n")]).evidence()).holds, "RESP2 has no schema");
    }

    #[test]
    fn the_reply_of_a_blocked_client_is_that_of_the_command_it_waited_in() {
        let argv = ["BLPOP", "l", "0"].map(|word| word.as_bytes().to_vec()).to_vec();
        let woken = |reply: &str| {
            let event = Event::Woken { session: 7, why: Wake::Served, reply: reply.into() };
            let blocked = Event::Blocked { session: 7, argv: argv.clone() };
            check(&story(&[HELLO]).event(blocked).event(event).evidence()).holds
        };
        assert!(woken("*2\r\n+l\r\n+x\r\n"));
        assert!(!woken("*1\r\n+x\r\n"));
    }
}

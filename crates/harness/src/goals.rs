//! Situations that a scenario wants to occur (`goals` in its checks), each with a way to count it.

use crate::facts::Facts;
use resplay_base::journal::Event;

/// One situation.
pub struct Goal {
    /// Its name in a scenario.
    pub name: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// How often it occurred.
    pub count: fn(&Facts) -> u64,
}

/// Every goal, by name.
pub const GOALS: &[Goal] = &[
    Goal {
        name: "early-renewal",
        summary: "a client renewed a page before it expired",
        count: |facts| facts.counter("early-renewals"),
    },
    Goal {
        name: "eviction",
        summary: "a server removed a key to make room",
        count: |facts| facts.events(|event| matches!(event, Event::Evicted { .. })),
    },
    Goal {
        name: "expired-key",
        summary: "a server removed a key whose time had come",
        count: |facts| facts.events(|event| matches!(event, Event::Expired { .. })),
    },
    Goal {
        name: "lost-within-promise",
        summary: "an acknowledged write was lost that the configuration did not promise to keep",
        count: |facts| facts.counter("acknowledged-and-lost"),
    },
    Goal {
        name: "mutex-wait",
        summary: "a client waited for another to rebuild a page",
        count: |facts| facts.counter("lock-waits"),
    },
    Goal {
        name: "oom-reply",
        summary: "a client was refused because memory was full",
        count: |facts| facts.errors("OOM "),
    },
    Goal {
        name: "reconnected",
        summary: "a client of the ledger came back after an outage and read its keys",
        count: |facts| facts.counter("read-backs"),
    },
    Goal {
        name: "refused-to-start",
        summary: "a server refused to start on its append-only file",
        count: |facts| facts.logged("Unexpected end of file reading the append only file"),
    },
    Goal {
        name: "stampede",
        summary: "ten or more clients rebuilt one page at once; counts the most",
        count: |facts| Some(facts.maximum("concurrent-rebuilds")).filter(|most| *most >= 10).unwrap_or(0),
    },
    Goal {
        name: "truncated-tail",
        summary: "a server found the end of its append-only file missing, and went on without it",
        count: |facts| facts.logged("Truncating the AOF"),
    },
];

/// Name and summary of every goal.
pub fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    GOALS.iter().map(|goal| (goal.name, goal.summary))
}

/// Every name.
pub fn names() -> impl Iterator<Item = &'static str> {
    GOALS.iter().map(|goal| goal.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_sorted_by_name() {
        assert!(GOALS.is_sorted_by_key(|goal| goal.name));
    }
}

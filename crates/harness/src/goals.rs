//! Situations that a scenario wants to occur (`goals` in its checks), each with a way to count it.

use crate::facts::{Facts, OOM_KILL};
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

/// What the last line of a server's log is about that does not start on its files.
const REFUSALS: &[&str] = &[
    "Unexpected end of file reading the append only file",
    "Bad file format reading the append only file",
    "Wrong RDB checksum",
    "Internal error in RDB reading",
    "RDB has duplicated key",
    "Can't handle RDB format version",
    "Short read or OOM loading DB",
];

/// Every goal, by name.
pub const GOALS: &[Goal] = &[
    Goal {
        name: "dead-letter",
        summary: "a worker put a job aside that had failed too often",
        count: |facts| facts.counter("dead-lettered"),
    },
    Goal {
        name: "deleted-while-pending",
        summary: "an entry was delivered or claimed that was no longer in its stream",
        count: |facts| facts.counter("deleted-while-pending"),
    },
    Goal { name: "duplicate", summary: "a job was processed more than once", count: Facts::duplicates },
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
        name: "late-acknowledgement",
        summary: "an entry was acknowledged that was no longer pending",
        count: |facts| facts.counter("acknowledged-too-late"),
    },
    Goal {
        name: "looked",
        summary: "an application looked whether what it looks after still holds",
        count: |facts| ["looks", "tops", "ranks", "comparisons"].map(|name| facts.counter(name)).iter().sum(),
    },
    Goal {
        name: "lost-within-promise",
        summary: "an acknowledged write was lost that the configuration did not promise to keep",
        count: |facts| facts.counter("acknowledged-and-lost"),
    },
    Goal {
        name: "migrated",
        summary: "a server took over an append-only file of an old version",
        count: |facts| facts.logged("Successfully migrated an old-style AOF"),
    },
    Goal {
        name: "misconf",
        summary: "a client's write was refused because the server could not write to its disk",
        count: |facts| facts.errors("MISCONF "),
    },
    Goal {
        name: "mutex-wait",
        summary: "a client waited for another to rebuild a page",
        count: |facts| facts.counter("lock-waits"),
    },
    Goal {
        name: "oom-kill",
        summary: "the kernel killed a server that used more memory than its machine has",
        count: |facts| facts.logged(OOM_KILL),
    },
    Goal {
        name: "oom-reply",
        summary: "a client was refused because memory was full",
        count: |facts| facts.errors("OOM "),
    },
    Goal {
        name: "published-to-nobody",
        summary: "a message was published that nobody heard",
        count: |facts| facts.counter("published-to-nobody"),
    },
    Goal {
        name: "put-back",
        summary: "a worker found a job that its earlier life had left half done",
        count: |facts| facts.counter("put-back"),
    },
    Goal {
        name: "reclaimed",
        summary: "a consumer took over an entry that another had left pending",
        count: |facts| facts.counter("reclaimed"),
    },
    Goal {
        name: "reconnected",
        summary: "a client of the ledger came back after an outage and read its keys",
        count: |facts| facts.counter("read-backs"),
    },
    Goal {
        name: "refused-to-start",
        summary: "a server refused to start on its files",
        count: |facts| REFUSALS.iter().map(|text| facts.logged(text)).sum(),
    },
    Goal {
        name: "rewrite-interrupted",
        summary: "a server ended while it rewrote its append-only file",
        count: |facts| {
            let started = facts.logged("Background append only file rewriting started");
            started.saturating_sub(facts.logged("Background AOF rewrite terminated"))
        },
    },
    Goal {
        name: "rewritten",
        summary: "a rewrite of the append-only file came to its end",
        count: |facts| facts.logged("Background AOF rewrite finished successfully"),
    },
    Goal {
        name: "saved",
        summary: "a server wrote an RDB file",
        count: |facts| facts.logged("DB saved on disk"),
    },
    Goal {
        name: "snapshot-overhead",
        summary: "a snapshot needed a megabyte or more beside the data; counts the most, in bytes",
        count: |facts| Some(facts.maximum("snapshot-bytes")).filter(|most| *most >= 1 << 20).unwrap_or(0),
    },
    Goal {
        name: "stampede",
        summary: "ten or more clients rebuilt one page at once; counts the most",
        count: |facts| Some(facts.maximum("concurrent-rebuilds")).filter(|most| *most >= 10).unwrap_or(0),
    },
    Goal {
        name: "transaction-conflict",
        summary: "a transaction was refused because a key that it watched had changed",
        count: |facts| facts.counter("conflicts"),
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

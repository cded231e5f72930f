//! Situations that a scenario wants to occur (`goals` in its checks), each with a way to count it.

mod stories;

use crate::facts::{Facts, OOM_KILL};
use resplay_base::journal::{Event, Wake};
use resplay_history::Outcome;

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
        name: "blocked-timeout",
        summary: "a client waited in vain until its time was up",
        count: |facts| facts.events(|event| matches!(event, Event::Woken { why: Wake::TimedOut, .. })),
    },
    Goal {
        name: "claimed-while-acknowledged",
        summary: "a consumer took over an entry while its owner acknowledged it",
        count: |facts| stories::claimed_while_acknowledged(&facts.evidence),
    },
    Goal {
        name: "clock-set-back",
        summary: "a server saw its wall clock go back",
        count: |facts| stories::clock_set_back(&facts.evidence),
    },
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
    Goal {
        name: "disk-full",
        summary: "a server could not write for lack of room",
        count: |facts| facts.logged("No space left on device"),
    },
    Goal { name: "duplicate", summary: "a job was processed more than once", count: Facts::duplicates },
    Goal {
        name: "early-renewal",
        summary: "a client renewed a page before it expired",
        count: |facts| facts.counter("early-renewals"),
    },
    Goal {
        name: "evicted-in-transaction",
        summary: "room was made for a command of a transaction",
        count: |facts| stories::evicted_in_transaction(&facts.evidence),
    },
    Goal {
        name: "eviction",
        summary: "a server removed a key to make room",
        count: |facts| facts.events(|event| matches!(event, Event::Evicted { .. })),
    },
    Goal {
        name: "exec-abort",
        summary: "a transaction was refused because one of its commands could not be queued",
        count: |facts| facts.errors("EXECABORT "),
    },
    Goal {
        name: "expired-key",
        summary: "a server removed a key whose time had come",
        count: |facts| facts.events(|event| matches!(event, Event::Expired { .. })),
    },
    Goal {
        name: "expired-while-loading",
        summary: "a server passed over keys of its RDB file whose time had come",
        count: |facts| facts.logged("keys expired: ") - facts.logged("keys expired: 0."),
    },
    Goal {
        name: "group-vanished",
        summary: "a consumer found its group gone",
        count: |facts| facts.errors("NOGROUP "),
    },
    Goal {
        name: "late-acknowledgement",
        summary: "an entry was acknowledged that was no longer pending",
        count: |facts| facts.counter("acknowledged-too-late"),
    },
    Goal {
        name: "loading",
        summary: "a client was refused because the server was still loading",
        count: |facts| facts.errors("LOADING "),
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
        name: "pushed",
        summary: "a client was sent a message",
        count: |facts| facts.events(|event| matches!(event, Event::Pushed { .. })),
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
        name: "recovered",
        summary: "a server that was started again found something in its files",
        count: |facts| stories::recovered(&facts.evidence),
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
        name: "rewrite-torn",
        summary: "a server ended after it renamed the new base and before the rewrite was done",
        count: |facts| {
            let renamed = facts.logged("Successfully renamed the temporary AOF base file");
            renamed.saturating_sub(facts.logged("Background AOF rewrite finished successfully"))
        },
    },
    Goal {
        name: "rewritten",
        summary: "a rewrite of the append-only file came to its end",
        count: |facts| facts.logged("Background AOF rewrite finished successfully"),
    },
    Goal {
        name: "save-failed",
        summary: "an RDB file could not be written",
        count: |facts| facts.logged("Background saving error"),
    },
    Goal {
        name: "save-interrupted",
        summary: "a server ended while it wrote an RDB file",
        count: |facts| {
            let ended =
                facts.logged("Background saving terminated") + facts.logged("Background saving error");
            facts.logged("Background saving started by pid").saturating_sub(ended)
        },
    },
    Goal {
        name: "saved",
        summary: "a server wrote an RDB file",
        count: |facts| facts.logged("DB saved on disk"),
    },
    Goal {
        name: "served",
        summary: "a client waited and was served",
        count: |facts| facts.events(|event| matches!(event, Event::Woken { why: Wake::Served, .. })),
    },
    Goal {
        name: "served-in-order",
        summary: "two clients that waited for one key were served one after the other",
        count: |facts| stories::served_in_order(&facts.evidence),
    },
    Goal {
        name: "shared-lock",
        summary: "two clients worked under the same lock at once",
        count: |facts| facts.maximum("holders").saturating_sub(1),
    },
    Goal {
        name: "slow-sync",
        summary: "a server wrote without waiting any longer for a sync",
        count: |facts| facts.logged("Asynchronous AOF fsync is taking too long"),
    },
    Goal {
        name: "snapshot-overhead",
        summary: "a snapshot needed 16 kB or more beside the data; counts the most, in bytes",
        count: |facts| Some(facts.maximum("snapshot-bytes")).filter(|most| *most >= 16 << 10).unwrap_or(0),
    },
    Goal {
        name: "stampede",
        summary: "ten or more clients rebuilt one page at once; counts the most",
        count: |facts| Some(facts.maximum("concurrent-rebuilds")).filter(|most| *most >= 10).unwrap_or(0),
    },
    Goal {
        name: "transaction-at-crash",
        summary: "a server ended while a client was in the middle of a transaction",
        count: |facts| stories::transaction_at_the_end(&facts.evidence),
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
    Goal {
        name: "unblocked",
        summary: "a client that waited was told to wait no longer",
        count: |facts| facts.events(|event| matches!(event, Event::Woken { why: Wake::Unblocked, .. })),
    },
    Goal {
        name: "unknown-outcome",
        summary: "a client never learned whether its command was executed",
        count: |facts| {
            let operations = facts.evidence.history.operations.iter();
            operations.filter(|operation| matches!(operation.outcome, Outcome::Unknown(_))).count() as u64
        },
    },
    Goal {
        name: "waiting-at-crash",
        summary: "a server ended while a client waited for a key",
        count: |facts| stories::waiting_at_the_end(&facts.evidence),
    },
    Goal {
        name: "watch-expired",
        summary: "a transaction was refused after a key that it watched had expired",
        count: |facts| stories::watch_expired(&facts.evidence),
    },
    Goal {
        name: "write-recovered",
        summary: "a server that could not write to its append-only file could again",
        count: |facts| facts.logged("AOF write error looks solved"),
    },
    Goal {
        name: "wrong-type",
        summary: "a client's command met a key of another type",
        count: |facts| facts.errors("WRONGTYPE "),
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

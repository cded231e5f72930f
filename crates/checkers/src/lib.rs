//! The judges: each file holds one promise, says what it verifies and what it does not, and gives a [`Verdict`] on
//! the [`Evidence`] of a run.
//!
//! To add a check: a file with a `check` function and a row in [`CHECKS`]; its tests break the promise and see it
//! fail.
//!
//! Invariant: a check sees what clients saw and what nodes say they did, never a node's memory.

mod at_least_once;
mod clock;
mod counter_bounds;
mod delivery;
mod evidence;
mod exclusion;
mod expiry;
mod groups;
mod keys;
mod ledger;
mod linearizable;
mod list_append;
mod liveness;
mod lives;
mod memory_limit;
mod model;
mod reply_schema;
mod self_check;
mod up;

pub use evidence::{Core, EventKind, Evidence, MemorySample, NodeEvent, Said, Slow, SlowDisk, Verdict};
pub use ledger::{Found, Judgement, Moment, Moments};

/// A check by its name in a scenario.
pub struct Check {
    /// As `checks.require` names it.
    pub name: &'static str,
    /// What it promises, in a line.
    pub summary: &'static str,
    /// Whether what clients saw is enough for it: it can judge a history that was recorded anywhere.
    pub needs_only_history: bool,
    /// Judges a run.
    pub run: fn(&Evidence) -> Verdict,
}

/// Every check, by name.
pub const CHECKS: &[Check] = &[
    Check {
        name: "at-least-once",
        summary: "every entry or job that was accepted is processed or dead-lettered, and none stays pending",
        needs_only_history: true,
        run: at_least_once::check,
    },
    Check {
        name: "clock",
        summary: "a server's clock goes as fast as the world's",
        needs_only_history: false,
        run: clock::check,
    },
    Check {
        name: "counter-bounds",
        summary: "every value that a client saw of a counter is a sum of increments that could be in it then",
        needs_only_history: true,
        run: counter_bounds::check,
    },
    Check {
        name: "delivery",
        summary: "every reply that a client received is one that the server gave",
        needs_only_history: false,
        run: delivery::check,
    },
    Check {
        name: "exclusion",
        summary: "no two clients hold a lock at the same time",
        needs_only_history: true,
        run: exclusion::check,
    },
    Check {
        name: "expiry",
        summary: "no client is ever served a key whose time has passed",
        needs_only_history: false,
        run: expiry::check,
    },
    Check {
        name: "linearizable",
        summary: "what clients saw of each string has an explanation with one moment for each command",
        needs_only_history: true,
        run: linearizable::check,
    },
    Check {
        name: "list-append",
        summary: "transactions on lists are atomic, and have an order that fits what clients read and when they asked",
        needs_only_history: true,
        run: list_append::check,
    },
    Check {
        name: "liveness",
        summary: "every client that asks gets replies again after the last fault",
        needs_only_history: false,
        run: liveness::check,
    },
    Check {
        name: "memory-limit",
        summary: "memory stays below maxmemory, but for one command",
        needs_only_history: false,
        run: memory_limit::check,
    },
    Check {
        name: "model",
        summary: "every reply is one that the real server could have given",
        needs_only_history: false,
        run: model::check,
    },
    Check {
        name: "promise-ledger",
        summary: "a crash takes no more than the AOF policy allows",
        needs_only_history: false,
        run: ledger::check,
    },
    Check {
        name: "reply-schema",
        summary: "every RESP3 reply has the shape that its command promises",
        needs_only_history: false,
        run: reply_schema::check,
    },
    Check {
        name: "self-check",
        summary: "no application found broken what it looks after",
        needs_only_history: false,
        run: self_check::check,
    },
    Check {
        name: "up",
        summary: "no node ends unless it is told to",
        needs_only_history: false,
        run: up::check,
    },
];

/// The check of that name.
pub fn find(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_stand_in_order_and_are_found_by_name() {
        assert!(CHECKS.windows(2).all(|two| two[0].name < two[1].name));
        assert!(find("promise-ledger").is_some() && find("promise").is_none());
    }

    #[test]
    fn a_run_in_which_nothing_happened_breaks_no_promise() {
        for check in CHECKS {
            assert!((check.run)(&Evidence::default()).holds, "{}", check.name);
        }
    }
}

//! Delta debugging: the smallest scenario that still fails in the same way. Parts are left out, the large ones first; what
//! applications send becomes a script, of which commands are left out; then values are made smaller. It stops when no single
//! step helps any more: a local minimum.

mod script;
mod steps;

use super::signature;
use crate::format::Scenario;
use crate::outcome::Outcome;
use crate::run::{Request, run};
use resplay_history::Operation;
use toml::{Table, Value};

/// The most that a search costs, in commands of all its runs: a measure of time that is the same everywhere.
const COST_MAX: u64 = 10_000_000;
/// What a run without commands costs.
const COST_OF_RUN: u64 = 300;

/// What shrinking came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shrunk {
    /// The scenario, as text with a comment on what fails.
    pub text: String,
    /// What fails.
    pub signature: String,
    /// How many runs it took.
    pub runs: u32,
    /// How many commands applications still send.
    pub operations: u64,
    /// How many faults there still are.
    pub faults: u64,
}

/// Makes a scenario smaller that fails with this seed; `None` if it does not fail.
pub fn shrink(scenario: &Scenario, seed: u64, bugs: &[String]) -> Option<Shrunk> {
    let outcome = perform(scenario, seed, bugs)?;
    let signature = signature(&outcome)?;
    let mut table: Table = scenario.to_string().parse().ok()?;
    table.remove("variants");
    table.insert("seed".to_string(), Value::Integer(i64::try_from(seed).unwrap_or(i64::MAX)));
    let smallest = outcome.commands;
    let history = outcome.history.operations;
    let mut search = Search { seed, bugs, signature, runs: 1, cost: smallest, smallest, table, history };
    while search.shorten() {}
    Some(search.shrunk())
}

fn perform(scenario: &Scenario, seed: u64, bugs: &[String]) -> Option<Outcome> {
    run(&Request::of(scenario, seed, bugs)).ok()
}

/// A search for smaller scenarios that fail with one signature.
struct Search<'a> {
    seed: u64,
    bugs: &'a [String],
    signature: String,
    runs: u32,
    /// Of all runs.
    cost: u64,
    /// Of the smallest scenario so far.
    smallest: u64,
    /// The smallest so far, and what its clients saw.
    table: Table,
    history: Vec<Operation>,
}

impl Search<'_> {
    /// First of all: what comes after is cheaper.
    fn leave_out_parts(&mut self) {
        for _ in 0..2 {
            self.make_smaller(vec![vec!["duration".to_string()]], |table, path| steps::smaller(table, path));
            self.try_all(steps::parts(&self.table));
        }
    }

    /// Tries every step; whether any of them helped.
    fn shorten(&mut self) -> bool {
        let before = self.table.clone();
        self.leave_out_parts();
        self.try_all(script::scripts(&self.table, &self.history));
        self.leave_out_commands();
        self.try_all(steps::removals(&self.table));
        self.try_all(steps::fewer_items(&self.table));
        self.make_smaller(script::places(&self.table), script::smaller);
        self.make_smaller(steps::places(&self.table), |table, path| steps::smaller(table, path));
        self.table != before
    }

    /// Makes what is at each of these places smaller for as long as that helps.
    fn make_smaller<P>(&mut self, places: Vec<P>, smaller: fn(&Table, &P) -> Vec<steps::Step>) {
        for place in places {
            while !self.is_spent() && self.try_any(smaller(&self.table, &place)) {}
        }
    }

    /// Whether one of these steps helped.
    fn try_any(&mut self, steps: Vec<steps::Step>) -> bool {
        let mut steps = steps.into_iter();
        steps.any(|step| step.apply(&self.table).is_some_and(|smaller| self.try_one(smaller)))
    }

    fn try_all(&mut self, steps: Vec<steps::Step>) {
        for step in steps {
            if let Some(smaller) = step.apply(&self.table) {
                self.try_one(smaller);
            }
        }
    }

    /// Halves of all commands, then quarters, down to single ones.
    fn leave_out_commands(&mut self) {
        let mut places = script::places(&self.table);
        let mut length = places.len().div_ceil(2);
        while length > 0 {
            let mut first = 0;
            while first < places.len() && !self.is_spent() {
                let chunk = &places[first..places.len().min(first + length)];
                match script::without(&self.table, chunk).is_some_and(|smaller| self.try_one(smaller)) {
                    true => places = script::places(&self.table),
                    false => first += length,
                }
            }
            length = if length == 1 { 0 } else { length.div_ceil(2) };
        }
    }

    /// Whether nothing more is tried.
    fn is_spent(&self) -> bool {
        self.cost >= COST_MAX
    }

    /// Whether it still fails, and so takes the place of the one before.
    fn try_one(&mut self, table: Table) -> bool {
        if self.is_spent() {
            return false;
        }
        let Ok(scenario) = Scenario::parse("shrunk", &table.to_string()) else { return false };
        let Some(outcome) = perform(&scenario, self.seed, self.bugs) else { return false };
        self.runs += 1;
        self.cost += COST_OF_RUN + outcome.commands;
        // Without its rate an application has the usual one, which may be higher. A fault less may let some more through.
        let is_smaller = outcome.commands <= self.smallest + self.smallest / 8;
        let fails = is_smaller && signature(&outcome).as_deref() == Some(&self.signature);
        if fails {
            self.smallest = outcome.commands;
            self.table = table;
            self.history = outcome.history.operations;
        }
        fails
    }

    fn shrunk(self) -> Shrunk {
        let faults = self.table.get("faults").and_then(Value::as_table).map_or(0, Table::len);
        let ending = match self.is_spent() {
            true => ", then it took too long",
            false => ": no single step makes it smaller",
        };
        let (signature, runs) = (self.signature, self.runs);
        let seed = self.seed;
        let text = format!(
            "# {signature}\n# Fails with seed {seed}; shrunk in {runs} runs{ending}.\n\n{}",
            self.table
        );
        let operations = script::count(&self.history);
        Shrunk { text, signature, runs, operations, faults: faults as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three applications and two faults; the bug shows in what one of them does.
    const SCENARIO: &str = r#"
        title = "To be shrunk"
        lesson = "Nothing is synced."
        seed = 1
        duration = "8s"

        [nodes.cache.config]
        appendonly = "yes"
        appendfsync = "always"
        maxmemory-policy = "allkeys-lru"

        [apps.ledger-writer]
        kind = "ledger-writer"
        clients = 3
        rate = "60/s"

        [apps.ring]
        kind = "ring"
        rate = "20/s"

        [faults.away]
        at = "1s"
        for = "500ms"
        partition = { isolate = ["ring"] }

        [faults.power]
        at = "4s"
        power-loss = { node = "cache", restart-after = "100ms" }

        [checks]
        require = ["promise-ledger"]
    "#;

    #[test]
    fn shrinking_twice_gives_the_same_few_commands_and_they_fail_in_the_same_way() {
        let scenario = Scenario::parse("test", SCENARIO).expect("a scenario");
        let bugs = ["fsync-skipped".to_string()];
        let shrunk = shrink(&scenario, 1, &bugs).expect("the bug is found");
        assert_eq!(Some(&shrunk), shrink(&scenario, 1, &bugs).as_ref());
        assert!(shrunk.operations <= 12 && shrunk.faults == 1, "{}", shrunk.text);
        assert!(shrunk.text.contains("kind = \"script\""), "{}", shrunk.text);
        let again = Scenario::parse("shrunk", &shrunk.text).expect("a scenario");
        let outcome = perform(&again, 1, &bugs).expect("it runs");
        assert_eq!(signature(&outcome), Some(shrunk.signature));
        assert_eq!(
            shrink(&again, 1, &bugs).map(|again| again.operations),
            Some(shrunk.operations),
            "a local minimum"
        );
    }

    #[test]
    fn what_holds_is_not_shrunk() {
        let scenario = Scenario::parse("test", SCENARIO).expect("a scenario");
        assert_eq!(shrink(&scenario, 1, &[]), None);
    }
}

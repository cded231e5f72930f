//! Delta debugging: the smallest scenario that still fails in the same way. Parts are left out, the large ones first; then
//! values are made smaller. It stops when no single step helps any more: a local minimum.

use super::signature;
use crate::format::Scenario;
use crate::run::{Request, run};
use toml::{Table, Value};

/// The most runs that shrinking takes, and the most commands in all of them: a measure of time that is the same everywhere.
const RUNS_MAX: u32 = 500;
const COMMANDS_MAX: u64 = 4_000_000;
/// What a fault is not without: a server that does not come back is another fault, which fails in other ways.
const ESSENTIAL: [&str; 2] = ["for", "restart-after"];

/// What shrinking came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shrunk {
    /// The scenario, as text with a comment on what fails.
    pub text: String,
    /// What fails.
    pub signature: String,
    /// How many runs it took.
    pub runs: u32,
}

/// Makes a scenario smaller that fails with this seed; `None` if it does not fail.
pub fn shrink(scenario: &Scenario, seed: u64, bugs: &[String]) -> Option<Shrunk> {
    let (signature, commands) = fails(scenario, seed, bugs);
    let signature = signature?;
    let mut table: Table = scenario.to_string().parse().ok()?;
    table.remove("variants");
    table.insert("seed".to_string(), Value::Integer(i64::try_from(seed).unwrap_or(i64::MAX)));
    let mut search = Search { seed, bugs, signature, runs: 1, commands, smallest: commands };
    while search.shorten(&mut table) {}
    let text = format!(
        "# {}\n# Fails with seed {seed}; shrunk in {} runs.\n\n{}",
        search.signature, search.runs, table
    );
    Some(Shrunk { text, signature: search.signature, runs: search.runs })
}

/// The signature of its failure, and how many commands it ran.
fn fails(scenario: &Scenario, seed: u64, bugs: &[String]) -> (Option<String>, u64) {
    match run(&Request::of(scenario, seed, bugs)) {
        Ok(outcome) => (signature(&outcome), outcome.commands),
        Err(_) => (None, 0),
    }
}

/// A search for smaller scenarios that fail with one signature.
struct Search<'a> {
    seed: u64,
    bugs: &'a [String],
    signature: String,
    runs: u32,
    /// In all runs.
    commands: u64,
    /// Of the smallest scenario so far.
    smallest: u64,
}

/// One way to make a scenario smaller.
enum Step {
    Remove(Vec<String>),
    Set(Vec<String>, Value),
}

impl Search<'_> {
    /// Tries every step once; whether any of them helped.
    fn shorten(&mut self, table: &mut Table) -> bool {
        let before = table.clone();
        // A shorter run makes all that is tried behind it cheaper.
        for kind in [shorter, removals, fewer_items, smaller_values] {
            for step in kind(table) {
                let Some(smaller) = step.apply(table) else { continue };
                if self.runs < RUNS_MAX && self.commands < COMMANDS_MAX && self.still_fails(&smaller) {
                    *table = smaller;
                }
            }
        }
        *table != before
    }

    fn still_fails(&mut self, table: &Table) -> bool {
        let Ok(scenario) = Scenario::parse("shrunk", &table.to_string()) else { return false };
        let (signature, commands) = fails(&scenario, self.seed, self.bugs);
        self.runs += 1;
        self.commands += commands;
        // Without its rate an application has the usual one, which may be higher. A fault less may let some more through.
        let is_smaller = commands <= self.smallest + self.smallest / 8;
        let fails = is_smaller && signature.as_deref() == Some(&self.signature);
        if fails {
            self.smallest = commands;
        }
        fails
    }
}

impl Step {
    /// `None` if what it is about is gone already, or nothing would change.
    fn apply(&self, table: &Table) -> Option<Table> {
        let mut table = table.clone();
        match self {
            Step::Remove(path) => {
                let (last, above) = path.split_last()?;
                at(&mut table, above)?.remove(last)?;
            }
            Step::Set(path, value) => {
                let (last, above) = path.split_last()?;
                let old = at(&mut table, above)?.get_mut(last)?;
                if old == value {
                    return None;
                }
                *old = value.clone();
            }
        }
        Some(table)
    }
}

fn at<'t>(table: &'t mut Table, path: &[String]) -> Option<&'t mut Table> {
    path.iter().try_fold(table, |table, key| table.get_mut(key)?.as_table_mut())
}

/// Every value of a scenario with its path, tables before what is in them.
fn values(table: &Table) -> Vec<(Vec<String>, Value)> {
    let mut found = Vec::new();
    for (key, value) in table {
        found.push((vec![key.clone()], value.clone()));
        if let Value::Table(below) = value {
            let below = values(below).into_iter();
            found.extend(below.map(|(path, value)| ([vec![key.clone()], path].concat(), value)));
        }
    }
    found
}

/// The run itself, in less time.
fn shorter(table: &Table) -> Vec<Step> {
    let less = table.get("duration").and_then(Value::as_str).map(smaller_texts).unwrap_or_default();
    less.into_iter().map(|text| Step::Set(vec!["duration".to_string()], Value::String(text))).collect()
}

/// Faults, applications, directives and options, but for what a scenario cannot do without.
fn removals(table: &Table) -> Vec<Step> {
    let mut paths: Vec<Vec<String>> = values(table).into_iter().map(|(path, _)| path).collect();
    let is_free = |key: &String| key == "goals" || key == "core";
    paths.retain(|path| path[0] != "checks" || path[1..].first().is_some_and(is_free));
    paths
        .retain(|path| path[0] != "seed" && path.last().is_none_or(|key| !ESSENTIAL.contains(&key.as_str())));
    // The large parts first: a fault that is gone takes its options along.
    paths.sort_by_key(Vec::len);
    paths.into_iter().map(Step::Remove).collect()
}

/// Lists with one item less.
fn fewer_items(table: &Table) -> Vec<Step> {
    let mut steps = Vec::new();
    for (path, value) in values(table) {
        let Value::Array(items) = value else { continue };
        if path[0] == "checks" {
            continue;
        }
        for index in 0..items.len() {
            let mut fewer = items.clone();
            fewer.remove(index);
            steps.push(Step::Set(path.clone(), Value::Array(fewer)));
        }
    }
    steps
}

/// Numbers, rates and times that are half as large, or a tenth less.
fn smaller_values(table: &Table) -> Vec<Step> {
    let mut steps = Vec::new();
    for (path, value) in
        values(table).into_iter().filter(|(path, _)| path[0] != "seed" && path[0] != "duration")
    {
        let smaller: Vec<Value> = match &value {
            Value::Integer(number) if *number > 1 => [1, number / 2, number - 1].map(Value::Integer).to_vec(),
            Value::String(text) => smaller_texts(text).into_iter().map(Value::String).collect(),
            _ => Vec::new(),
        };
        steps.extend(smaller.into_iter().map(|value| Step::Set(path.clone(), value)));
    }
    steps
}

/// `40/s` as `20/s`, `17s` as `8s`, `2s..6s` as `2s` or as `1s..3s`; nothing for other texts.
fn smaller_texts(text: &str) -> Vec<String> {
    if let Some((from, to)) = text.split_once("..") {
        let halves = smaller_texts(from).into_iter().zip(smaller_texts(to));
        let halves = halves.map(|(from, to)| format!("{from}..{to}"));
        return std::iter::once(from.to_string()).chain(halves).collect();
    }
    if text == "1s" {
        return vec!["500ms".to_string()];
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
    let (number, unit) = text.split_at(end);
    let units = ["/s", "s", "ms", "m", "b", "kb", "mb"];
    match number.parse::<u64>() {
        Ok(number) if number > 1 && units.contains(&unit) => {
            [number / 2, number - number.div_ceil(10)].map(|less| format!("{less}{unit}")).to_vec()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_a_unit_become_smaller() {
        assert_eq!(smaller_texts("40/s"), ["20/s", "36/s"]);
        assert_eq!(smaller_texts("17s"), ["8s", "15s"]);
        assert!(smaller_texts("BGSAVE").is_empty() && smaller_texts("1b").is_empty());
        assert_eq!(smaller_texts("1s"), ["500ms"]);
        assert_eq!(smaller_texts("20ms..60ms"), ["20ms", "10ms..30ms", "18ms..54ms"]);
    }

    #[test]
    fn a_step_on_what_is_gone_is_none() {
        let table: Table = "[a]\nb = 1\n".parse().expect("a table");
        let path = ["a", "b"].map(str::to_string).to_vec();
        let less = Step::Remove(path.clone()).apply(&table).expect("it is there");
        assert!(Step::Remove(path.clone()).apply(&less).is_none());
        assert!(Step::Set(path, Value::Integer(1)).apply(&table).is_none());
    }
}

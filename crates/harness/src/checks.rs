//! The checks that a scenario may require: those of the checkers, and `up`, which always counts.

use crate::facts::Facts;
use crate::format::Plan;

/// What a check found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The check.
    pub name: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// What it has to say, a line each.
    pub lines: Vec<String>,
}

impl Finding {
    /// The lines that say why a run failed.
    pub fn violation(&self, name: &str) -> Vec<String> {
        if self.lines.is_empty() {
            return vec![format!("{name}: violated")];
        }
        self.lines.iter().map(|line| format!("{name}: {line}")).collect()
    }
}

/// Name and summary of every check.
pub fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    [("up", "no server ends unasked (always required)")].into_iter()
}

/// Every name.
pub fn names() -> impl Iterator<Item = &'static str> {
    rows().map(|(name, _)| name)
}

/// What the required checks, those with an expected violation, and `up` find.
pub fn judge(_plan: &Plan, facts: &Facts) -> Vec<Finding> {
    vec![up(facts)]
}

/// No server ended unasked.
fn up(facts: &Facts) -> Finding {
    let line = |(name, exit): (&str, resplay_base::Exit)| format!("{name} ended with status {}", exit.0);
    let lines: Vec<String> = facts.exits().map(line).collect();
    Finding { name: "up", holds: lines.is_empty(), lines }
}

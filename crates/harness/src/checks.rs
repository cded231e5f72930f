//! Which checks a run is judged by: those that its scenario requires, those whose violation it expects, and those
//! that no run may break.

use crate::facts::Facts;
use crate::format::Plan;
use resplay_checkers::{CHECKS, Check};

/// Always required: a server that ends unasked, or whose replies have no shape that clients know, fails any scenario that
/// does not expect it.
const ALWAYS: &[&str] = &["reply-schema", "up"];

/// What a check found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The check.
    pub name: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// What it has to say either way, in a line.
    pub detail: String,
    /// What breaks its promise, a line each.
    pub violations: Vec<String>,
}

/// Name and summary of every check.
pub fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    CHECKS.iter().map(|check| (check.name, check.summary))
}

/// Every name.
pub fn names() -> impl Iterator<Item = &'static str> {
    rows().map(|(name, _)| name)
}

/// What the checks of a run find.
pub fn judge(plan: &Plan, facts: &Facts) -> Vec<Finding> {
    let concerns = |check: &&Check| {
        let name = check.name;
        ALWAYS.contains(&name)
            || plan.checks.require.iter().any(|other| other == name)
            || plan.checks.expect.contains_key(name)
    };
    CHECKS.iter().filter(concerns).map(|check| find(check, facts)).collect()
}

fn find(check: &'static Check, facts: &Facts) -> Finding {
    let verdict = (check.run)(&facts.evidence);
    Finding { name: check.name, holds: verdict.holds, detail: verdict.detail, violations: verdict.findings }
}

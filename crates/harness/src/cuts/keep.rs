//! A failing cut as a scenario of its own, for `corpus/regressions/`: one variant with its seed, cut short after the
//! failure, that fails until what is wrong is mended.

use super::CutRequest;
use crate::format::{Mistake, Scenario};
use crate::outcome::Outcome;
use crate::run::{Request, run};

/// A scenario file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What to call it.
    pub file_name: String,
    /// All of it.
    pub text: String,
}

/// The run goes on for so long after the failing cut, in milliseconds.
const AFTER_MS: u64 = 1_000;

/// The scenario of a run whose cuts fail; `None` if none does. `outcome` is what `request` came to.
pub fn keep(request: &Request<'_>, outcome: &Outcome) -> Result<Option<Kept>, Mistake> {
    let Some(failure) = outcome.cuts.as_ref().and_then(|report| report.failures.first()) else {
        return Ok(None);
    };
    let mut sets = request.sets.to_vec();
    let node = failure.cut.node.as_deref().unwrap_or_default();
    sets.push(format!("seed={}", request.seed));
    sets.push(format!("cuts.nodes=[{node:?}]"));
    sets.extend(["cuts.when-asked=false", "checks.goals=[]", "checks.require=[]"].map(str::to_string));
    let whole = request.scenario.flattened(request.variant, &sets)?;
    let short = format!("duration=\"{}ms\"", failure.at_ns / 1_000_000 + AFTER_MS);
    let short = whole.flattened(None, &[short])?;
    let scenario = if fails_by_cuts_alone(request, &short)? { short } else { whole };
    let bugs = request.bugs.iter().map(|bug| format!("\n--bug {bug}")).collect::<String>();
    let told = format!("{}\nfound by {}{bugs}", failure.text, outcome.reproduction());
    let mut text: String = told.lines().map(|line| format!("# {line}\n")).collect();
    text += &scenario.to_string();
    Ok(Some(Kept { file_name: file_name(outcome), text }))
}

/// Whether a run of this scenario fails, and for no other reason than its cuts.
fn fails_by_cuts_alone(request: &Request<'_>, scenario: &Scenario) -> Result<bool, Mistake> {
    let cuts = CutRequest { only: None, ..request.cuts };
    let outcome = run(&Request { scenario, variant: None, sets: &[], cuts, ..*request })?;
    Ok(!outcome.why.is_empty() && outcome.why.iter().all(|why| why.starts_with("cuts: ")))
}

/// `crash-mid-aof-always-seed-3.toml`.
fn file_name(outcome: &Outcome) -> String {
    let stem = outcome.scenario.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = stem.strip_suffix(".toml").unwrap_or(stem);
    format!("{stem}-{}-seed-{}.toml", outcome.column(), outcome.seed)
}

//! One JSON object per run and line.

use super::Ran;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Line<'a> {
    scenario: &'a str,
    /// Null for the base.
    variant: Option<&'a str>,
    seed: u64,
    verdict: String,
    digest: String,
    virtual_ms: u64,
    wall_ms: u64,
    commands: u64,
    faults: &'a BTreeMap<String, u64>,
    checks: BTreeMap<&'a str, &'static str>,
    goals: &'a BTreeMap<String, u64>,
}

pub fn print(ran: &[Ran]) {
    for Ran { outcome, wall, .. } in ran {
        let verdict = |holds: &bool| if *holds { "holds" } else { "violated" };
        let line = Line {
            scenario: &outcome.scenario,
            variant: outcome.variant.as_deref(),
            seed: outcome.seed,
            verdict: outcome.verdict.to_string(),
            digest: format!("{:016x}", outcome.digest),
            virtual_ms: outcome.virtual_ms,
            wall_ms: wall.as_millis() as u64,
            commands: outcome.commands,
            faults: &outcome.faults,
            checks: outcome.checks.iter().map(|(name, holds)| (name.as_str(), verdict(holds))).collect(),
            goals: &outcome.goals,
        };
        println!("{}", serde_json::to_string(&line).expect("strings and numbers are always JSON"));
    }
}

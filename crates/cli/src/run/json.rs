//! An object per run and line.

use super::Printer;
use super::jobs::Done;
use serde::Serialize;
use std::collections::BTreeMap;

/// Prints JSON lines.
pub struct Json;

/// A line; its fields come in this order.
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

impl Printer for Json {
    fn done(&mut self, done: Done) -> String {
        let outcome = &done.outcome;
        let verdict = |holds: &bool| if *holds { "holds" } else { "violated" };
        let line = Line {
            scenario: &outcome.scenario,
            variant: outcome.variant.as_deref(),
            seed: outcome.seed,
            verdict: outcome.verdict.to_string(),
            digest: format!("{:016x}", outcome.digest),
            virtual_ms: outcome.virtual_ms,
            wall_ms: u64::try_from(done.wall.as_millis()).unwrap_or(u64::MAX),
            commands: outcome.commands,
            faults: &outcome.faults,
            checks: outcome.checks.iter().map(|(name, holds)| (name.as_str(), verdict(holds))).collect(),
            goals: &outcome.goals,
        };
        for why in &outcome.why {
            eprintln!("{why}");
        }
        if !outcome.why.is_empty() {
            eprintln!("{}", outcome.reproduction());
        }
        serde_json::to_string(&line).expect("texts and numbers are always JSON") + "\n"
    }

    fn end(&mut self) -> String {
        String::new()
    }
}

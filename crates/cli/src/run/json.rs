//! An object per run and line.

use super::Printer;
use super::jobs::Done;
use serde_json::{Map, Value, json};

/// Prints JSON lines.
pub struct Json;

impl Printer for Json {
    fn done(&mut self, done: Done) -> String {
        let outcome = &done.outcome;
        let verdict = |holds: &bool| if *holds { "holds" } else { "violated" };
        let checks: Map<String, Value> =
            outcome.checks.iter().map(|(name, holds)| (name.clone(), json!(verdict(holds)))).collect();
        let line = json!({
            "scenario": outcome.scenario,
            "variant": outcome.variant,
            "seed": outcome.seed,
            "verdict": outcome.verdict.to_string(),
            "digest": format!("{:016x}", outcome.digest),
            "virtual_ms": outcome.virtual_ms,
            "wall_ms": u64::try_from(done.wall.as_millis()).unwrap_or(u64::MAX),
            "commands": outcome.commands,
            "faults": outcome.faults,
            "checks": checks,
            "goals": outcome.goals,
        });
        for why in &outcome.why {
            eprintln!("{why}");
        }
        if !outcome.why.is_empty() {
            eprintln!("{}", outcome.reproduction());
        }
        format!("{line}\n")
    }

    fn end(&mut self) -> String {
        String::new()
    }
}

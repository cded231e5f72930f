//! An object per run and line.

use super::Printer;
use super::jobs::Done;
use resplay_harness::cuts::{CutReport, CutRow};
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
    /// Only where crash cuts were judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    cuts: Option<Cuts<'a>>,
}

/// What crash cuts came to.
#[derive(Serialize)]
struct Cuts<'a> {
    /// Distinct pairs of disk image and configuration.
    images: usize,
    /// By what happened at the cut point.
    by_kind: BTreeMap<String, &'a CutRow>,
    failures: Vec<CutFailure>,
}

#[derive(Serialize)]
struct CutFailure {
    cut: String,
    kind: String,
    at_ms: u64,
    text: String,
}

impl Cuts<'_> {
    fn of(report: &CutReport) -> Cuts<'_> {
        let failures = report.failures.iter().map(|failure| CutFailure {
            cut: failure.cut.to_string(),
            kind: failure.kind.to_string(),
            at_ms: failure.at_ns / 1_000_000,
            text: failure.text.clone(),
        });
        Cuts {
            images: report.pairs.len(),
            by_kind: report.rows.iter().map(|(kind, row)| (kind.to_string(), row)).collect(),
            failures: failures.collect(),
        }
    }
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
            cuts: outcome.cuts.as_ref().map(Cuts::of),
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

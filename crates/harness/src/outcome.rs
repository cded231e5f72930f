//! What a run comes to.

use crate::checks::Finding;
use crate::cuts::CutReport;
use crate::facts::Facts;
use crate::format::{Expected, Plan};
use crate::report::Report;
use crate::rounding;
use crate::run::Request;
use resplay_history::History;
use std::collections::BTreeMap;
use std::fmt;

/// The result of one run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The scenario's name: its path as given.
    pub scenario: String,
    /// The variant; `None` is the base.
    pub variant: Option<String>,
    /// The seed.
    pub seed: u64,
    /// Overrides of the command line.
    pub sets: Vec<String>,
    /// Bugs of the museum that were switched on.
    pub bugs: Vec<String>,
    /// How it went.
    pub verdict: Verdict,
    /// A hash of every input of every host: equal runs have equal ones.
    pub digest: u64,
    /// How long it went on, in virtual milliseconds.
    pub virtual_ms: u64,
    /// How many commands servers ran.
    pub commands: u64,
    /// How often each fault took effect.
    pub faults: BTreeMap<String, u64>,
    /// Whether each check held.
    pub checks: BTreeMap<String, bool>,
    /// How often each goal's situation occurred: those that did, and those that the scenario names.
    pub goals: BTreeMap<String, u64>,
    /// Why it did not pass, a line each; empty if it did.
    pub why: Vec<String>,
    /// What to print of it.
    pub report: Report,
    /// What crash cuts came to, if they were judged.
    pub cuts: Option<CutReport>,
    /// What clients saw.
    pub history: History,
}

/// How a run went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every required check held, every expected violation occurred, every fault took effect, every goal was reached.
    Pass,
    /// Something of that was not so.
    Fail,
    /// The run itself broke down.
    Error,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Error => "error",
        })
    }
}

impl Outcome {
    pub(crate) fn empty(request: &Request<'_>, plan: &Plan) -> Outcome {
        Outcome {
            scenario: request.scenario.name().to_string(),
            variant: request.variant.map(str::to_string),
            seed: request.seed,
            sets: request.sets.to_vec(),
            bugs: request.bugs.to_vec(),
            verdict: Verdict::Pass,
            digest: 0,
            virtual_ms: 0,
            commands: 0,
            faults: BTreeMap::new(),
            checks: BTreeMap::new(),
            goals: BTreeMap::new(),
            why: Vec::new(),
            report: Report::of(plan),
            cuts: None,
            history: History::default(),
        }
    }

    pub(crate) fn new(request: &Request<'_>, plan: &Plan, facts: &Facts) -> Outcome {
        let mut outcome = Outcome::empty(request, plan);
        outcome.digest = facts.digest;
        outcome.virtual_ms = facts.evidence.duration_ns / 1_000_000;
        outcome.commands = facts.commands();
        outcome.faults = facts.faults.clone();
        outcome.report.fill(facts);
        outcome
    }

    /// Compares what was found with what the scenario demands.
    pub(crate) fn judge(&mut self, plan: &Plan, findings: Vec<Finding>, goals_demanded: bool) {
        for finding in findings {
            match (finding.holds, plan.checks.expect.get(finding.name)) {
                (true, Some(Expected::Violated)) => {
                    self.why.push(format!("{}: held, but a violation was expected", finding.name))
                }
                (false, None) => {
                    self.why.extend(finding.violations.iter().map(|line| format!("{}: {line}", finding.name)))
                }
                _ => {}
            }
            self.checks.insert(finding.name.to_string(), finding.holds);
            self.report.findings.push(format!("{}: {}", finding.name, rounding::text(&finding.detail)));
        }
        let silent = self.faults.iter().filter(|(_, fired)| **fired == 0 && !plan.checks.idle_faults);
        self.why.extend(silent.map(|(name, _)| format!("the fault `{name}` never took effect")));
        if goals_demanded {
            let missed =
                plan.checks.goals.iter().filter(|goal| self.goals.get(*goal).is_none_or(|hits| *hits == 0));
            self.why.extend(missed.map(|goal| format!("the goal `{goal}` was not reached")));
        }
        self.verdict = if self.why.is_empty() { Verdict::Pass } else { Verdict::Fail };
    }

    /// Adds what crash cuts came to: a check by the name of `cuts`.
    pub(crate) fn take_cuts(&mut self, report: CutReport, is_violation_expected: bool) {
        let holds = report.failures.is_empty();
        self.checks.insert("cuts".to_string(), holds);
        self.report.findings.push(format!("cuts: {}", rounding::text(&report.to_string())));
        match (holds, is_violation_expected) {
            (true, true) => self.why.push("cuts: held, but a violation was expected".to_string()),
            (false, false) => {
                self.why.extend(report.failures.iter().map(|failure| format!("cuts: {failure}")));
            }
            _ => {}
        }
        if !self.why.is_empty() {
            self.verdict = Verdict::Fail;
        }
        self.cuts = Some(report);
    }

    /// What this run is called among those of its scenario.
    pub fn column(&self) -> &str {
        self.variant.as_deref().unwrap_or("base")
    }

    /// A command that shows this run again.
    pub fn reproduction(&self) -> String {
        let mut line = format!("resplay run {}", quoted(&self.scenario));
        line += &format!(" --variant {} --seed {}", quoted(self.column()), self.seed);
        line.extend(self.sets.iter().map(|set| format!(" --set {}", quoted(set))));
        line.extend(self.bugs.iter().map(|bug| format!(" --bug {bug}")));
        if let Some(failure) = self.cuts.as_ref().and_then(|report| report.failures.first()) {
            line += &format!(" --cut {}", failure.cut);
        }
        line
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

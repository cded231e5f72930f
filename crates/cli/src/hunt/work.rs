//! What a hunt runs, by the number of the run: a plan of its own for each seed, or given scenarios with seed after seed.

use crate::run::files;
use resplay_harness::{Outcome, Request, Scenario, hunt, run};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A run, as a line of the folder; its fields come in this order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The number of the run, from 0.
    pub run: u64,
    /// The scenario; null for a plan of the hunt.
    pub scenario: Option<String>,
    /// Its variant; null for the base.
    pub variant: Option<String>,
    /// The seed.
    pub seed: u64,
    /// pass, fail or error.
    pub verdict: String,
    /// What tells this failure from others; null if it passed.
    pub signature: Option<String>,
    /// Equal runs have equal ones.
    pub digest: String,
    /// How long it went on, in virtual milliseconds.
    pub virtual_ms: u64,
    /// How many commands servers ran.
    pub commands: u64,
    /// How often each fault took effect.
    pub faults: BTreeMap<String, u64>,
    /// Whether each check held.
    pub checks: BTreeMap<String, bool>,
    /// How often each goal's situation occurred.
    pub goals: BTreeMap<String, u64>,
}

/// Everything that there is to run.
pub struct Work {
    /// Scenarios with their variants; none: plans are drawn.
    given: Vec<(Scenario, Option<String>)>,
    bugs: Vec<String>,
}

impl Work {
    /// Reads the scenarios.
    pub fn read(paths: &[PathBuf], bugs: &[String]) -> miette::Result<Work> {
        let mut given = Vec::new();
        let found = if paths.is_empty() {
            Vec::new()
        } else {
            files::find(paths).map_err(|e| miette::miette!("{e}"))?
        };
        for path in found {
            let scenario = crate::run::read(&path)?;
            let variants = [None].into_iter().chain(scenario.variants().map(|name| Some(name.to_string())));
            let variants: Vec<Option<String>> = variants.collect();
            given.extend(variants.into_iter().map(|variant| (scenario.clone(), variant)));
        }
        Ok(Work { given, bugs: bugs.to_vec() })
    }

    /// Bugs of the museum that are switched on.
    pub fn bugs(&self) -> &[String] {
        &self.bugs
    }

    /// The scenario of a run, its variant, and its seed.
    pub fn of(&self, number: u64) -> (Cow<'_, Scenario>, Option<&str>, u64) {
        if self.given.is_empty() {
            return (Cow::Owned(hunt::scenario(number + 1)), None, number + 1);
        }
        let count = self.given.len() as u64;
        let (scenario, variant) = &self.given[(number % count) as usize];
        (Cow::Borrowed(scenario), variant.as_deref(), number / count + 1)
    }

    /// Runs it.
    pub fn perform(&self, number: u64) -> Line {
        let (scenario, variant, seed) = self.of(number);
        let request = Request { variant, ..Request::of(&scenario, seed, &self.bugs) };
        // All but the bugs' names was read and found to be sound; those are checked on the command line.
        let outcome = run(&request).expect("a sound request");
        self.line(number, outcome)
    }

    fn line(&self, run: u64, outcome: Outcome) -> Line {
        Line {
            run,
            scenario: (!self.given.is_empty()).then(|| outcome.scenario.clone()),
            variant: outcome.variant.clone(),
            seed: outcome.seed,
            verdict: outcome.verdict.to_string(),
            signature: hunt::signature(&outcome),
            digest: format!("{:016x}", outcome.digest),
            virtual_ms: outcome.virtual_ms,
            commands: outcome.commands,
            faults: outcome.faults,
            checks: outcome.checks,
            goals: outcome.goals,
        }
    }
}

//! `museum`: how long a hunt takes to find each of the known bugs, and how small it shrinks them.

use crate::args::MuseumArgs;
use crate::{HOLDS, VIOLATED, pool, run};
use indicatif::{ProgressBar, ProgressStyle};
use resplay_harness::museum::{BUGS, BugRow};
use resplay_harness::{Outcome, Request, Scenario, hunt};
use std::collections::BTreeMap;

/// Campaigns have seeds of their own: this far apart.
const APART: u64 = 1_000_000;

/// Goes through the museum; gives the exit status.
pub fn museum(args: &MuseumArgs) -> u8 {
    let bugs = BUGS.iter().filter(|row| args.bug.as_ref().is_none_or(|name| name == row.name));
    run::print(&line(&["bug", "found", "median", "worst", "found by", "commands", "faults"]));
    let mut status = HOLDS;
    for bug in bugs {
        let measured = Measured::of(bug, args);
        if measured.seeds.len() < args.campaigns as usize {
            status = VIOLATED;
        }
        run::print(&measured.line(args));
    }
    status
}

/// What ten campaigns against one bug came to.
struct Measured {
    bug: &'static BugRow,
    /// How many seeds each campaign took that found it, sorted.
    seeds: Vec<u64>,
    /// Which checks failed, and how often.
    checks: BTreeMap<String, u32>,
    /// What the first find shrinks to.
    shrunk: Option<Outcome>,
}

impl Measured {
    fn of(bug: &'static BugRow, args: &MuseumArgs) -> Measured {
        let mut measured = Measured { bug, seeds: Vec::new(), checks: BTreeMap::new(), shrunk: None };
        let bar = ProgressBar::new(u64::from(args.campaigns));
        let style = ProgressStyle::with_template("{bar:30} {msg}: campaign {pos} of {len}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = bar.with_style(style).with_message(bug.name);
        for campaign in 0..u64::from(args.campaigns) {
            if let Some((tried, outcome)) = search(bug, campaign * APART, args) {
                measured.seeds.push(tried);
                let failed = outcome.checks.iter().filter(|(_, holds)| !**holds);
                failed.for_each(|(name, _)| *measured.checks.entry(name.clone()).or_default() += 1);
                if measured.shrunk.is_none() {
                    measured.shrunk = shrink(bug, outcome.seed);
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        measured.seeds.sort_unstable();
        measured
    }

    fn line(&self, args: &MuseumArgs) -> String {
        let found = format!("{} of {}", self.seeds.len(), args.campaigns);
        let at = |index: usize| self.seeds.get(index).map_or("-".to_string(), u64::to_string);
        let (median, worst) = (at(self.seeds.len() / 2), at(self.seeds.len().wrapping_sub(1)));
        let by = self.checks.iter().max_by_key(|(_, times)| **times).map_or("-", |(name, _)| name);
        let small = |count: fn(&Outcome) -> u64| {
            self.shrunk.as_ref().map_or("-".to_string(), |outcome| count(outcome).to_string())
        };
        let (commands, faults) =
            (small(|outcome| outcome.commands), small(|outcome| outcome.faults.len() as u64));
        line(&[self.bug.name, &found, &median, &worst, by, &commands, &faults])
    }
}

fn line(cells: &[&str; 7]) -> String {
    let [bug, found, median, worst, by, commands, faults] = cells;
    format!("{bug:26} {found:>9} {median:>7} {worst:>7}  {by:16} {commands:>8} {faults:>7}\n")
}

/// How many seeds it took until one failed, and how.
fn search(bug: &BugRow, first: u64, args: &MuseumArgs) -> Option<(u64, Outcome)> {
    let perform = |seed: u64| play(&hunt::scenario(seed), seed, bug);
    let seeds = first + 1..=first + args.seeds;
    pool::run(pool::threads(args.jobs), seeds, perform, |results| {
        let (mut tried, mut found) = (0, None);
        pool::in_order(results.iter(), |outcome: Outcome| {
            tried += 1;
            let fails = hunt::signature(&outcome).is_some();
            found = fails.then_some((tried, outcome));
            !fails
        });
        found
    })
}

fn shrink(bug: &BugRow, seed: u64) -> Option<Outcome> {
    let shrunk = hunt::shrink(&hunt::scenario(seed), seed, &[bug.name.to_string()])?;
    let scenario = Scenario::parse("shrunk", &shrunk.text).ok()?;
    Some(play(&scenario, seed, bug))
}

fn play(scenario: &Scenario, seed: u64, bug: &BugRow) -> Outcome {
    let bugs = [bug.name.to_string()];
    let ran = resplay_harness::run(&Request::of(scenario, seed, &bugs));
    let mut outcome = ran.expect("a plan of the hunt and a bug of the museum");
    outcome.history = Default::default();
    outcome
}

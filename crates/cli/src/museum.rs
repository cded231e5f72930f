//! `museum`: how long a hunt takes to find each of the known bugs, and how small it shrinks them.

mod page;

use crate::args::MuseumArgs;
use crate::{HOLDS, USAGE, VIOLATED, pool, run};
use indicatif::{ProgressBar, ProgressStyle};
use resplay_harness::hunt::Shrunk;
use resplay_harness::museum::{BUGS, BugRow};
use resplay_harness::{Outcome, Request, Scenario, hunt};
use std::collections::BTreeMap;

/// Campaigns have seeds of their own: this far apart.
const APART: u64 = 1_000_000;
/// The bug that the first seed of every campaign must find: else whoever judges is asleep.
const CANARY: &str = "canary";

/// Goes through the museum; gives the exit status.
#[expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "the report says how long it took")]
pub fn museum(args: &MuseumArgs) -> u8 {
    let began = std::time::Instant::now();
    let bugs =
        BUGS.iter().filter(|row| args.bugs.is_empty() || args.bugs.iter().any(|name| name == row.name));
    run::print(&line(&HEADINGS));
    let mut measured = Vec::new();
    for bug in bugs {
        measured.push(Measured::of(bug, args));
        run::print(&line(&measured.last().expect("just pushed").cells(args)));
    }
    let control = Control::of(&measured, args);
    run::print(&format!("{control}\n"));
    if let Some(path) = &args.report
        && let Err(why) = std::fs::write(path, page::page(&measured, &control, args, began.elapsed()))
    {
        eprintln!("resplay: {}: {why}", path.display());
        return USAGE;
    }
    match control.failed.is_empty() && measured.iter().all(|measured| measured.is_as_promised(args)) {
        true => HOLDS,
        false => VIOLATED,
    }
}

/// The columns.
const HEADINGS: [&str; 7] = ["bug", "found", "median", "worst", "found by", "operations", "faults"];

/// The same seeds without any bug.
struct Control {
    runs: u64,
    /// Seeds that fail nevertheless.
    failed: Vec<u64>,
}

impl Control {
    /// Each campaign again, with as many seeds as it took at worst.
    fn of(measured: &[Measured], args: &MuseumArgs) -> Control {
        let worst = measured.iter().filter_map(|measured| measured.seeds.last()).copied().max().unwrap_or(1);
        let mut control = Control { runs: 0, failed: Vec::new() };
        let bar = bar(args, "no bug");
        for campaign in 0..u64::from(args.campaigns) {
            let first = campaign * APART;
            let perform = |seed: u64| play(&hunt::scenario(seed), seed, &[]);
            pool::run(pool::threads(args.jobs), first + 1..=first + worst, perform, |results| {
                pool::in_order(results.iter(), |outcome: Outcome| {
                    control.runs += 1;
                    if hunt::signature(&outcome).is_some() {
                        control.failed.push(outcome.seed);
                    }
                    true
                });
            });
            bar.inc(1);
        }
        bar.finish_and_clear();
        control
    }
}

impl std::fmt::Display for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "without a bug: {} of {} runs of the same seeds fail", self.failed.len(), self.runs)?;
        self.failed.first().map_or(Ok(()), |seed| write!(f, ", the first with seed {seed}"))
    }
}

fn bar(args: &MuseumArgs, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {msg}: campaign {pos} of {len}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(u64::from(args.campaigns)).with_style(style).with_message(what)
}

/// What ten campaigns against one bug came to.
struct Measured {
    bug: &'static BugRow,
    /// How many seeds each campaign took that found it, sorted.
    seeds: Vec<u64>,
    /// Which checks failed, and how often.
    checks: BTreeMap<String, u32>,
    /// What the first find shrinks to.
    shrunk: Option<Shrunk>,
}

impl Measured {
    fn of(bug: &'static BugRow, args: &MuseumArgs) -> Measured {
        let mut measured = Measured { bug, seeds: Vec::new(), checks: BTreeMap::new(), shrunk: None };
        let bar = bar(args, bug.name);
        for campaign in 0..u64::from(args.campaigns) {
            if let Some((tried, outcome)) = search(bug, campaign * APART, args) {
                measured.seeds.push(tried);
                let failed = outcome.checks.iter().filter(|(_, holds)| !**holds);
                failed.for_each(|(name, _)| *measured.checks.entry(name.clone()).or_default() += 1);
                if measured.shrunk.is_none() && !args.no_shrink {
                    measured.shrunk = shrink(bug, outcome.seed);
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        measured.seeds.sort_unstable();
        measured
    }

    /// Every campaign found it, and the canary with its first seed.
    fn is_as_promised(&self, args: &MuseumArgs) -> bool {
        let is_late = self.bug.name == CANARY && self.seeds.last().is_some_and(|worst| *worst > 1);
        self.seeds.len() == args.campaigns as usize && !is_late
    }

    /// In the middle of the campaigns that found it.
    fn median(&self) -> Option<u64> {
        self.seeds.get(self.seeds.len() / 2).copied()
    }

    /// Operations and faults of what the first find shrinks to.
    fn size(&self) -> Option<(u64, u64)> {
        self.shrunk.as_ref().map(|shrunk| (shrunk.operations, shrunk.faults))
    }

    fn cells(&self, args: &MuseumArgs) -> [String; 7] {
        let number = |number: Option<u64>| number.map_or("-".to_string(), |number| number.to_string());
        let by = self.checks.iter().max_by_key(|(_, times)| **times).map_or("-", |(name, _)| name);
        [
            self.bug.name.to_string(),
            format!("{} of {}", self.seeds.len(), args.campaigns),
            number(self.median()),
            number(self.seeds.last().copied()),
            by.to_string(),
            number(self.size().map(|(operations, _)| operations)),
            number(self.size().map(|(_, faults)| faults)),
        ]
    }
}

fn line<T: AsRef<str>>(cells: &[T; 7]) -> String {
    let [bug, found, median, worst, by, operations, faults] = cells.each_ref().map(AsRef::as_ref);
    format!("{bug:26} {found:>9} {median:>7} {worst:>7}  {by:16} {operations:>10} {faults:>7}\n")
}

/// How many seeds it took until one failed, and how.
fn search(bug: &BugRow, first: u64, args: &MuseumArgs) -> Option<(u64, Outcome)> {
    let perform = |seed: u64| play(&hunt::scenario(seed), seed, &named(bug));
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

fn shrink(bug: &BugRow, seed: u64) -> Option<Shrunk> {
    hunt::shrink(&hunt::scenario(seed), seed, &named(bug))
}

fn named(bug: &BugRow) -> [String; 1] {
    [bug.name.to_string()]
}

fn play(scenario: &Scenario, seed: u64, bugs: &[String]) -> Outcome {
    let ran = resplay_harness::run(&Request::of(scenario, seed, bugs));
    let mut outcome = ran.expect("a plan of the hunt and bugs of the museum");
    outcome.history = Default::default();
    outcome
}

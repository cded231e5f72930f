//! `run`: scenario files to outcomes to what is printed.

pub mod files;
mod human;
mod jobs;
mod json;
mod junit;
mod keeper;

use crate::args::{Format, RunArgs};
use crate::{HOLDS, USAGE, VIOLATED};
use jobs::{Done, Job};
use resplay_harness::{Mistake, Scenario, Verdict, transcript};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Runs what was asked for; gives the exit status.
pub fn run(args: &RunArgs) -> u8 {
    let (scenarios, jobs) = match prepare(args) {
        Ok(prepared) => prepared,
        Err(report) => {
            eprintln!("{report:?}");
            return USAGE;
        }
    };
    if args.takes_one_run() && jobs.len() != 1 {
        eprintln!(
            "resplay run: --history, --trace, --from and --until take one run: give one scenario, --variant and --seed"
        );
        return USAGE;
    }
    if args.told_span().is_some() && args.format != Format::Human {
        eprintln!("resplay run: --from and --until tell a run in words: leave --format out");
        return USAGE;
    }
    let mut printer = printer(args, scenarios.len(), jobs.len());
    let mut keeper = keeper::Keeper::new(args.keep_cuts.clone());
    let mut status = HOLDS;
    jobs::run_all(&scenarios, &jobs, args, |done| {
        if done.outcome.verdict != Verdict::Pass {
            status = VIOLATED;
        }
        if let Err(error) = write_files(args, &done) {
            eprintln!("resplay run: {error}");
            status = USAGE;
        }
        if let Some(span) = args.told_span() {
            print(&transcript(&done.outcome, span));
        }
        if let Err(error) = keeper.take(&done) {
            eprintln!("resplay run: {error}");
            status = USAGE;
        }
        print(&printer.done(done));
    });
    print(&printer.end());
    keeper.told().iter().for_each(|line| eprintln!("{line}"));
    status
}

/// What one run is to leave in files.
fn write_files(args: &RunArgs, done: &Done) -> Result<(), String> {
    let write = |path: &Path, text: String| {
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    if let Some(path) = &args.history {
        write(path, done.outcome.history.to_json_lines())?;
    }
    if let Some(path) = &args.trace {
        write(path, done.trace.iter().map(|event| jobs::json_line(event) + "\n").collect())?;
    }
    Ok(())
}

/// Turns results into text as they come, in order.
trait Printer {
    /// After each run.
    fn done(&mut self, done: Done) -> String;
    /// After the last.
    fn end(&mut self) -> String;
}

fn printer(args: &RunArgs, scenarios: usize, jobs: usize) -> Box<dyn Printer> {
    match args.format {
        Format::Human => Box::new(human::Human::new(scenarios, jobs, args.seeds.is_some())),
        Format::Json => Box::new(json::Json),
        Format::Junit => Box::new(junit::Junit::default()),
    }
}

/// Reads the scenarios, and says what to run: file by file, base first, seed by seed.
fn prepare(args: &RunArgs) -> miette::Result<(Vec<Scenario>, Vec<Job>)> {
    let paths = files::find(&args.paths).map_err(|error| miette::miette!("{error}"))?;
    let scenarios: Vec<Scenario> = paths.iter().map(|path| read(path)).collect::<miette::Result<_>>()?;
    let mut jobs = Vec::new();
    for (index, scenario) in scenarios.iter().enumerate() {
        for variant in variants(scenario, args.variant.as_deref()) {
            // Mistakes in overrides are found before the first run, not in the middle of a campaign.
            let seed = args.seed.unwrap_or(scenario.plan(variant, &args.sets)?.seed);
            let (first, last) = args.seeds.map_or((seed, seed), |seeds| (seeds.first, seeds.last));
            let variant = variant.map(str::to_string);
            jobs.extend((first..=last).map(|seed| Job { scenario: index, variant: variant.clone(), seed }));
        }
    }
    if jobs.is_empty() {
        return Err(unknown_variant(&scenarios, args.variant.as_deref().unwrap_or_default()).into());
    }
    Ok((scenarios, jobs))
}

/// Reads a scenario file.
pub fn read(path: &Path) -> miette::Result<Scenario> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| miette::miette!("{name}: {error}"))?;
    Ok(Scenario::parse(&name, &text)?)
}

/// The variants to run, of those that the scenario has: `None` is the base.
fn variants<'a>(scenario: &'a Scenario, only: Option<&'a str>) -> Vec<Option<&'a str>> {
    match only {
        None => [None].into_iter().chain(scenario.variants().map(Some)).collect(),
        Some("base") => vec![None],
        Some(name) => scenario.variants().filter(|variant| *variant == name).map(Some).collect(),
    }
}

fn unknown_variant(scenarios: &[Scenario], name: &str) -> Mistake {
    let known: BTreeSet<&str> = scenarios.iter().flat_map(Scenario::variants).chain(["base"]).collect();
    Mistake::unknown("variant", name, known)
}

/// What a shell says of a program that SIGPIPE ended: whoever read the results left before they were all told.
const READER_GONE: i32 = 128 + 13;

/// Prints to standard output; a reader who has gone is no error of ours.
pub fn print(text: &str) {
    let mut out = io::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(READER_GONE);
    }
}

//! `resplay run`: plays scenarios, on several threads, and shows the outcomes in the order of the files.

use crate::output::{self, Format, Ran};
use crate::select;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{IntoDiagnostic, Report, WrapErr, miette};
use resplay_harness::{Outcome, Request, Scenario, Verdict, run as play};
use std::fs;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Run scenarios in the simulated world and judge them.
///
/// Without a path: every scenario that ships. A run passes when every required check holds, every expected
/// violation occurs, every fault takes effect and every goal is reached. The same file, variant and seed give the
/// same digest, always and everywhere.
#[derive(Args)]
pub struct Options {
    /// Scenario files, or directories of them.
    paths: Vec<PathBuf>,
    /// The seed of every random choice.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "seeds")]
    seed: u64,
    /// Many seeds, both ends included.
    #[arg(long, value_name = "A..B")]
    seeds: Option<Seeds>,
    /// How many runs at once; as many as there are processors if left out. Results do not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Only this variant; `base` is the scenario without one.
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Override a value by its dotted path; VALUE is TOML, else a string. Goals are then counted, not demanded.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    sets: Vec<String>,
    /// Switch on a known bug, to see it found.
    #[arg(long = "bug", value_name = "NAME")]
    bugs: Vec<String>,
    /// How to print outcomes.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write what clients saw to this file, as JSON lines. For a single run.
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Run everything twice and compare digests.
    #[arg(long)]
    check_determinism: bool,
}

/// An inclusive range of seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seeds {
    first: u64,
    last: u64,
}

impl FromStr for Seeds {
    type Err = String;
    fn from_str(text: &str) -> Result<Seeds, String> {
        let parsed = text.split_once("..").and_then(|(first, last)| {
            let last = last.strip_prefix('=').unwrap_or(last);
            Some(Seeds { first: first.parse().ok()?, last: last.parse().ok()? })
        });
        match parsed {
            Some(seeds) if seeds.first <= seeds.last => Ok(seeds),
            Some(_) => Err("the first seed is above the last".to_string()),
            None => Err("write it as A..B, for example 1..300".to_string()),
        }
    }
}

/// Runs what the options ask for.
pub fn run(options: &Options) -> ExitCode {
    match try_run(options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(report) => crate::usage(report),
    }
}

/// Whether all runs passed.
fn try_run(options: &Options) -> Result<bool, Report> {
    let scenarios = select::scenarios(&options.paths)?;
    let jobs = list_jobs(&scenarios, options)?;
    if options.history.is_some() && jobs.len() != 1 {
        let count = jobs.len();
        return Err(miette!(
            help = "add a path, --variant and --seed",
            "--history takes the history of one run, but this would be {count} runs"
        ));
    }
    let mut ran = run_jobs(&jobs, options)?;
    if let (Some(path), Some(only)) = (&options.history, ran.first_mut()) {
        let about = || format!("cannot write {}", path.display());
        fs::write(path, only.outcome.history.to_json_lines()).into_diagnostic().wrap_err_with(about)?;
    }
    output::print(options.format, &ran, &extra_words(options))?;
    Ok(ran.iter().all(|ran| ran.outcome.verdict == Verdict::Pass))
}

/// One run to do.
struct Job<'a> {
    scenario: &'a Scenario,
    variant: Option<&'a str>,
    seed: u64,
}

/// Files in order; in each the base and its variants; of each all seeds.
fn list_jobs<'a>(scenarios: &'a [Scenario], options: &'a Options) -> Result<Vec<Job<'a>>, Report> {
    let seeds = options.seeds.unwrap_or(Seeds { first: options.seed, last: options.seed });
    let mut jobs = Vec::new();
    for scenario in scenarios {
        for variant in variants(scenario, options.variant.as_deref()) {
            // Mistakes in overrides and names are found before the first run, not in the middle of a campaign.
            scenario.plan(variant, &options.sets)?;
            jobs.extend((seeds.first..=seeds.last).map(|seed| Job { scenario, variant, seed }));
        }
    }
    if jobs.is_empty() {
        let name = options.variant.as_deref().unwrap_or_default();
        return Err(miette!(
            help = "`resplay list scenarios` shows them",
            "no scenario here has a variant `{name}`"
        ));
    }
    Ok(jobs)
}

fn variants<'a>(scenario: &'a Scenario, wanted: Option<&'a str>) -> Vec<Option<&'a str>> {
    match wanted {
        None => std::iter::once(None).chain(scenario.variants().map(Some)).collect(),
        Some("base") => vec![None],
        Some(name) => scenario.variants().filter(|variant| *variant == name).map(Some).collect(),
    }
}

/// Runs all jobs on several threads; the results are in the jobs' order.
fn run_jobs(jobs: &[Job<'_>], options: &Options) -> Result<Vec<Ran>, Report> {
    let bar = progress_bar(jobs.len());
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<Result<Ran, Report>>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|threads| {
        for _ in 0..threads_wanted(options.jobs).min(jobs.len()) {
            threads.spawn(|| {
                while let Some((job, slot)) = take(&next, jobs, &slots) {
                    let result = run_job(job, options);
                    bar.inc(1);
                    if let Ok(mut slot) = slot.lock() {
                        *slot = Some(result);
                    }
                }
            });
        }
    });
    bar.finish_and_clear();
    let done = slots.into_iter().filter_map(|slot| slot.into_inner().ok().flatten());
    done.collect()
}

fn take<'a, J, S>(next: &AtomicUsize, jobs: &'a [J], slots: &'a [S]) -> Option<(&'a J, &'a S)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(at).zip(slots.get(at))
}

fn threads_wanted(jobs: Option<u16>) -> usize {
    jobs.map(usize::from).or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1)
}

fn run_job(job: &Job<'_>, options: &Options) -> Result<Ran, Report> {
    let (scenario, variant, seed) = (job.scenario, job.variant, job.seed);
    let request = Request { scenario, variant, sets: &options.sets, seed, bugs: &options.bugs };
    #[expect(
        clippy::disallowed_methods,
        clippy::disallowed_types,
        reason = "wall time is measured here alone, around the run"
    )]
    let began = std::time::Instant::now();
    let mut outcome = play(&request)?;
    let wall = began.elapsed();
    if options.check_determinism {
        compare(&mut outcome, &play(&request)?);
    }
    if options.history.is_none() {
        outcome.history = Default::default();
    }
    Ok(Ran { title: scenario.title().to_string(), outcome, wall })
}

fn compare(first: &mut Outcome, second: &Outcome) {
    if first.digest != second.digest {
        first.verdict = Verdict::Error;
        first
            .why
            .push(format!("not deterministic: digests {:016x} and {:016x}", first.digest, second.digest));
    }
}

/// Shown on a terminal alone, and only when there is something to wait for.
fn progress_bar(runs: usize) -> ProgressBar {
    if runs < 20 || !std::io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {per_sec}, {eta} left");
    ProgressBar::new(runs as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The options that a line for running something again must repeat.
fn extra_words(options: &Options) -> String {
    let sets = options.sets.iter().map(|set| format!(" --set {}", quoted(set)));
    let bugs = options.bugs.iter().map(|bug| format!(" --bug {bug}"));
    sets.chain(bugs).collect()
}

/// For a shell.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=/:,+@%".contains(&byte);
    if word.bytes().all(is_plain) { word.to_string() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_range_with_both_ends() {
        assert_eq!("1..300".parse(), Ok(Seeds { first: 1, last: 300 }));
        assert!("5..1".parse::<Seeds>().is_err());
        assert!("300".parse::<Seeds>().is_err());
    }

    #[test]
    fn overrides_survive_a_shell() {
        assert_eq!(quoted("apps.web.ttl=5s"), "apps.web.ttl=5s");
        assert_eq!(quoted("a='x y'"), r"'a='\''x y'\'''");
    }
}

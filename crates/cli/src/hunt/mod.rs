//! `hunt`: seed after seed becomes a plan that nobody wrote down, or another run of given scenarios; what fails is grouped,
//! shrunk, and kept in a folder in which a hunt that was stopped goes on.

mod folder;
mod groups;
mod work;

use crate::args::HuntArgs;
use crate::{HOLDS, USAGE, VIOLATED, pool, run};
use folder::{Folder, Settings};
use indicatif::{ProgressBar, ProgressStyle};
use resplay_harness::goals::GOALS;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;
use work::{Line, Work};

/// From so many runs on every goal must have been reached.
const GOALS_FROM: u64 = 20_000;

/// Hunts; gives the exit status.
pub fn hunt(args: &HuntArgs) -> u8 {
    if let Some(seed) = args.plan {
        run::print(&resplay_harness::hunt::scenario_text(seed));
        return HOLDS;
    }
    // Whoever hunts was made to say where by the command line.
    let out = args.out.clone().unwrap_or_default();
    match try_hunt(args, &out) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("resplay hunt: {error}");
            USAGE
        }
    }
}

fn try_hunt(args: &HuntArgs, out: &Path) -> io::Result<u8> {
    let work = Work::read(&args.paths, &args.bugs).map_err(|error| io::Error::other(format!("{error:?}")))?;
    let mut folder = Folder::open(out, &Settings::of(args))?;
    let begun = folder.lines().len();
    let taken = search(args, &work, &mut folder)?;
    let (lines, mut tally) = (folder.lines(), Tally::default());
    lines.iter().for_each(|line| tally.add(line));
    let groups = groups::write(out, lines, &work, args.jobs)?;
    run::print(&tally.summary(lines.len(), begun, taken));
    run::print(&groups::summary(&groups, out));
    let are_demanded = args.require_goals || lines.len() as u64 >= GOALS_FROM && args.paths.is_empty();
    let missed = if are_demanded { tally.missed() } else { Vec::new() };
    missed.iter().for_each(|goal| run::print(&format!("the goal `{goal}` was never reached\n")));
    Ok(if groups.is_empty() && missed.is_empty() { HOLDS } else { VIOLATED })
}

/// Runs what is still to be run; how long that took.
#[expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a budget is real time")]
fn search(args: &HuntArgs, work: &Work, folder: &mut Folder) -> io::Result<Duration> {
    let began = std::time::Instant::now();
    let is_over = || args.budget.is_some_and(|budget| began.elapsed() >= budget);
    let numbers = (0..args.runs.unwrap_or(u64::MAX)).filter(|number| args.shard.takes(*number));
    let done = folder.lines().len();
    let bar = progress(args, done as u64);
    let perform = |number: u64| work.perform(number);
    let result = pool::run(pool::threads(args.jobs), numbers.skip(done), perform, |receiver| {
        let mut result = Ok(());
        pool::in_order(receiver.iter(), |line: Line| {
            bar.inc(1);
            bar.set_message(told(&line, began.elapsed(), folder.lines().len() - done));
            result = folder.add(line);
            result.is_ok() && !is_over()
        });
        result
    });
    bar.finish_and_clear();
    result.map(|()| began.elapsed())
}

/// What the bar says beside the count: how fast it goes, and the last failure.
fn told(line: &Line, took: Duration, runs: usize) -> String {
    let rate = runs as f64 / took.as_secs_f64().max(0.001);
    let failure =
        line.signature.as_deref().map_or(String::new(), |signature| format!(", failed: {signature}"));
    format!("{rate:.0} runs/s{failure}")
}

fn progress(args: &HuntArgs, done: u64) -> ProgressBar {
    let bar = args.runs.map_or_else(ProgressBar::new_spinner, |runs| ProgressBar::new(runs / args.shard.of));
    let template = match args.runs {
        Some(_) => "{bar:30} {pos}/{len} runs, {eta} to go, {msg}",
        None => "{spinner} {pos} runs, {elapsed}, {msg}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_position(done)
}

/// Sums over all runs of the folder.
#[derive(Default)]
struct Tally {
    virtual_ms: u64,
    commands: u64,
    goals: BTreeMap<String, u64>,
}

impl Tally {
    fn add(&mut self, line: &Line) {
        self.virtual_ms += line.virtual_ms;
        self.commands += line.commands;
        for (goal, hits) in &line.goals {
            *self.goals.entry(goal.clone()).or_default() += hits;
        }
    }

    fn missed(&self) -> Vec<&'static str> {
        let is_missed = |name: &&str| self.goals.get(*name).is_none_or(|hits| *hits == 0);
        GOALS.iter().map(|goal| goal.name).filter(is_missed).collect()
    }

    fn summary(&self, runs: usize, begun: usize, took: Duration) -> String {
        let rate = (runs - begun) as f64 / took.as_secs_f64().max(0.001);
        let share = (runs - begun) as f64 / (runs as f64).max(1.0);
        let ratio = self.virtual_ms as f64 * share / 1_000.0 / took.as_secs_f64().max(0.001);
        let mut text = format!(
            "{runs} runs, {} of them now ({rate:.1} runs/s, {ratio:.0} virtual seconds per second), {} commands\n",
            runs - begun,
            self.commands
        );
        for (goal, hits) in self.goals.iter().filter(|(_, hits)| **hits > 0) {
            text += &format!("  {goal:24} {hits}\n");
        }
        let missed = self.missed();
        if !missed.is_empty() {
            text += &format!("  not reached: {}\n", missed.join(", "));
        }
        text
    }
}

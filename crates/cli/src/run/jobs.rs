//! Runs jobs on several threads; results come in the order of the jobs.

use crate::args::RunArgs;
use crate::pool;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use resplay_harness::cuts::{CutRequest, Kept, keep};
use resplay_harness::{Outcome, Request, Scenario, TraceEvent, Verdict, parting, run, run_traced};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// One run to do.
#[derive(Clone, Debug)]
pub struct Job {
    /// The scenario, by its place.
    pub scenario: usize,
    /// The variant; `None` is the base.
    pub variant: Option<String>,
    /// The seed.
    pub seed: u64,
}

/// One run done.
pub struct Done {
    /// What it came to.
    pub outcome: Outcome,
    /// How long it took on this machine.
    pub wall: Duration,
    /// The scenario that a failing cut makes, if it is to be kept.
    pub kept: Option<Kept>,
    /// Every event, if they are to be kept.
    pub trace: Vec<TraceEvent>,
}

/// Runs all jobs and hands the results over, in the order of the jobs.
pub fn run_all(scenarios: &[Scenario], jobs: &[Job], args: &RunArgs, mut done: impl FnMut(Done)) {
    let (bar, started) = (progress(jobs.len(), args.cuts), AtomicU64::new(0));
    let perform = |job: &Job| perform(scenarios, job, args, &started);
    pool::run(pool::threads(args.jobs).min(jobs.len()), jobs.iter(), perform, |receiver| {
        let results = std::iter::from_fn(|| next_result(receiver, &bar, &started));
        pool::in_order(results, |result| {
            bar.inc(1);
            bar.suspend(|| done(result));
            true
        });
    });
    bar.finish_and_clear();
}

/// How often the bar shows how many disk images were judged.
const REFRESH: Duration = Duration::from_millis(200);

/// The next result, whenever it comes; the bar goes on meanwhile.
fn next_result<T>(results: &mpsc::Receiver<T>, bar: &ProgressBar, started: &AtomicU64) -> Option<T> {
    loop {
        match results.recv_timeout(REFRESH) {
            Ok(result) => return Some(result),
            Err(mpsc::RecvTimeoutError::Disconnected) => return None,
            Err(mpsc::RecvTimeoutError::Timeout) => match started.load(Ordering::Relaxed) {
                0 => {}
                images => bar.set_message(format!(", {images} disk images judged")),
            },
        }
    }
}

fn perform(scenarios: &[Scenario], job: &Job, args: &RunArgs, started: &AtomicU64) -> Done {
    let request = Request {
        scenario: &scenarios[job.scenario],
        variant: job.variant.as_deref(),
        sets: &args.sets,
        seed: job.seed,
        bugs: &args.bugs,
        cuts: CutRequest { is_on: args.cuts, only: args.cut.as_ref(), started: Some(started) },
    };
    let (mut outcome, trace, wall) = timed(&request, args.trace.is_some());
    if args.check_determinism {
        compare(&request, &mut outcome);
    }
    if !args.takes_one_run() {
        outcome.history = Default::default();
    }
    let kept = kept(&request, &outcome, args);
    Done { outcome, wall, kept, trace }
}

/// What is to be kept of a failing cut. Bugs that were switched on are no finding, unless somebody says where to.
fn kept(request: &Request<'_>, outcome: &Outcome, args: &RunArgs) -> Option<Kept> {
    let is_wanted = args.keep_cuts.is_some() || args.bugs.is_empty();
    let fails = outcome.verdict == Verdict::Fail && outcome.checks.get("cuts") == Some(&false);
    let is_wanted = is_wanted && fails && args.cut.is_none();
    is_wanted.then(|| keep(request, outcome).ok().flatten()).flatten()
}

#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "how long a run took here is a fact about this machine"
)]
fn timed(request: &Request<'_>, traces: bool) -> (Outcome, Vec<TraceEvent>, Duration) {
    let began = std::time::Instant::now();
    let ran = if traces { run_traced(request) } else { run(request).map(|outcome| (outcome, Vec::new())) };
    match ran {
        Ok((outcome, trace)) => (outcome, trace, began.elapsed()),
        Err(mistake) => {
            // All but the names of bugs was checked before.
            eprintln!("{:?}", miette::Report::new(mistake));
            std::process::exit(i32::from(crate::USAGE));
        }
    }
}

/// Two runs of the same must be equal. If they are not, two more tell where they part.
fn compare(request: &Request<'_>, first: &mut Outcome) {
    let second = timed(request, false).0;
    if first.cuts != second.cuts {
        first.verdict = Verdict::Fail;
        first.why.push("two runs with one seed differ in what their crash cuts come to".to_string());
    }
    if first.digest != second.digest {
        first.verdict = Verdict::Fail;
        let (a, b) = (first.digest, second.digest);
        first.why.push(format!("two runs with one seed differ: digests {a:016x} and {b:016x}"));
        let (one, other) = (timed(request, true).1, timed(request, true).1);
        let (one, other) = parting(&one, &other);
        first.why.extend([one, other].into_iter().map(first_of_its_own));
    }
}

fn first_of_its_own(event: Option<&TraceEvent>) -> String {
    match event {
        Some(event) => format!("the first event of its own: {}", json_line(event)),
        None => "the same events, and no more".to_owned(),
    }
}

/// An event as `--trace` writes it.
pub fn json_line(event: &TraceEvent) -> String {
    serde_json::to_string(event).expect("plain words and numbers")
}

/// A bar on a terminal when there is something to wait for, else nothing.
fn progress(jobs: usize, judges_cuts: bool) -> ProgressBar {
    if jobs < 20 && !judges_cuts {
        return ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {eta} to go{msg}");
    ProgressBar::new(jobs as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

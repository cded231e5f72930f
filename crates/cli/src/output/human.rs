//! Tables for people: base and variants side by side, or, with many seeds, how often each run held.

use super::{Ran, again};
use resplay_harness::{Outcome, Verdict, side_by_side, snapshot};

/// So many failures are told in full.
const FAILURES_TOLD: usize = 5;

pub fn print(ran: &[Ran], extra: &str) {
    let scenarios: Vec<&[Ran]> =
        ran.chunk_by(|one, other| one.outcome.scenario == other.outcome.scenario).collect();
    let has_one_seed = ran.iter().all(|run| run.outcome.seed == ran[0].outcome.seed);
    for runs in &scenarios {
        println!("{}", runs[0].outcome.scenario);
        let outcomes: Vec<Outcome> = runs.iter().map(|ran| ran.outcome.clone()).collect();
        match (has_one_seed, scenarios.len()) {
            (true, 1) => println!("{}", snapshot(&outcomes)),
            (true, _) => println!("{}\n\n{}", runs[0].title, side_by_side(&outcomes)),
            (false, _) => print_counts(runs),
        }
    }
    print_failures(ran, extra);
    print_sum(ran);
}

/// A line per variant: of how many seeds it held.
fn print_counts(runs: &[Ran]) {
    let width = runs.iter().map(|ran| ran.outcome.column().len()).max().unwrap_or(0);
    for of_variant in runs.chunk_by(|one, other| one.outcome.variant == other.outcome.variant) {
        let passed = of_variant.iter().filter(|ran| ran.outcome.verdict == Verdict::Pass).count();
        let commands: u64 = of_variant.iter().map(|ran| ran.outcome.commands).sum();
        let column = of_variant[0].outcome.column();
        println!("  {column:width$}  {passed} of {} seeds pass, {commands} commands", of_variant.len());
    }
    println!();
}

fn print_failures(ran: &[Ran], extra: &str) {
    let failures: Vec<&Outcome> =
        ran.iter().map(|ran| &ran.outcome).filter(|outcome| outcome.verdict != Verdict::Pass).collect();
    for outcome in failures.iter().take(FAILURES_TOLD) {
        println!(
            "{} {}, variant {}, seed {}:",
            outcome.verdict,
            outcome.scenario,
            outcome.column(),
            outcome.seed
        );
        outcome.why.iter().for_each(|line| println!("  {line}"));
        println!("again: {}\n", again(outcome, extra));
    }
    if failures.len() > FAILURES_TOLD {
        println!("… and {} more\n", failures.len() - FAILURES_TOLD);
    }
}

fn print_sum(ran: &[Ran]) {
    let passed = ran.iter().filter(|ran| ran.outcome.verdict == Verdict::Pass).count();
    let virtual_s: u64 = ran.iter().map(|ran| ran.outcome.virtual_ms).sum::<u64>() / 1000;
    let wall_s: f64 = ran.iter().map(|ran| ran.wall.as_secs_f64()).sum();
    println!("{passed} of {} runs pass: {virtual_s} s of virtual time in {wall_s:.1} s of work", ran.len());
}

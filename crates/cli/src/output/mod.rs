//! Outcomes for people, for programs and for CI.

mod human;
mod json;
mod junit;

use clap::ValueEnum;
use miette::Report;
use resplay_harness::Outcome;
use std::time::Duration;

/// How to print outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables; of a single scenario also the timeline.
    Human,
    /// One object per run and line.
    Json,
    /// A JUnit report.
    Junit,
}

/// An outcome and how long it took.
pub struct Ran {
    /// The scenario's title.
    pub title: String,
    /// How it went.
    pub outcome: Outcome,
    /// In real time.
    pub wall: Duration,
}

/// Prints all outcomes. `extra` are options that a line for running something again must repeat.
pub fn print(format: Format, ran: &[Ran], extra: &str) -> Result<(), Report> {
    match format {
        Format::Human => human::print(ran, extra),
        Format::Json => json::print(ran),
        Format::Junit => junit::print(ran, extra)?,
    }
    Ok(())
}

/// The line that runs this again.
fn again(outcome: &Outcome, extra: &str) -> String {
    format!("resplay run {} --variant {} --seed {}{extra}", outcome.scenario, outcome.column(), outcome.seed)
}

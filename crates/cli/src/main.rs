//! The one binary: `run` scenarios, `serve` clients, `list` what there is.

mod args;
mod list;
mod run;
mod serve;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

/// All runs passed.
const HOLDS: u8 = 0;
/// Something was violated.
const VIOLATED: u8 = 1;
/// The command line, or a scenario, cannot be understood.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let status = match Args::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Serve { words } => serve::serve(words),
        Command::List { what } => list::list(what),
    };
    ExitCode::from(status)
}

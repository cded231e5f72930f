//! The one binary: `run` scenarios, `hunt` for failures and `shrink` them, measure the hunt by the `museum`, `serve` clients,
//! `conform` with the real servers, `check` histories, `list` what there is.

mod args;
mod check;
mod conform;
mod hunt;
mod list;
mod museum;
mod pool;
mod run;
mod serve;
mod shrink;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

/// A run allocates millions of small things and frees them on another day; the C library's allocator takes a lock
/// and a system call too many for that, and the real servers bring an allocator of their own as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// All runs passed.
const HOLDS: u8 = 0;
/// Something was violated.
const VIOLATED: u8 = 1;
/// The command line, or a scenario, cannot be understood.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let status = match Args::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Hunt(args) => hunt::hunt(&args),
        Command::Shrink(args) => shrink::main(&args),
        Command::Museum(args) => museum::museum(&args),
        Command::Serve { words } => serve::serve(words),
        Command::Conform(args) => conform::conform(&args),
        Command::Check(args) => check::check(&args),
        Command::List { what } => list::list(what),
    };
    ExitCode::from(status)
}

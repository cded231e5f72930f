//! The command line.

use clap::{Args as Group, Parser, Subcommand, ValueEnum};
use resplay_conform::Address;
use resplay_harness::cuts::CutName;
use std::path::PathBuf;

const AFTER: &str = "\
Try:
  resplay run                                             all scenarios of this project, each with its variants
  resplay run scenarios/caching/stampede.toml             one of them, with its timeline
  resplay run scenarios/caching --variant base --seeds 1..300 --jobs 4
  resplay run scenarios/memory/oom-under-noeviction.toml --set nodes.cache.config.maxmemory=16mb
  resplay run scenarios/persistence --cuts                power lost at each operation of a disk: what comes back?
  resplay serve --port 7000 --appendonly yes              the same engine, for real clients
  resplay conform --target redis://localhost:6379         your server against what Valkey 8.0.1 answers

Exit status: 0 all hold, 1 a violation, 2 the command line or a scenario cannot be understood.";

/// A Redis-compatible server that can be replayed: real clients can use it, and production incidents happen to it
/// inside a simulated world, from a seed, judged by checkers.
#[derive(Debug, Parser)]
#[command(name = "resplay", version, after_help = AFTER)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run scenarios in the simulated world and judge them
    Run(RunArgs),
    /// Serve real clients over TCP, started as redis-server is: [CONF] [--port 7000] [--appendonly yes] …
    #[command(disable_help_flag = true)]
    Serve {
        /// A configuration file and directives, verbatim as redis-server takes them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "CONF | --DIRECTIVE VALUE…")]
        words: Vec<String>,
    },
    /// Hold the engine, or any server, against what Valkey 8.0.1 answers
    #[command(after_help = CONFORM)]
    Conform(ConformArgs),
    /// List what there is, a line each
    List {
        /// Only these
        what: Option<What>,
    },
}

const CONFORM: &str = "\
Try:
  resplay conform                                         the engine in this process, every recorded case
  resplay conform --target redis://localhost:6379         your own server; the binary alone is enough
  resplay conform --target redis://:secret@localhost:7000 --filter 'HSET' --format junit
  resplay conform --random 1000000 --seed 7 --against redis://localhost:6379
                                                          random commands to the engine and to your server
  resplay conform --random 1000000 --target redis://localhost:7000 --against redis://localhost:6379 --filter 'Z*'

A server that is tested is emptied before each case, so one that has keys is refused unless --flush is given. Its
configuration is changed where a case needs it and set back afterwards; use a server on which nobody else works.

A case is a short story that was recorded from valkey-server 8.0.1, and is played under RESP2 and under RESP3; RESP3 replies
must also have the shape that Valkey publishes. What is known to differ on Redis 7.0.15 has a row with its reason in
corpus/divergences.toml, counts as passed, and is shown as known.

Exit status: 0 the server agrees, 1 it differs, 2 the command line cannot be understood or a server cannot be reached.";

/// Options of `conform`.
#[derive(Debug, Group)]
pub struct ConformArgs {
    /// The server to test; the engine in this process if none is given
    #[arg(long, value_name = "redis://[:PASSWORD@]HOST[:PORT]")]
    pub target: Option<Address>,
    /// Only cases in these files or with these commands: `hash/*`, `HSET`, `CONFIG *`; with --random only these commands
    #[arg(long, value_name = "GLOB")]
    pub filter: Option<String>,
    /// How to print results: json is an object per command and line, junit a test case per case and protocol
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Allow to delete every key of the servers named
    #[arg(long)]
    pub flush: bool,
    /// Take the cases from this directory instead of those in this binary
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
    /// Send so many random commands of several clients to two servers and compare; after every 10,000 all their data too
    #[arg(long, value_name = "N", requires = "against", value_parser = clap::value_parser!(u64).range(1..))]
    pub random: Option<u64>,
    /// The seed of the random commands
    #[arg(long, value_name = "S", default_value_t = 1, requires = "random")]
    pub seed: u64,
    /// The other server of a random comparison
    #[arg(long, value_name = "redis://[:PASSWORD@]HOST[:PORT]", requires = "random")]
    pub against: Option<Address>,
    /// Write reports/conformance.md (at the root of the project; needs redis-server 7.0.15)
    #[arg(long, conflicts_with_all = ["target", "random", "filter"])]
    pub report: bool,
}

/// What `list` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Scenario files with their variants
    Scenarios,
    /// Kinds of applications
    Apps,
    /// Kinds of faults
    Faults,
    /// Checks that a scenario may require
    Checks,
    /// Situations that a scenario may want to occur
    Goals,
}

/// Options of `run`.
#[derive(Debug, Group)]
pub struct RunArgs {
    /// Scenario files, or directories of them; all of scenarios/ if none is given
    pub paths: Vec<PathBuf>,
    /// The seed: everything that happens is a function of the scenario and this number; if not given, the scenario's
    /// own, else 1
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    pub seed: Option<u64>,
    /// Every seed from A to B, both included
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    pub seeds: Option<Seeds>,
    /// How many runs at a time, by default one per processor; results come in the same order whatever it is
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Only this variant; `base` is the scenario itself
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Override a value by its path in the scenario, as its variants do (VALUE is TOML, or else a text); goals are
    /// then counted, not demanded
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// At every operation of a server's disk, start a fresh server on each state that a power loss may leave there, and
    /// judge what it restores
    #[arg(long)]
    pub cuts: bool,
    /// Only this cut point, or this state of it, told in detail; failures name theirs
    #[arg(long, value_name = "[NODE:]POINT[:STATE]")]
    pub cut: Option<CutName>,
    /// Write failing cuts to this directory, a scenario file for each scenario and variant; by default to
    /// corpus/regressions, if there is one
    #[arg(long, value_name = "DIR")]
    pub keep_cuts: Option<PathBuf>,
    /// How to print results
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Write what the clients saw of one run to this file, as JSON lines
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// Run everything twice and compare
    #[arg(long)]
    pub check_determinism: bool,
    /// Switch a bug of the museum on
    #[arg(long = "bug", value_name = "NAME", hide = true)]
    pub bugs: Vec<String>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables
    Human,
    /// An object per run and line
    Json,
    /// JUnit XML
    Junit,
}

/// A range of seeds, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

fn seeds(text: &str) -> Result<Seeds, String> {
    let number = |part: &str| part.trim().parse::<u64>().map_err(|_| format!("`{part}` is not a seed"));
    let (first, last) = text.split_once("..").ok_or("two seeds with .. between them, such as 1..300")?;
    let seeds = Seeds { first: number(first)?, last: number(last)? };
    if seeds.first <= seeds.last { Ok(seeds) } else { Err("the first seed is beyond the last".to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Args, clap::Error> {
        Args::try_parse_from([&["resplay"], words].concat())
    }

    #[test]
    fn seeds_include_both_ends_and_are_checked() {
        assert_eq!(seeds("1..300"), Ok(Seeds { first: 1, last: 300 }));
        assert!(["5", "5..1", "a..b", "1.."].iter().all(|text| seeds(text).is_err()));
    }

    #[test]
    fn what_follows_serve_is_passed_on_verbatim() {
        let parsed = parse(&["serve", "a.conf", "--port", "7000", "--save", "", "--help"]).unwrap();
        assert!(
            matches!(parsed.command, Command::Serve { words } if words == ["a.conf", "--port", "7000", "--save", "", "--help"])
        );
        let parsed = parse(&["serve", "--port", "7000"]).unwrap();
        assert!(matches!(parsed.command, Command::Serve { words } if words == ["--port", "7000"]));
    }

    #[test]
    fn a_cut_is_named_by_numbers_from_one() {
        assert!(parse(&["run", "--cuts", "--cut", "cache:12:3"]).is_ok());
        assert!(parse(&["run", "--cut", "12"]).is_ok());
        assert!(parse(&["run", "--cut", "cache"]).is_err() && parse(&["run", "--cut", "cache:0"]).is_err());
    }

    #[test]
    fn a_seed_and_seeds_together_are_refused() {
        assert!(parse(&["run", "--seed", "1", "--seeds", "1..2"]).is_err());
        assert!(parse(&["run", "--trace"]).is_err());
    }
}

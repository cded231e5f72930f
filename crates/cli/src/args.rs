//! The command line.

use clap::{Args as Group, Parser, Subcommand, ValueEnum};
use resplay_conform::Address;
use resplay_harness::cuts::CutName;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

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
    /// Run plans that nobody wrote, or given scenarios, with seed after seed; group and shrink what fails
    #[command(after_help = HUNT)]
    Hunt(HuntArgs),
    /// Make a scenario that fails as small as it gets
    Shrink(ShrinkArgs),
    /// Measure how long a hunt takes to find each known bug, switched on one at a time
    #[command(after_help = MUSEUM)]
    Museum(MuseumArgs),
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
    /// Judge what clients saw, as `run --history` writes it or anybody else, of real servers too
    Check(CheckArgs),
    /// List what there is, a line each
    List {
        /// Only these
        what: Option<What>,
    },
}

const MUSEUM: &str = "\
Try:
  resplay museum                                          every bug, ten campaigns each: half an hour or more
  resplay museum canary                                   the bug that the first seed must find
  resplay museum --campaigns 1 --no-shrink                a short one: a minute or two
  resplay museum --report reports/museum.md               the published page

Afterwards the same seeds run without a bug, and none of them may fail.

Exit status: 0 every campaign found its bug, the canary with its first seed, and nothing failed without a bug; 1 otherwise; 2 the command line.";

const HUNT: &str = "\
Try:
  resplay hunt --runs 1000 --out hunt                     a thousand plans, each from its own seed
  resplay hunt --budget 1h --jobs 4 --out hunt            an hour; the same line again goes on where it stopped
  resplay hunt --runs 20000 --shard 1/4 --out part-1      a quarter of them, for one of four machines
  resplay hunt --plan 71 > plan.toml                      the plan of a seed, for `resplay run`
  resplay hunt scenarios/streams --runs 500 --out hunt    given scenarios and their variants with seed after seed

The folder: runs.jsonl has an object per run, in the order of their numbers; groups.json has what failed, by what failed;
each group has a scenario of a few lines that fails in the same way, ready for corpus/regressions/.

Exit status: 0 nothing failed (and every goal was reached, where goals are demanded), 1 something did, 2 the command line.";

/// Options of `hunt`.
#[derive(Debug, Group)]
pub struct HuntArgs {
    /// Scenario files, or directories of them; without any, plans are drawn
    pub paths: Vec<PathBuf>,
    /// Stop after this time: 60s, 10m, 2h
    #[arg(long, value_name = "TIME", value_parser = time, required_unless_present_any = ["runs", "plan"])]
    pub budget: Option<Duration>,
    /// Stop after so many runs, of all shards together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub runs: Option<u64>,
    /// How many runs at a time, by default one per processor; the results are the same whatever it is
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Only every n-th run, from the i-th on: n machines do disjoint work
    #[arg(long, value_name = "I/N", default_value = "1/1", value_parser = shard)]
    pub shard: Shard,
    /// Fail if a goal was never reached; from 20,000 runs on that is so anyway
    #[arg(long)]
    pub require_goals: bool,
    /// Where runs and findings go; a hunt that was stopped goes on there
    #[arg(long, value_name = "DIR", required_unless_present = "plan")]
    pub out: Option<PathBuf>,
    /// Switch on a bug of the museum
    #[arg(long = "bug", value_name = "NAME", value_parser = bug)]
    pub bugs: Vec<String>,
    /// Print the plan of a seed, an ordinary scenario, and run nothing
    #[arg(long, value_name = "SEED", conflicts_with_all = ["budget", "runs", "out", "paths", "require_goals", "bugs"])]
    pub plan: Option<u64>,
}

/// Options of `shrink`.
#[derive(Debug, Group)]
pub struct ShrinkArgs {
    /// The scenario
    pub file: PathBuf,
    /// The seed with which it fails
    #[arg(long, value_name = "N")]
    pub seed: u64,
    /// Where the smaller one goes
    #[arg(short, long = "out", value_name = "FILE")]
    pub out: PathBuf,
    /// This variant instead of the base
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Override a value by its path in the scenario
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// Switch on a bug of the museum
    #[arg(long = "bug", value_name = "NAME", value_parser = bug)]
    pub bugs: Vec<String>,
}

/// Options of `museum`.
#[derive(Debug, Group)]
pub struct MuseumArgs {
    /// Only these bugs
    #[arg(value_name = "BUG", value_parser = bug)]
    pub bugs: Vec<String>,
    /// At most so many seeds in one campaign
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub seeds: u64,
    /// How many campaigns for each bug, each with other seeds
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub campaigns: u32,
    /// Leave out how small the first find shrinks: quicker
    #[arg(long, conflicts_with = "report")]
    pub no_shrink: bool,
    /// Write the table as a page too
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// How many runs at a time, by default one per processor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
}

/// Options of `check`.
#[derive(Debug, Group)]
pub struct CheckArgs {
    /// JSON lines, an operation each
    pub history: PathBuf,
    /// Only these checks, separated by commas
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = history_check)]
    pub checks: Vec<String>,
}

fn history_check(name: &str) -> Result<String, String> {
    let known: Vec<&str> = crate::check::known().map(|check| check.name).collect();
    match known.contains(&name) {
        true => Ok(name.to_string()),
        false => Err(format!("known: {}", known.join(", "))),
    }
}

/// One of several parts of a hunt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub number: u64,
    /// Of how many.
    pub of: u64,
}

impl Shard {
    /// Whether the run of this number, from 0, is one of its own.
    pub fn takes(self, run: u64) -> bool {
        run % self.of == self.number - 1
    }
}

fn shard(text: &str) -> Result<Shard, String> {
    let (number, of) = text.split_once('/').ok_or("two numbers, as in 1/4")?;
    let parse = |word: &str| word.parse::<u64>().map_err(|_| "two numbers, as in 1/4".to_string());
    let shard = Shard { number: parse(number)?, of: parse(of)? };
    match (1..=shard.of).contains(&shard.number) {
        true => Ok(shard),
        false => Err(format!("there is no part {} of {}", shard.number, shard.of)),
    }
}

fn time(text: &str) -> Result<Duration, String> {
    text.parse::<resplay_apps::units::DurationText>().map(|time| time.0).map_err(|error| error.to_string())
}

/// A moment of a run: `2m30s`, seconds with a fraction, or minutes and seconds as transcripts print them.
fn moment(text: &str) -> Result<Duration, String> {
    let (minutes, seconds) = match text.split_once(':') {
        Some((minutes, seconds)) => (minutes, seconds),
        None => match text.strip_suffix('s').filter(|number| number.contains('.')) {
            Some(seconds) => ("0", seconds),
            None => return time(text),
        },
    };
    let is_number =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = Some(seconds).filter(|text| is_number(text)).and_then(|text| text.parse().ok());
    let seconds: Option<Duration> = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let minutes: Option<Duration> =
        minutes.parse::<u32>().ok().map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
    let sum = minutes.zip(seconds).map(|(minutes, seconds)| minutes + seconds);
    sum.ok_or_else(|| format!("`{text}` is no moment such as 12.5s, 2m30s or 02:30.5"))
}

fn bug(name: &str) -> Result<String, String> {
    let known: Vec<&str> = resplay_harness::museum::BUGS.iter().map(|row| row.name).collect();
    match known.contains(&name) {
        true => Ok(name.to_string()),
        false => Err(format!("known: {}", known.join(", "))),
    }
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
    /// Bugs of the museum, for --bug
    Bugs,
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
    /// Write every event of one run to this file, as JSON lines: what each process got and when, and what faults did
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// Tell one run from this moment on: what clients sent and were answered, what servers logged, what happened to them
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<Duration>,
    /// Tell it until this moment: 12.5s, 2m30s, 02:30.5
    #[arg(long, visible_alias = "to", value_name = "TIME", value_parser = moment)]
    pub until: Option<Duration>,
    /// Run everything twice and compare
    #[arg(long)]
    pub check_determinism: bool,
    /// Switch a bug of the museum on
    #[arg(long = "bug", value_name = "NAME", hide = true)]
    pub bugs: Vec<String>,
}

impl RunArgs {
    /// Whether something is asked for that is told of one run alone.
    pub fn takes_one_run(&self) -> bool {
        self.history.is_some() || self.trace.is_some() || self.told_span().is_some()
    }

    /// The moments, in nanoseconds, between which a run is to be told.
    pub fn told_span(&self) -> Option<RangeInclusive<u64>> {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let is_told = self.from.is_some() || self.until.is_some();
        is_told.then(|| self.from.map_or(0, nanos)..=self.until.map_or(u64::MAX, nanos))
    }
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

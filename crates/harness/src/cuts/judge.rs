//! Judges the cut points of a run.

use super::bench::{Bench, Start};
use super::choose::choose;
use super::report::{CutFailure, CutReport, Fate};
use super::restored::Loader;
use super::{Cut, CutName, CutRequest};
use crate::facts::Facts;
use crate::format::{Cuts, Plan};
use crate::run::{Request, message, revisit};
use resplay_base::{Random, WallUs};
use resplay_checkers::{Found, Judgement, Moment, Moments};
use resplay_world::{CutMark, Digest, DiskImage};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

/// States of one cut point are made up to so many bytes, whether or not a server can then be started on all.
const CHEAP_BYTES: u64 = 1 << 20;

/// Judges the cut points of a run that was played once; `facts` are what it left behind.
pub fn judge(request: &Request<'_>, plan: &Plan, spec: &Cuts, facts: &Facts) -> CutReport {
    let mut report = CutReport::default();
    let mut judges: BTreeMap<&str, Judge<'_>> = BTreeMap::new();
    let mut wanted: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    if let Some(unknown) = named_node(request).filter(|name| !plan.nodes.contains_key(*name)) {
        report.fail(CutFailure::of_node(unknown, "there is no server of that name".to_string()));
    }
    for name in nodes(request, plan, spec) {
        let mut judge = match Judge::new(name, request, plan, spec, facts) {
            Ok(judge) => judge,
            Err(why) => {
                report.fail(CutFailure::of_node(name, why));
                continue;
            }
        };
        let marks = facts.cut_marks.get(name).map_or(&[][..], Vec::as_slice);
        let points = judge.choose(marks, request.cuts.only);
        if let Some(only) = request.cuts.only.filter(|only| only.point > marks.len() as u64) {
            let why = format!("there is no cut point {}: its disk passed {}", only.point, marks.len());
            report.fail(CutFailure::of_node(name, why));
        }
        marks.iter().for_each(|mark| report.row(mark.kind).points += 1);
        wanted.insert(name.to_string(), points);
        judges.insert(name, judge);
    }
    revisit(plan, request.seed, request.bugs, &wanted, &mut |cut| {
        if let Some(judge) = judges.get_mut(cut.node) {
            judge.visit(cut, &mut report);
        }
    });
    report
}

/// The server that the one cut that is asked for names.
fn named_node<'a>(request: &Request<'a>) -> Option<&'a String> {
    request.cuts.only.and_then(|only| only.node.as_ref())
}

/// The servers whose disks are looked at.
fn nodes<'p>(request: &Request<'_>, plan: &'p Plan, spec: &Cuts) -> Vec<&'p str> {
    let named = named_node(request);
    let is_wanted = |name: &&str| match named {
        Some(named) => named == name,
        None => spec.nodes.is_empty() || spec.nodes.iter().any(|other| other == name),
    };
    plan.nodes.keys().map(String::as_str).filter(is_wanted).collect()
}

/// Judges the cuts of one node's disk.
struct Judge<'a> {
    name: &'a str,
    spec: &'a Cuts,
    request: CutRequest<'a>,
    seed: u64,
    /// Whether bytes may reach the disk in any order.
    reorders: bool,
    /// Whether a file whose tail is cut off is refused.
    refuses_cut_tail: bool,
    bench: Bench<'a>,
    moments: Moments<'a>,
    loader: Loader,
    /// What became of a server on each state that is known, by the digest of state and configuration.
    answers: BTreeMap<u64, Answer>,
    /// How many states may still be started on, at so many cut points.
    images_left: u64,
    points_left: u64,
}

/// What became of a server that was started on a state.
#[derive(Clone)]
enum Answer {
    Restored(Found),
    /// It refused to start, and the real server would have.
    Refused,
    /// It did what it must not.
    Broken(String),
}

impl<'a> Judge<'a> {
    fn new(
        name: &'a str,
        request: &Request<'a>,
        plan: &'a Plan,
        spec: &'a Cuts,
        facts: &'a Facts,
    ) -> Result<Judge<'a>, String> {
        let flight_ns = u64::try_from(plan.network.latency.0.as_nanos()).unwrap_or(u64::MAX);
        let (node, seed) = (plan.nodes[name].with_config(&spec.config), request.seed);
        let setting = |name: &str| node.config.get(name).map(String::as_str);
        let draws = |what: &str| Random::stream(seed, &format!("cuts/{what}/{name}"));
        Ok(Judge {
            name,
            spec,
            request: request.cuts,
            seed,
            reorders: node.disk.reorder,
            refuses_cut_tail: setting("aof-load-truncated") == Some("no"),
            moments: Moments::of(name, &facts.evidence, flight_ns)?,
            loader: Loader::new(
                facts.evidence.model(name),
                draws("read"),
                setting("requirepass").map(str::to_string),
            ),
            bench: Bench::new(name, node, draws("boot").next_u64()),
            answers: BTreeMap::new(),
            images_left: 0,
            points_left: 0,
        })
    }

    /// The cut points to judge.
    fn choose(&mut self, marks: &[CutMark], only: Option<&CutName>) -> BTreeSet<u64> {
        let mut random = Random::stream(self.seed, &format!("cuts/points/{}", self.name));
        let mut choice = choose(marks, self.spec, &mut random);
        if let Some(only) = only {
            choice.points = [only.point].into();
        }
        (self.images_left, self.points_left) = (choice.images, choice.points.len() as u64);
        choice.points
    }

    /// Judges the states of one cut point.
    fn visit(&mut self, mut cut: Cut<'_>, report: &mut CutReport) {
        let share = (2 * self.images_left / self.points_left.max(1)).clamp(1, self.images_left.max(1));
        self.points_left = self.points_left.saturating_sub(1);
        let only = self.request.only;
        let limit = match only {
            Some(only) => only.state.unwrap_or(0).max(u64::from(self.spec.states)),
            // Of a small disk more states are cheap to make, most of them known from cut points before.
            None => u64::from(self.spec.states).min((4 * share).max(CHEAP_BYTES / cut.point.bytes().max(1))),
        };
        let random = Random::stream(self.seed, &format!("cuts/states/{}/{}", self.name, cut.point.number));
        let (legal, states) = cut.point.states(usize::try_from(limit).unwrap_or(usize::MAX), random);
        let moment = self.moments.at(cut.point.at, cut.entries);
        let mut verdicts = Verdicts { moment, known: BTreeMap::new() };
        let row = report.row(cut.point.kind);
        (row.judged, row.legal) = (row.judged + 1, row.legal.saturating_add(legal));
        let (mut started, rules) = (0, self.rules());
        let chosen = only.and_then(|only| only.state);
        let mut found: Vec<(u64, Answer)> = Vec::new();
        for (number, image) in
            (1..).zip(&states).filter(|(number, _)| chosen.is_none_or(|one| one == *number))
        {
            let key = self.key(image);
            let is_new = !self.answers.contains_key(&key);
            if is_new && started >= share && only.is_none() {
                continue;
            }
            if is_new {
                started += 1;
                report.row(cut.point.kind).images += 1;
                report.pairs.insert(key);
                let answer = start(&self.bench, &mut self.loader, rules, image, cut.wall);
                self.answers.insert(key, answer);
                if let Some(count) = self.request.started {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
            found.push((number, self.answers[&key].clone()));
            if chosen.is_some() {
                report.story = story(image, &self.bench, cut.wall);
            }
        }
        self.images_left = self.images_left.saturating_sub(started);
        for (number, answer) in found {
            let fate = verdicts.of(&answer);
            let name = Some(self.name.to_string());
            let name = CutName { node: name, point: cut.point.number, state: Some(number) };
            report.count(cut.point.kind, cut.point.at, name, fate);
        }
    }

    fn rules(&self) -> Rules {
        Rules { reorders: self.reorders, refuses_cut_tail: self.refuses_cut_tail }
    }

    /// The digest of a state with the configuration.
    fn key(&self, image: &DiskImage) -> u64 {
        let mut digest = Digest::new(image.digest());
        digest.bytes(self.bench.config().as_bytes());
        digest.value()
    }
}

/// When a server may refuse to start.
#[derive(Clone, Copy)]
struct Rules {
    reorders: bool,
    refuses_cut_tail: bool,
}

impl Rules {
    /// Whether the real server would refuse as well, for the reason in the log.
    fn allow(self, log: &[String]) -> bool {
        let reasons = [
            (self.refuses_cut_tail, "Unexpected end of file reading the append only file"),
            (self.reorders, "Bad file format reading the append only file"),
        ];
        let words = reasons.iter().filter(|(holds, _)| *holds).map(|(_, words)| words);
        words.into_iter().any(|words| log.iter().any(|line| line.contains(words)))
    }
}

/// Starts a server on a state. One that panics is broken; the run goes on.
fn start(bench: &Bench<'_>, loader: &mut Loader, rules: Rules, image: &DiskImage, wall: WallUs) -> Answer {
    let started = catch_unwind(AssertUnwindSafe(|| match bench.start(image, wall) {
        Start::Ready(mut fresh) => match loader.found(&mut fresh) {
            Ok(found) => Answer::Restored(found),
            Err(why) => Answer::Broken(why),
        },
        Start::Refused(log) if rules.allow(&log) => Answer::Refused,
        Start::Refused(log) => Answer::Broken(format!("it does not start: {}", last_line(&log))),
        Start::Stuck(log) => {
            Answer::Broken(format!("it never gets ready; last it said: {}", last_line(&log)))
        }
    }));
    started.unwrap_or_else(|panic| Answer::Broken(format!("it panics: {}", message(&*panic))))
}

fn last_line(log: &[String]) -> &str {
    log.last().map_or("nothing", |line| line.trim_end())
}

/// The judgements at one moment: many states restore the same.
struct Verdicts<'m, 'e> {
    moment: Moment<'m, 'e>,
    known: BTreeMap<Found, Judgement>,
}

impl Verdicts<'_, '_> {
    fn of(&mut self, answer: &Answer) -> Fate {
        match answer {
            Answer::Refused => Fate::Refused,
            Answer::Broken(why) => Fate::Violation(why.clone()),
            Answer::Restored(found) => {
                let judgement = self.known.entry(*found).or_insert_with(|| self.moment.judge(*found));
                match (judgement.findings.is_empty(), judgement.lost) {
                    (false, _) => Fate::Violation(judgement.findings.join("; ")),
                    (true, 0) => Fate::Whole,
                    (true, _) => Fate::WithinPromise,
                }
            }
        }
    }
}

/// A state told in detail: its files, and what a server on it logs.
fn story(image: &DiskImage, bench: &Bench<'_>, wall: WallUs) -> Vec<String> {
    let mut lines = vec!["on the disk:".to_string()];
    lines.extend(image.files.iter().map(|(path, bytes)| {
        let tail = &bytes[bytes.len().saturating_sub(60)..];
        let tail = resplay_history::escape(tail);
        format!("  {path}  {} bytes, the last: {tail}", bytes.len())
    }));
    let log = match catch_unwind(AssertUnwindSafe(|| bench.start(image, wall))) {
        Ok(Start::Ready(fresh)) => fresh.log(),
        Ok(Start::Refused(log) | Start::Stuck(log)) => log,
        Err(panic) => vec![format!("panic: {}", message(&*panic))],
    };
    lines.push("a fresh server says:".to_string());
    lines.extend(log.into_iter().map(|line| format!("  {line}")));
    lines
}

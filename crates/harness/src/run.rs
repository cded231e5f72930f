//! One run: scenario, variant and seed to an outcome. A pure function of its request.

use crate::checks;
use crate::cuts::{self, Cut, CutRequest};
use crate::facts::Facts;
use crate::faults;
use crate::format::{Expected, Mistake, Plan, Scenario};
use crate::goals::GOALS;
use crate::host::HostNode;
use crate::museum::BUGS;
use crate::outcome::{Outcome, Verdict};
use crate::stage::Stage;
use crate::trace::{self, TraceEvent};
use resplay_apps::operator::Action;
use resplay_base::Random;
use resplay_world::FaultId;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// How often servers' memory is looked at, in nanoseconds.
const SAMPLE_NS: u64 = 1_000_000_000;

/// What to run.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// A variant by name; `None` is the base.
    pub variant: Option<&'a str>,
    /// Further overrides, each `PATH=VALUE`. With any of them goals are counted but not demanded.
    pub sets: &'a [String],
    /// The seed.
    pub seed: u64,
    /// Bugs of the museum to switch on, by name.
    pub bugs: &'a [String],
    /// Whether crash cuts are judged where the scenario does not say so itself.
    pub cuts: CutRequest<'a>,
}

/// Runs it. The mistake is one of the variant's name, a bug's name, or the overrides.
pub fn run(request: &Request<'_>) -> Result<Outcome, Mistake> {
    Ok(run_and_keep(request, false)?.0)
}

/// The same, with every event.
pub fn run_traced(request: &Request<'_>) -> Result<(Outcome, Vec<TraceEvent>), Mistake> {
    run_and_keep(request, true)
}

fn run_and_keep(request: &Request<'_>, keeps_trace: bool) -> Result<(Outcome, Vec<TraceEvent>), Mistake> {
    for bug in request.bugs {
        if !BUGS.iter().any(|row| row.name == bug) {
            return Err(Mistake::unknown("bug", bug, BUGS.iter().map(|row| row.name)));
        }
    }
    let plan = request.scenario.plan(request.variant, request.sets)?;
    let spec = request.cuts.spec(&plan);
    let played = catch_unwind(AssertUnwindSafe(|| {
        let (facts, trace) = play(&plan, request, spec.is_some(), keeps_trace);
        let report = spec.as_ref().map(|spec| cuts::judge(request, &plan, spec, &facts));
        let mut outcome = judge(request, &plan, facts);
        if let (Some(spec), Some(report)) = (&spec, report) {
            outcome.take_cuts(report, spec.expect == Some(Expected::Violated));
        }
        (outcome, trace)
    }));
    Ok(played.unwrap_or_else(|panic| (Outcome::panicked(request, &plan, &message(&*panic)), Vec::new())))
}

/// What a panic said.
pub(crate) fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string())).unwrap_or_default()
}

/// Runs the world to its end, with faults in between. `notes_cuts`: the disks note the cut points that they pass.
fn play(plan: &Plan, request: &Request<'_>, notes_cuts: bool, keeps_trace: bool) -> (Facts, Vec<TraceEvent>) {
    let mut agenda = Agenda::draw(plan, request.seed);
    let actions = std::mem::take(&mut agenda.actions);
    let mut stage = Stage::new(plan, request.seed, request.bugs, actions, keeps_trace);
    if notes_cuts {
        plan.nodes.keys().for_each(|name| stage.watch_cuts(name, BTreeSet::new()));
    }
    let Performed { injected, quiet_from_ns } = agenda.perform(plan, &mut stage, &mut run_until);
    stage.mark_idle();
    let effects = plan.faults.keys().map(|name| {
        let ids = injected.get(name).map_or(&[][..], Vec::as_slice);
        (name.clone(), ids.iter().map(|id| stage.world.effects(*id)).sum())
    });
    let effects = effects.collect();
    let trace = if keeps_trace { trace::events(&stage) } else { Vec::new() };
    let mut facts = Facts::collect(stage, plan, effects);
    facts.evidence.quiet_from_ns = quiet_from_ns;
    facts.evidence.core = plan.checks.core.as_ref().map(|core| {
        let from_ns = u64::try_from(core.from.0.as_nanos()).unwrap_or(u64::MAX);
        resplay_checkers::Core { from_ns, apps: core.apps.iter().cloned().collect() }
    });
    (facts, trace)
}

/// Plays the same again, and shows each wanted cut point of each node right after the event that it belongs to.
pub(crate) fn revisit(
    plan: &Plan,
    seed: u64,
    bugs: &[String],
    wanted: &BTreeMap<String, BTreeSet<u64>>,
    visit: &mut dyn FnMut(Cut<'_>),
) {
    let mut agenda = Agenda::draw(plan, seed);
    let mut stage = Stage::new(plan, seed, bugs, std::mem::take(&mut agenda.actions), false);
    wanted.iter().for_each(|(name, numbers)| stage.watch_cuts(name, numbers.clone()));
    let mut show = |stage: &mut Stage| {
        for node in wanted.keys() {
            for point in stage.take_cuts(node) {
                let host = stage.host(node);
                let entries = stage.world.node(host).and_then(HostNode::journal_len);
                visit(Cut { node, point, entries, wall: stage.world.clock(host).wall });
            }
        }
    };
    let mut advance = |stage: &mut Stage, until_ns: u64| {
        show(stage);
        while stage.world.next_event().is_some_and(|at| at <= until_ns) {
            stage.world.step();
            show(stage);
        }
        stage.world.run_until(until_ns);
    };
    agenda.perform(plan, &mut stage, &mut advance);
    stage.mark_idle();
    show(&mut stage);
}

/// Runs the world, and looks at its servers' memory now and then.
fn run_until(stage: &mut Stage, until_ns: u64) {
    while stage.world.now() < until_ns {
        let next_ns = (stage.world.now() / SAMPLE_NS + 1) * SAMPLE_NS;
        stage.world.run_until(next_ns.min(until_ns));
        stage.sample_memory();
    }
}

/// What faults do, in the order of time and, at the same time, of their names.
struct Agenda {
    steps: BTreeMap<(u64, usize), Step>,
    actions: Vec<Action>,
}

enum Step {
    /// `lasts` is `None` for what has no end but that of the run.
    Begin {
        fault: String,
        lasts: Option<Duration>,
    },
    End {
        fault: String,
    },
}

/// What carrying out an agenda needs.
struct Director<'a> {
    plan: &'a Plan,
    stage: &'a mut Stage,
    /// Runs the world until then.
    advance: &'a mut dyn FnMut(&mut Stage, u64),
    steps: BTreeMap<(u64, usize), Step>,
    done: Performed,
}

/// What came of an agenda.
#[derive(Default)]
struct Performed {
    /// What each fault injected.
    injected: BTreeMap<String, Vec<FaultId>>,
    /// When the last step was taken.
    quiet_from_ns: u64,
}

impl Agenda {
    /// Each fault draws its times from a stream of its own.
    fn draw(plan: &Plan, seed: u64) -> Agenda {
        let mut agenda = Agenda { steps: BTreeMap::new(), actions: Vec::new() };
        for (name, fault) in &plan.faults {
            let mut random = Random::stream(seed, &format!("plan/fault/{name}"));
            let times = fault.schedule.times(plan.duration, &mut random);
            agenda.actions.extend(faults::operator_commands(&*fault.fault, &times));
            let lasts = fault.fault.own_length().or(fault.schedule.lasts);
            for time in times {
                // Its end has the number after it.
                let number = 2 * agenda.steps.len();
                agenda.steps.insert((nanos(time), number), Step::Begin { fault: name.clone(), lasts });
            }
        }
        agenda
    }

    /// Takes every step at its time; `advance` runs the world until then.
    fn perform(self, plan: &Plan, stage: &mut Stage, advance: &mut dyn FnMut(&mut Stage, u64)) -> Performed {
        let mut director = Director { plan, stage, advance, steps: self.steps, done: Performed::default() };
        while director.take_next() {}
        (director.advance)(director.stage, nanos(plan.duration));
        director.done
    }
}

impl Director<'_> {
    /// Whether there was a next step.
    fn take_next(&mut self) -> bool {
        let Some(((at_ns, number), step)) = self.steps.pop_first() else { return false };
        (self.advance)(self.stage, at_ns);
        match step {
            Step::Begin { fault, lasts } => self.begin(at_ns, number, fault, lasts),
            Step::End { fault: name } => {
                self.done.quiet_from_ns = self.done.quiet_from_ns.max(at_ns);
                let fault = &self.plan.faults[&name].fault;
                fault.describe_end().into_iter().for_each(|line| self.stage.note(line));
                fault.end(self.stage, self.done.injected.get(&name).map_or(&[][..], Vec::as_slice));
            }
        }
        true
    }

    fn begin(&mut self, at_ns: u64, number: usize, name: String, lasts: Option<Duration>) {
        let begins_ns = if self.wait(at_ns, &name) { self.stage.world.now() } else { at_ns };
        self.done.quiet_from_ns = self.done.quiet_from_ns.max(begins_ns);
        let fault = &self.plan.faults[&name].fault;
        fault.describe().into_iter().for_each(|line| self.stage.note(line));
        let until_ns =
            lasts.map_or(nanos(self.plan.duration), |lasts| begins_ns.saturating_add(nanos(lasts)));
        let lasts = Duration::from_nanos(until_ns.saturating_sub(begins_ns));
        let mut ids = fault.begin(self.stage, lasts);
        self.done.injected.entry(name.clone()).or_default().append(&mut ids);
        if until_ns < nanos(self.plan.duration) {
            self.steps.insert((until_ns, number + 1), Step::End { fault: name });
        }
    }

    /// Waits for the moment of a fault, if it has one: what other faults do meanwhile, they do on time.
    fn wait(&mut self, at_ns: u64, name: &str) -> bool {
        let fault = &self.plan.faults[name].fault;
        let Some(patience) = fault.patience() else { return false };
        let gives_up_ns = at_ns.saturating_add(nanos(patience)).min(nanos(self.plan.duration));
        loop {
            let next_ns = self.steps.first_key_value().map_or(u64::MAX, |((next_ns, _), _)| *next_ns);
            let is_there = fault.wait(self.stage, next_ns.min(gives_up_ns));
            if is_there || next_ns > gives_up_ns {
                return true;
            }
            self.take_next();
        }
    }
}

fn judge(request: &Request<'_>, plan: &Plan, facts: Facts) -> Outcome {
    let findings = checks::judge(plan, &facts);
    let goals: BTreeMap<String, u64> =
        GOALS.iter().map(|goal| (goal.name.to_string(), (goal.count)(&facts))).collect();
    let mut outcome = Outcome::new(request, plan, &facts);
    outcome.goals =
        goals.into_iter().filter(|(name, hits)| *hits > 0 || plan.checks.goals.contains(name)).collect();
    outcome.judge(plan, findings, request.sets.is_empty());
    outcome.history = facts.evidence.history;
    outcome
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl<'a> Request<'a> {
    /// A scenario as it stands, without crash cuts but its own.
    pub fn of(scenario: &'a Scenario, seed: u64, bugs: &'a [String]) -> Request<'a> {
        Request { scenario, variant: None, sets: &[], seed, bugs, cuts: CutRequest::default() }
    }
}

impl Outcome {
    fn panicked(request: &Request<'_>, plan: &Plan, message: &str) -> Outcome {
        let mut outcome = Outcome::empty(request, plan);
        outcome.verdict = Verdict::Error;
        outcome.why.push(format!("panic: {message}"));
        outcome
    }
}

//! One run: scenario, variant and seed to an outcome. A pure function of its request.

use crate::checks;
use crate::facts::Facts;
use crate::faults;
use crate::format::{Mistake, Plan, Scenario};
use crate::goals::GOALS;
use crate::museum::BUGS;
use crate::outcome::{Outcome, Verdict};
use crate::stage::Stage;
use resplay_apps::operator::Action;
use resplay_base::Random;
use resplay_world::FaultId;
use std::collections::BTreeMap;
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
}

/// Runs it. The mistake is one of the variant's name, a bug's name, or the overrides.
pub fn run(request: &Request<'_>) -> Result<Outcome, Mistake> {
    for bug in request.bugs {
        if !BUGS.iter().any(|(name, _)| name == bug) {
            return Err(Mistake::unknown("bug", bug, BUGS.iter().map(|(name, _)| *name)));
        }
    }
    let plan = request.scenario.plan(request.variant, request.sets)?;
    let played = catch_unwind(AssertUnwindSafe(|| {
        let facts = play(&plan, request.seed, request.bugs);
        judge(request, &plan, facts)
    }));
    Ok(played.unwrap_or_else(|panic| Outcome::panicked(request, &plan, &message(&*panic))))
}

/// What a panic said.
fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string())).unwrap_or_default()
}

/// Runs the world to its end, with faults in between.
fn play(plan: &Plan, seed: u64, bugs: &[String]) -> Facts {
    let agenda = Agenda::draw(plan, seed);
    let mut stage = Stage::new(plan, seed, bugs, agenda.actions);
    let mut injected: BTreeMap<String, Vec<FaultId>> = BTreeMap::new();
    for (at_ns, step) in agenda.steps {
        run_until(&mut stage, at_ns);
        step.take(plan, &mut stage, &mut injected);
    }
    run_until(&mut stage, nanos(plan.duration));
    let effects = plan.faults.keys().map(|name| {
        let ids = injected.get(name).map_or(&[][..], Vec::as_slice);
        (name.clone(), ids.iter().map(|id| stage.world.effects(*id)).sum())
    });
    let effects = effects.collect();
    Facts::collect(stage, plan, effects)
}

/// Runs the world, and looks at its servers' memory now and then.
fn run_until(stage: &mut Stage, until_ns: u64) {
    while stage.world.now() < until_ns {
        let next_ns = (stage.world.now() / SAMPLE_NS + 1) * SAMPLE_NS;
        stage.world.run_until(next_ns.min(until_ns));
        stage.sample_memory();
    }
}

/// What faults do, in the order of time.
struct Agenda {
    steps: Vec<(u64, Step)>,
    actions: Vec<Action>,
}

enum Step {
    Begin { fault: String, lasts: Duration },
    End { fault: String },
}

impl Agenda {
    /// Each fault draws its times from a stream of its own.
    fn draw(plan: &Plan, seed: u64) -> Agenda {
        let mut agenda = Agenda { steps: Vec::new(), actions: Vec::new() };
        for (name, fault) in &plan.faults {
            let mut random = Random::stream(seed, &format!("plan/fault/{name}"));
            let times = fault.schedule.times(plan.duration, &mut random);
            agenda.actions.extend(faults::operator_commands(&*fault.fault, &times));
            let lasts = fault.fault.own_length().or(fault.schedule.lasts);
            for time in times {
                let until = lasts.map_or(plan.duration, |lasts| time + lasts);
                let begin = Step::Begin { fault: name.clone(), lasts: until.saturating_sub(time) };
                agenda.steps.push((nanos(time), begin));
                if until < plan.duration {
                    agenda.steps.push((nanos(until), Step::End { fault: name.clone() }));
                }
            }
        }
        agenda.steps.sort_by_key(|(at_ns, _)| *at_ns);
        agenda
    }
}

impl Step {
    fn take(self, plan: &Plan, stage: &mut Stage, injected: &mut BTreeMap<String, Vec<FaultId>>) {
        match self {
            Step::Begin { fault: name, lasts } => {
                let fault = &plan.faults[&name].fault;
                fault.describe().into_iter().for_each(|line| stage.note(line));
                let mut ids = fault.begin(stage, lasts);
                injected.entry(name).or_default().append(&mut ids);
            }
            Step::End { fault: name } => {
                let fault = &plan.faults[&name].fault;
                fault.describe_end().into_iter().for_each(|line| stage.note(line));
                fault.end(stage, injected.get(&name).map_or(&[][..], Vec::as_slice));
            }
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

impl Outcome {
    fn panicked(request: &Request<'_>, plan: &Plan, message: &str) -> Outcome {
        let mut outcome = Outcome::empty(request, plan);
        outcome.verdict = Verdict::Error;
        outcome.why.push(format!("panic: {message}"));
        outcome
    }
}

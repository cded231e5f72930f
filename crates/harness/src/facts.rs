//! All that a run left behind, for the judge, the goals and the report.

use crate::faults::{self};
use crate::format::{OPERATOR, Plan};
use crate::stage::{Note, Outage, Stage};
use resplay_apps::Report;
use resplay_base::Exit;
use resplay_base::journal::{Entry, Event};
use resplay_history::{History, Operation};
use resplay_world::{LogLine, Status};
use std::collections::BTreeMap;

/// All that a run left behind.
pub struct Facts {
    /// The digest of every input.
    pub digest: u64,
    /// How long it went on, in virtual nanoseconds.
    pub duration_ns: u64,
    /// What clients saw, in the order of completion.
    pub history: History,
    /// What each server did, its starts one after the other.
    pub journals: BTreeMap<String, Vec<Entry>>,
    /// What each server logged.
    pub logs: BTreeMap<String, Vec<LogLine>>,
    /// How each server's last process ended, if it is down at the end.
    pub down: BTreeMap<String, Status>,
    /// What each application measured, the operator among them.
    pub reports: BTreeMap<String, Report>,
    /// How often each fault took effect.
    pub faults: BTreeMap<String, u64>,
    /// Processes that faults ended.
    pub outages: Vec<Outage>,
    /// Lines for the timeline that faults wrote.
    pub notes: Vec<Note>,
}

impl Facts {
    /// Takes everything off a stage when the play is over. `effects` counts what the world's ledger knows.
    pub fn collect(mut stage: Stage, plan: &Plan, effects: BTreeMap<String, u64>) -> Facts {
        let mut facts = Facts {
            digest: stage.world.digest(),
            duration_ns: stage.world.now(),
            history: History::default(),
            journals: BTreeMap::new(),
            logs: BTreeMap::new(),
            down: BTreeMap::new(),
            reports: BTreeMap::new(),
            faults: effects,
            outages: stage.outages().to_vec(),
            notes: stage.notes().to_vec(),
        };
        facts.take_servers(&stage);
        facts.take_apps(&mut stage);
        facts.count_commands_of_operator(plan);
        let recorder = stage.recorder().clone();
        drop(stage);
        facts.journals = recorder.take();
        facts
    }

    /// How many commands servers ran.
    pub fn commands(&self) -> u64 {
        self.events(|event| matches!(event, Event::Command { .. }))
    }

    /// The sum of a counter over all applications.
    pub fn counter(&self, name: &str) -> u64 {
        self.reports.values().filter_map(|report| report.counters.get(name)).sum()
    }

    /// The highest value of something in any application.
    pub fn maximum(&self, name: &str) -> u64 {
        self.reports.values().filter_map(|report| report.maxima.get(name)).copied().max().unwrap_or(0)
    }

    /// How many errors beginning so applications met.
    pub fn errors(&self, beginning: &str) -> u64 {
        let errors = self.reports.values().flat_map(|report| &report.errors);
        errors.filter(|(text, _)| text.starts_with(beginning)).map(|(_, count)| count).sum()
    }

    /// How many such events the journals hold.
    pub fn events(&self, is_such: impl Fn(&Event) -> bool) -> u64 {
        self.journals.values().flatten().filter(|entry| is_such(&entry.event)).count() as u64
    }

    /// How many lines of servers' logs contain this.
    pub fn logged(&self, part: &str) -> u64 {
        self.logs.values().flatten().filter(|line| line.text.contains(part)).count() as u64
    }

    /// Servers that ended by themselves, unasked, and how.
    pub fn exits(&self) -> impl Iterator<Item = (&str, Exit)> {
        self.down.iter().filter_map(|(name, status)| match status {
            Status::Exited(exit) => Some((name.as_str(), *exit)),
            Status::OutOfMemory => Some((name.as_str(), Exit(137))),
            _ => None,
        })
    }

    fn take_servers(&mut self, stage: &Stage) {
        for name in stage.servers() {
            let host = stage.host(name);
            self.logs.insert(name.to_string(), stage.world.logs(host).to_vec());
            let status = stage.world.status(host);
            if status != Status::Running {
                self.down.insert(name.to_string(), status);
            }
        }
    }

    fn take_apps(&mut self, stage: &mut Stage) {
        let hosts: Vec<(String, _)> = stage.hosts().map(|(name, host)| (name.to_string(), host)).collect();
        for (name, host) in hosts {
            if let Some(app) = stage.world.node_mut(host).and_then(|node| node.app_mut()) {
                self.reports.insert(name, app.report());
                self.history.operations.append(&mut app.take_operations());
            }
        }
        let completed = |operation: &Operation| operation.completed_ns.unwrap_or(u64::MAX);
        self.history.operations.sort_by_key(completed);
    }

    /// A fault by the operator took effect when its command was answered without an error.
    fn count_commands_of_operator(&mut self, plan: &Plan) {
        for (name, fault) in &plan.faults {
            let Some(command) = fault.fault.command() else { continue };
            let words = faults::words(command.run);
            let answered = self.history.operations.iter().filter(|operation| {
                operation.client.starts_with(OPERATOR)
                    && operation.command == words
                    && operation.reply().is_some_and(|reply| !reply.starts_with(b"-"))
            });
            self.faults.insert(name.clone(), answered.count() as u64);
        }
    }
}

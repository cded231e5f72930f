//! All that a run left behind, for the judge, the goals and the report.

use crate::faults;
use crate::format::{OPERATOR, Plan};
use crate::recorder::Records;
use crate::stage::{Note, Stage};
use resplay_apps::Report;
use resplay_base::journal::{Entry, Event};
use resplay_checkers::{EventKind, Evidence, MemorySample, NodeEvent};
use resplay_history::{Operation, Verb};
use resplay_world::{CutMark, LogLine};
use std::collections::{BTreeMap, BTreeSet};

/// How the kernel's line begins when it kills a process for its memory.
pub const OOM_KILL: &str = "Out of memory: killed process";

/// All that a run left behind.
pub struct Facts {
    /// The digest of every input.
    pub digest: u64,
    /// What the checkers judge.
    pub evidence: Evidence,
    /// What each server logged.
    pub logs: BTreeMap<String, Vec<LogLine>>,
    /// What each application measured, the operator among them.
    pub reports: BTreeMap<String, Report>,
    /// How often each fault took effect.
    pub faults: BTreeMap<String, u64>,
    /// Lines for the timeline that faults wrote.
    pub notes: Vec<Note>,
    /// The cut points that each server's disk passed, if it noted them.
    pub cut_marks: BTreeMap<String, Vec<CutMark>>,
}

fn reordering(plan: &Plan) -> BTreeSet<String> {
    let nodes = plan.nodes.iter().filter(|(_, node)| node.disk.reorder);
    nodes.map(|(name, _)| name.clone()).collect()
}

fn set_clocks(plan: &Plan) -> BTreeSet<String> {
    let set = plan.faults.values().filter(|fault| fault.kind == "clock-jump");
    set.flat_map(|fault| fault.fault.hosts()).map(|(_, host)| host.to_string()).collect()
}

impl Facts {
    /// Takes everything off a stage when the play is over. `effects` counts what the world's ledger knows.
    pub fn collect(mut stage: Stage, plan: &Plan, effects: BTreeMap<String, u64>) -> Facts {
        let mut facts = Facts {
            digest: stage.world.digest(),
            evidence: Evidence {
                duration_ns: stage.world.now(),
                events: stage.events().to_vec(),
                reordering: reordering(plan),
                set_clocks: set_clocks(plan),
                ..Evidence::default()
            },
            logs: stage
                .servers()
                .map(|name| (name.to_string(), stage.world.logs(stage.host(name)).to_vec()))
                .collect(),
            reports: BTreeMap::new(),
            faults: effects,
            notes: stage.notes().to_vec(),
            cut_marks: stage.cut_marks(),
        };
        facts.take_apps(&mut stage);
        let (recorder, samples) = (stage.recorder().clone(), stage.samples().to_vec());
        let pauses = stage.pauses().to_vec();
        // With the world its servers end, and leave their records.
        drop(stage);
        facts.take_records(recorder.take(), plan);
        facts.evidence.slow_disk.extend(pauses);
        facts.count_commands_of_operator(plan);
        facts.evidence.samples = facts.limited(samples);
        facts
    }

    /// How many commands servers ran.
    pub fn commands(&self) -> u64 {
        self.events(|event| matches!(event, Event::Command { .. } | Event::Woken { .. }))
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

    /// How many jobs were processed more than once.
    pub fn duplicates(&self) -> u64 {
        let mut times: BTreeMap<(&[u8], &[u8]), u64> = BTreeMap::new();
        for operation in &self.evidence.history.operations {
            if let Some((Verb::Processed, queue, job)) = operation.as_work() {
                *times.entry((queue, job)).or_default() += 1;
            }
        }
        times.values().filter(|times| **times > 1).count() as u64
    }

    /// How many such events the journals hold.
    pub fn events(&self, is_such: impl Fn(&Event) -> bool) -> u64 {
        self.evidence.journals.values().flatten().filter(|entry| is_such(&entry.event)).count() as u64
    }

    /// How many lines of servers' logs contain this.
    pub fn logged(&self, part: &str) -> u64 {
        self.logs.values().flatten().filter(|line| line.text.contains(part)).count() as u64
    }

    fn take_records(&mut self, records: Records, plan: &Plan) {
        self.evidence.journals = records.journals;
        self.evidence.slow_disk = records.slow_disk;
        self.evidence.logs = records.logs;
        self.evidence.configs =
            plan.nodes.iter().map(|(name, node)| (name.clone(), node.config.clone())).collect();
        let exits = records.exits.into_iter();
        let exits =
            exits.map(|(at_ns, node, exit)| NodeEvent { at_ns, node, kind: EventKind::Exited(exit.0) });
        self.evidence.events.extend(exits);
        let killed = self.oom_kills();
        self.evidence.events.extend(killed);
        self.evidence.events.sort_by_key(|event| event.at_ns);
    }

    /// Kills by the kernel, with the status that a shell shows for them.
    fn oom_kills(&self) -> Vec<NodeEvent> {
        let lines = self.logs.iter().flat_map(|(node, lines)| lines.iter().map(move |line| (node, line)));
        let kills = lines.filter(|(_, line)| line.text.starts_with(OOM_KILL));
        let event = |(node, line): (&String, &LogLine)| NodeEvent {
            at_ns: line.at,
            node: node.clone(),
            kind: EventKind::Exited(137),
        };
        kills.map(event).collect()
    }

    /// The samples with the limit that held; none of a node whose limit was changed in the run.
    fn limited(&self, samples: Vec<MemorySample>) -> Vec<MemorySample> {
        let journals = self.evidence.journals.iter();
        let limits: BTreeMap<&String, u64> =
            journals.filter_map(|(node, journal)| Some((node, maxmemory(journal)?))).collect();
        let limited = |sample: MemorySample| {
            let limit_bytes = *limits.get(&sample.node)?;
            Some(MemorySample { limit_bytes, ..sample })
        };
        samples.into_iter().filter_map(limited).collect()
    }

    fn take_apps(&mut self, stage: &mut Stage) {
        let hosts: Vec<(String, _)> = stage.hosts().map(|(name, host)| (name.to_string(), host)).collect();
        for (name, host) in hosts {
            if let Some((metrics, mut operations)) = stage.take_app(&name) {
                self.take_report(&name, metrics.report());
                self.evidence.history.operations.append(&mut operations);
            } else if let Some(app) = stage.world.node_mut(host).and_then(|node| node.app_mut()) {
                self.take_report(&name, app.report());
                self.evidence.history.operations.append(&mut app.take_operations());
            }
        }
        let completed = |operation: &Operation| operation.completed_ns.unwrap_or(u64::MAX);
        self.evidence.history.operations.sort_by_key(completed);
    }

    fn take_report(&mut self, name: &str, report: Report) {
        let violations = report.violations.iter().map(|text| format!("{name}: {text}"));
        self.evidence.violations.extend(violations);
        self.reports.insert(name.to_string(), report);
    }

    /// A fault by the operator took effect when its command was answered without an error; SHUTDOWN, when the server
    /// ended instead.
    fn count_commands_of_operator(&mut self, plan: &Plan) {
        for (name, fault) in &plan.faults {
            let Some(command) = fault.fault.command() else { continue };
            let words = faults::words(command.run);
            let answered = self.evidence.history.operations.iter().filter(|operation| {
                operation.client.starts_with(OPERATOR)
                    && operation.command == words
                    && match operation.reply() {
                        Some(reply) => !reply.starts_with(b"-"),
                        None => words[0].eq_ignore_ascii_case(b"SHUTDOWN") && self.ended(operation),
                    }
            });
            self.faults.insert(name.clone(), answered.count() as u64);
        }
    }

    /// Whether the server ended as asked after this operation began.
    fn ended(&self, operation: &Operation) -> bool {
        self.evidence.events.iter().any(|event| {
            event.node == operation.node
                && event.at_ns >= operation.invoked_ns
                && event.kind == EventKind::Exited(0)
        })
    }
}

/// The limit that a server booted with, in bytes; none if it had none, or if somebody changed it.
fn maxmemory(journal: &[Entry]) -> Option<u64> {
    let is_change = |argv: &[Vec<u8>]| {
        argv[0].eq_ignore_ascii_case(b"CONFIG")
            && argv.iter().any(|word| word.eq_ignore_ascii_case(b"maxmemory"))
    };
    let changed = |entry: &Entry| matches!(&entry.event, Event::Command { argv, .. } if is_change(argv));
    let booted = journal.iter().find_map(|entry| match &entry.event {
        Event::Booted { config, .. } => config.iter().find(|(name, _)| name == "maxmemory"),
        _ => None,
    });
    let limit: u64 = booted?.1.parse().ok()?;
    (limit > 0 && !journal.iter().any(changed)).then_some(limit)
}

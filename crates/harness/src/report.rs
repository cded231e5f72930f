//! What is printed of a run: timeline, measurements, verdicts, figures rounded.

use crate::facts::Facts;
use crate::format::{OPERATOR, Plan};
use crate::rounding;
use std::fmt::Write;

/// What is printed of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The scenario's title.
    pub title: String,
    /// What it teaches.
    pub lesson: String,
    /// What happened when, and who says so.
    pub timeline: Vec<Line>,
    /// What applications measured: name and figure.
    pub measurements: Vec<(String, String)>,
    /// What checks have to say.
    pub findings: Vec<String>,
}

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// True time, in nanoseconds.
    pub at_ns: u64,
    /// A host, or `fault`.
    pub who: String,
    /// What happened.
    pub text: String,
}

impl Line {
    /// Second, host and words without their numbers: what makes lines alike.
    fn kind(&self) -> (u64, &str, String) {
        let words = self.text.chars().filter(|c| !c.is_ascii_digit()).collect();
        (self.at_ns / 1_000_000_000, &self.who, words)
    }
}

/// Who speaks where a fault does.
pub(crate) const FAULT: &str = "fault";

/// Parts of log lines that tell an operator nothing here.
const DULL: [&str; 3] = ["is starting", "Accepted without effect", "Creating AOF"];

impl Report {
    pub(crate) fn of(plan: &Plan) -> Report {
        Report { title: plan.title.clone(), lesson: plan.lesson.clone(), ..Report::default() }
    }

    pub(crate) fn fill(&mut self, facts: &Facts) {
        self.add_notes(facts);
        self.add_logs(facts);
        self.add_events(facts);
        // Within a second faults stand first and then hosts by name, so that a run that shifts a little tells the same.
        self.timeline.sort_by_cached_key(|line| {
            (line.at_ns / 1_000_000_000, line.who != FAULT, line.who.clone(), line.at_ns)
        });
        self.measure(facts);
    }

    /// The timeline as text, a line each. Lines of one second and one host that differ in numbers alone are told
    /// once, with their count.
    pub fn timeline_text(&self) -> String {
        let width = self.timeline.iter().map(|line| line.who.len()).max().unwrap_or(0);
        let alike = |one: &Line, other: &Line| one.kind() == other.kind();
        let mut text = String::new();
        for lines in self.timeline.chunk_by(alike) {
            let more = if lines.len() > 1 {
                format!(" (and {} more like this)", lines.len() - 1)
            } else {
                String::new()
            };
            let Line { at_ns, who, text: what } = &lines[0];
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}  {who:width$}  {what}{more}", rounding::moment(*at_ns));
        }
        text
    }

    fn add(&mut self, at_ns: u64, who: &str, text: String) {
        self.timeline.push(Line { at_ns, who: who.to_string(), text });
    }

    fn add_notes(&mut self, facts: &Facts) {
        facts.notes.iter().for_each(|note| self.add(note.at_ns, FAULT, note.text.clone()));
    }

    fn add_logs(&mut self, facts: &Facts) {
        for (node, lines) in &facts.logs {
            let told = lines.iter().filter(|line| !DULL.iter().any(|dull| line.text.contains(dull)));
            told.filter(|line| "*#!".contains(line.level)).for_each(|line| {
                self.add(line.at, node, format!("{} {}", line.level, rounding::text(&line.text)))
            });
        }
    }

    fn add_events(&mut self, facts: &Facts) {
        for (app, report) in &facts.reports {
            for event in &report.timeline {
                let is_answer = app == OPERATOR && event.text.contains(" -> ");
                let text = if is_answer { event.text.clone() } else { rounding::text(&event.text) };
                self.add(event.at.0, app, text);
            }
        }
    }

    fn measure(&mut self, facts: &Facts) {
        for (app, report) in facts.reports.iter().filter(|(app, _)| *app != OPERATOR) {
            let counters = report.counters.iter().map(|(name, count)| (name, rounding::number(*count)));
            let maxima =
                report.maxima.iter().map(|(name, most)| (name, format!("max {}", rounding::number(*most))));
            let figures = counters.chain(maxima).map(|(name, figure)| (format!("{app}: {name}"), figure));
            self.measurements.extend(figures);
            for (name, latency) in &report.latencies {
                let of = |part: &str, time| (format!("{app}: {name} {part}"), rounding::duration(time));
                self.measurements.extend([
                    of("p50", latency.p50),
                    of("p99", latency.p99),
                    of("max", latency.max),
                ]);
            }
        }
    }
}

//! Tables for people: a line per run, or per variant when there are many seeds; one scenario alone with its timeline.

use super::Printer;
use super::jobs::Done;
use resplay_harness::cuts::CutReport;
use resplay_harness::{Outcome, Verdict, snapshot};
use std::io::IsTerminal;
use std::time::Duration;

/// Prints tables.
pub struct Human {
    /// One scenario and one seed: tell it all.
    tells_all: bool,
    /// Lines add up over seeds.
    adds_up: bool,
    colour: bool,
    /// The rows of one variant, or of one scenario that is told all of.
    group: Vec<Done>,
    runs: usize,
    failed: Vec<String>,
    wall: Duration,
    shown: Option<String>,
    /// What crash cuts came to, over all runs.
    cuts: CutReport,
}

impl Human {
    /// For so many scenarios and runs.
    pub fn new(scenarios: usize, runs: usize, many_seeds: bool) -> Human {
        let colour = std::io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Human {
            tells_all: scenarios == 1 && !many_seeds && runs > 0,
            adds_up: many_seeds,
            colour,
            group: Vec::new(),
            runs: 0,
            failed: Vec::new(),
            wall: Duration::ZERO,
            shown: None,
            cuts: CutReport::default(),
        }
    }

    /// What the group says, which ends here.
    fn close_group(&mut self) -> String {
        let group = std::mem::take(&mut self.group);
        let Some(first) = group.first() else { return String::new() };
        if self.tells_all {
            let outcomes: Vec<Outcome> = group.iter().map(|done| done.outcome.clone()).collect();
            return snapshot(&outcomes) + "\n" + &group.iter().map(|done| self.row(done)).collect::<String>();
        }
        let mut text = self.heading(&first.outcome);
        if self.adds_up {
            text + &self.sum(&group)
        } else {
            text.extend(group.iter().map(|done| self.row(done)));
            text
        }
    }

    /// The scenario's name, once.
    fn heading(&mut self, outcome: &Outcome) -> String {
        if self.shown.as_ref() == Some(&outcome.scenario) {
            return String::new();
        }
        self.shown = Some(outcome.scenario.clone());
        format!("{}  {}\n", outcome.scenario, outcome.report.title)
    }

    fn row(&self, done: &Done) -> String {
        let outcome = &done.outcome;
        let virtual_s = outcome.virtual_ms as f64 / 1000.0;
        let ratio = virtual_s / done.wall.as_secs_f64().max(1e-6);
        let checks: Vec<String> = outcome.checks.iter().map(|(name, holds)| mark(name, *holds)).collect();
        let goals: Vec<String> = outcome.goals.iter().map(|(name, hits)| format!("{name} {hits}")).collect();
        format!(
            "  {:<17} {}  {:>7} commands  {virtual_s:>5.0} s in {:>5.2} s ({ratio:>6.0}x)  {}  {}\n",
            outcome.column(),
            self.verdict(outcome.verdict),
            outcome.commands,
            done.wall.as_secs_f64(),
            checks.join(" "),
            goals.join(", "),
        )
    }

    /// A line for all seeds of a variant.
    fn sum(&self, group: &[Done]) -> String {
        let passed = group.iter().filter(|done| done.outcome.verdict == Verdict::Pass).count();
        let verdict = if passed == group.len() { Verdict::Pass } else { Verdict::Fail };
        let wall: Duration = group.iter().map(|done| done.wall).sum();
        let column = group.first().map_or("", |done| done.outcome.column());
        let each = wall.as_secs_f64() / group.len().max(1) as f64;
        let mut cuts = CutReport::default();
        group.iter().filter_map(|done| done.outcome.cuts.as_ref()).for_each(|report| cuts.add(report));
        let cuts = if cuts.rows.is_empty() { String::new() } else { format!("  {cuts}") };
        format!(
            "  {column:<17} {}  {passed} of {} seeds, {each:.2} s each{cuts}\n",
            self.verdict(verdict),
            group.len()
        )
    }

    fn verdict(&self, verdict: Verdict) -> String {
        match (self.colour, verdict) {
            (false, verdict) => format!("{:<5}", verdict.to_string()),
            (true, Verdict::Pass) => format!("\x1b[32m{:<5}\x1b[0m", "pass"),
            (true, verdict) => format!("\x1b[31m{:<5}\x1b[0m", verdict.to_string()),
        }
    }
}

impl Printer for Human {
    fn done(&mut self, done: Done) -> String {
        let begins_another = self.group.last().is_some_and(|last| {
            let (last, next) = (&last.outcome, &done.outcome);
            last.scenario != next.scenario || (self.adds_up && last.variant != next.variant)
        });
        let text = if begins_another { self.close_group() } else { String::new() };
        self.runs += 1;
        self.wall += done.wall;
        if done.outcome.verdict != Verdict::Pass {
            let why = done.outcome.why.iter().map(|line| format!("  {line}\n")).collect::<String>();
            self.failed.push(format!("{why}{}\n", done.outcome.reproduction()));
        }
        if let Some(report) = &done.outcome.cuts {
            self.cuts.add(report);
        }
        self.group.push(done);
        text
    }

    fn end(&mut self) -> String {
        let mut text = self.close_group() + &cuts_told(&self.cuts);
        let failed = self.failed.len();
        text += &format!(
            "\n{} runs, {} passed, {failed} failed, {:.1} s of work\n",
            self.runs,
            self.runs - failed,
            self.wall.as_secs_f64()
        );
        if failed > 0 {
            text += "\nTo see a failure again:\n";
            text.extend(self.failed.iter().map(String::as_str));
        }
        text
    }
}

/// The crash cuts of all runs: a table, and what it leaves out.
fn cuts_told(cuts: &CutReport) -> String {
    if cuts.rows.is_empty() {
        return String::new();
    }
    let sum = cuts.sum();
    let mut text = format!("\n{}", cuts.table());
    text += &format!("{} distinct pairs of disk image and configuration judged\n", cuts.pairs.len());
    if sum.judged < sum.points || sum.states < sum.legal {
        text += "where not all cut points or legal states are judged, the seeds drew those that are\n";
    }
    text.extend(cuts.story.iter().map(|line| format!("{line}\n")));
    text
}

fn mark(name: &str, holds: bool) -> String {
    if holds { name.to_string() } else { format!("{name}:violated") }
}

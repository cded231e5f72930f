//! Base and variants side by side, and all of a scenario's runs as the text that is its snapshot.

use crate::outcome::Outcome;
use crate::rounding;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Longest line of the lesson.
const WIDTH: usize = 100;

/// All runs of one scenario with one seed: what it teaches, the figures side by side, then each run's timeline.
pub fn snapshot(outcomes: &[Outcome]) -> String {
    let Some(first) = outcomes.first() else { return String::new() };
    let mut text = format!("{}\n{}\n", first.report.title, wrapped(&first.report.lesson));
    text.push_str(&side_by_side(outcomes));
    for outcome in outcomes {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n== {} ==", outcome.column());
        text.push_str(&outcome.report.timeline_text());
        let lines = outcome.report.findings.iter().chain(&outcome.why);
        lines.for_each(|line| text.extend([line.as_str(), "\n"]));
    }
    text
}

/// A column per run, a row per figure; a dash where a run has none.
pub fn side_by_side(outcomes: &[Outcome]) -> String {
    let mut rows = Rows::default();
    for (column, outcome) in outcomes.iter().enumerate() {
        rows.put(column, "", outcome.column());
        rows.put(column, "verdict", &outcome.verdict.to_string());
        rows.put(column, "commands", &rounding::number(outcome.commands));
        outcome.report.measurements.iter().for_each(|(name, figure)| rows.put(column, name, figure));
        let counted = |counts: &BTreeMap<String, u64>, what: &str| -> Vec<(String, String)> {
            counts.iter().map(|(name, count)| (format!("{what} {name}"), rounding::number(*count))).collect()
        };
        let figures = counted(&outcome.faults, "fault").into_iter().chain(counted(&outcome.goals, "goal"));
        figures.for_each(|(name, figure)| rows.put(column, &name, &figure));
        for (name, holds) in &outcome.checks {
            rows.put(column, &format!("check {name}"), if *holds { "holds" } else { "violated" });
        }
    }
    rows.print(outcomes.len())
}

/// Rows in the order in which they first came.
#[derive(Default)]
struct Rows {
    rows: Vec<(String, BTreeMap<usize, String>)>,
}

impl Rows {
    fn put(&mut self, column: usize, name: &str, figure: &str) {
        let at = self.rows.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.rows.push((name.to_string(), BTreeMap::new()));
            self.rows.len() - 1
        });
        self.rows[at].1.insert(column, figure.to_string());
    }

    fn print(&self, columns: usize) -> String {
        let cell =
            |cells: &BTreeMap<usize, String>, column| cells.get(&column).cloned().unwrap_or("-".to_string());
        let names = self.rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let width = |column| self.rows.iter().map(|(_, cells)| cell(cells, column).len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for (name, cells) in &self.rows {
            let figures =
                widths.iter().enumerate().map(|(column, width)| format!("  {:>width$}", cell(cells, column)));
            let _ = writeln!(text, "{name:names$}{}", figures.collect::<String>());
        }
        text
    }
}

fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        if length + word.len() >= WIDTH {
            lines.push('\n');
            length = 0;
        } else if length > 0 {
            lines.push(' ');
        }
        lines.push_str(word);
        length += word.len() + 1;
    }
    lines + "\n"
}

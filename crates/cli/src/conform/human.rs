//! A table for people: a line per command, then the differences.

use super::{Printer, plural};
use resplay_conform::suite::{Judged, Row, Tally, Verdict};
use std::collections::BTreeMap;
use std::io::IsTerminal;

/// How many differences are told in full.
const TOLD_MAX: usize = 20;
/// How much of a first difference fits beside its command, in characters.
const LINE_MAX: usize = 100;

/// Prints a table.
pub struct Human {
    title: String,
    colour: bool,
    told: Vec<String>,
    differences: usize,
    /// Why cases were skipped, and how many.
    skipped: BTreeMap<String, usize>,
}

impl Human {
    /// For this server, which the ledger calls so.
    pub fn new(title: &str, ledger: &str) -> Human {
        let colour = std::io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let title = format!("{title}; known differences are those of {ledger} in divergences.toml");
        Human { title, colour, told: Vec::new(), differences: 0, skipped: BTreeMap::new() }
    }

    fn row(&self, command: &str, width: usize, row: &Row) -> String {
        let Row { cases, passed, known, skipped, .. } = row;
        let first = row.first_difference.as_deref().unwrap_or_default();
        let mut shown: String = first.chars().take(LINE_MAX).collect();
        if shown.len() < first.len() {
            shown.push('…');
        }
        if self.colour && !first.is_empty() {
            shown = format!("\x1b[31m{shown}\x1b[0m");
        }
        let line = format!("{command:width$}  {cases:>5}  {passed:>6}  {known:>5}  {skipped:>7}  {shown}");
        line.trim_end().to_owned() + "\n"
    }
}

impl Printer for Human {
    fn done(&mut self, judged: &Judged) -> String {
        match &judged.verdict {
            Verdict::Passed { .. } => {}
            Verdict::Skipped(why) => *self.skipped.entry(why.clone()).or_default() += 1,
            Verdict::Failed(differences) => {
                self.differences += differences.len();
                let room = TOLD_MAX.saturating_sub(self.told.len());
                self.told.extend(differences.iter().take(room).map(|found| found.text.clone()));
            }
        }
        String::new()
    }

    fn end(&mut self, tally: &Tally) -> String {
        let width = tally.rows.keys().map(String::len).max().unwrap_or(0).max(7);
        let mut text = format!("{}\n\n", self.title);
        text += &format!("{:width$}  cases  passed  known  skipped  first difference\n", "command");
        text.extend(tally.rows.iter().map(|(command, row)| self.row(command, width, row)));
        let Row { cases, passed, known, skipped, .. } = tally.total;
        let failed = cases - passed - skipped;
        text += &format!(
            "\n{} ({} counts once for each protocol): {passed} passed, {known} of them with known differences; \
             {failed} failed, {skipped} skipped\n",
            plural(cases, "case"),
            "a case",
        );
        text.extend(self.skipped.iter().map(|(why, count)| format!("  {count} skipped: {why}\n")));
        if self.differences > 0 {
            let more = self.differences - self.told.len();
            let rest = if more > 0 { format!(", the first {}", self.told.len()) } else { String::new() };
            text += &format!("\n{}{rest}:\n", plural(self.differences, "difference"));
            text.extend(self.told.iter().map(String::as_str));
        }
        text
    }
}

//! What the crash cuts of a run came to: a table by kind of operation, and what is wrong.

use super::CutName;
use crate::rounding;
use resplay_world::CutKind;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What the crash cuts of a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CutReport {
    /// By what happened at the cut point.
    pub rows: BTreeMap<CutKind, CutRow>,
    /// Every pair of a state and a configuration that a server was started on, by a hash of both.
    pub pairs: BTreeSet<u64>,
    /// What is wrong, the first ones of each kind.
    pub failures: Vec<CutFailure>,
    /// The one state that was asked for, told in detail.
    pub story: Vec<String>,
}

/// How many failures a report has, and how many that are alike: at the same kind of operation, in the same words.
const FAILURES_MAX: usize = 12;
const ALIKE_MAX: usize = 2;

/// The cuts at one kind of operation. Programs read it with its fields in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CutRow {
    /// Cut points that the run passed.
    pub points: u64,
    /// Those that were judged.
    pub judged: u64,
    /// States that a power loss may leave at those (at most `u64::MAX`), equal ones counted each time.
    pub legal: u64,
    /// States that were judged.
    pub states: u64,
    /// Among these, disk images that had not been met before at any cut point of the run.
    pub images: u64,
    /// States from which everything came back that a client had been told.
    pub whole: u64,
    /// States that lack something, as the configuration allows.
    pub within_promise: u64,
    /// States on which the server refuses to start, as the real one does.
    pub refused: u64,
    /// States that break a promise.
    pub violations: u64,
}

/// A state that breaks a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutFailure {
    /// Its name.
    pub cut: CutName,
    /// When, in nanoseconds of the run.
    pub at_ns: u64,
    /// What happened at the cut point.
    pub kind: CutKind,
    /// What is wrong.
    pub text: String,
}

/// What a state comes to.
pub(super) enum Fate {
    Whole,
    WithinPromise,
    Refused,
    Violation(String),
}

impl CutReport {
    /// The row of a kind.
    pub(super) fn row(&mut self, kind: CutKind) -> &mut CutRow {
        self.rows.entry(kind).or_default()
    }

    /// Counts a judged state.
    pub(super) fn count(&mut self, kind: CutKind, at_ns: u64, cut: CutName, fate: Fate) {
        let row = self.row(kind);
        row.states += 1;
        match fate {
            Fate::Whole => row.whole += 1,
            Fate::WithinPromise => row.within_promise += 1,
            Fate::Refused => row.refused += 1,
            Fate::Violation(text) => {
                row.violations += 1;
                self.fail(CutFailure { cut, at_ns, kind, text });
            }
        }
    }

    pub(super) fn fail(&mut self, failure: CutFailure) {
        let alike = self.failures.iter().filter(|other| other.kind() == failure.kind()).count();
        if self.failures.len() < FAILURES_MAX && alike < ALIKE_MAX {
            self.failures.push(failure);
        }
    }

    /// All rows in one.
    pub fn sum(&self) -> CutRow {
        let mut sum = CutRow::default();
        self.rows.values().for_each(|row| sum.add(row));
        sum
    }

    /// Adds another run's rows, pairs and failures.
    pub fn add(&mut self, other: &CutReport) {
        other.rows.iter().for_each(|(kind, row)| self.row(*kind).add(row));
        self.pairs.extend(&other.pairs);
        self.story.extend(other.story.iter().cloned());
        other.failures.iter().for_each(|failure| self.fail(failure.clone()));
    }

    /// The rows as a table, their sum last, each line ended by a line feed.
    pub fn table(&self) -> String {
        let mut lines = vec![HEAD.map(str::to_string).to_vec()];
        lines.extend(self.rows.iter().map(|(kind, row)| row.cells(&kind.to_string())));
        if self.rows.len() > 1 {
            lines.push(self.sum().cells("all"));
        }
        let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
        let printed = lines.iter().map(|line| {
            let first = format!("{:<1$}", line[0], widths[0]);
            let rest = line.iter().zip(&widths).skip(1).map(|(cell, width)| format!("  {cell:>width$}"));
            first + &rest.collect::<String>() + "\n"
        });
        printed.collect()
    }
}

const HEAD: [&str; 10] = [
    "cut points at",
    "passed",
    "judged",
    "legal",
    "states",
    "images",
    "whole",
    "within",
    "refused",
    "violations",
];

impl CutRow {
    fn add(&mut self, other: &CutRow) {
        self.points += other.points;
        self.judged += other.judged;
        self.legal = self.legal.saturating_add(other.legal);
        self.states += other.states;
        self.images += other.images;
        self.whole += other.whole;
        self.within_promise += other.within_promise;
        self.refused += other.refused;
        self.violations += other.violations;
    }

    fn cells(&self, name: &str) -> Vec<String> {
        let legal =
            if self.legal > 999_999_999 { format!("{:.0e}", self.legal as f64) } else { grouped(self.legal) };
        let counts = [self.points, self.judged].map(grouped).into_iter().chain([legal]);
        let states =
            [self.states, self.images, self.whole, self.within_promise, self.refused, self.violations];
        [name.to_string()].into_iter().chain(counts).chain(states.map(grouped)).collect()
    }
}

/// `12,345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let parts = digits.as_bytes().rchunks(3).rev();
    parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>().join(",")
}

impl fmt::Display for CutReport {
    /// One line: `80 of 80 cut points judged, 640 states, 510 disk images: 630 whole, 10 within the promise, 0 refused,
    /// 0 violations`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = self.sum();
        write!(f, "{} of {} cut points judged, ", sum.judged, sum.points)?;
        write!(f, "{} states, {} disk images: ", sum.states, self.pairs.len())?;
        write!(f, "{} whole, {} within the promise, ", sum.whole, sum.within_promise)?;
        write!(f, "{} refused, {} violations", sum.refused, sum.violations)
    }
}

impl CutFailure {
    /// A node that cannot be judged at all.
    pub(super) fn of_node(node: &str, text: String) -> CutFailure {
        let cut = CutName { node: Some(node.to_string()), point: 1, state: None };
        CutFailure { cut, at_ns: 0, kind: CutKind::Idle, text }
    }

    /// What makes failures alike: the operation, and the words before the first that tells of one case.
    fn kind(&self) -> (CutKind, &str) {
        (self.kind, self.text.split(['`', ':']).next().unwrap_or_default())
    }
}

impl fmt::Display for CutFailure {
    /// `cache:12:3 (append at 00:03.214): lost …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.at_ns / 1_000_000 % 1_000;
        write!(
            f,
            "{} ({} at {}.{millis:03}): {}",
            self.cut,
            self.kind,
            rounding::moment(self.at_ns),
            self.text
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> CutName {
        text.parse().expect("a name")
    }

    #[test]
    fn the_table_has_a_row_per_kind_and_their_sum() {
        let mut report = CutReport::default();
        for (kind, fate) in [(CutKind::Append, Fate::Whole), (CutKind::SyncDir, Fate::WithinPromise)] {
            report.row(kind).points += 1_200;
            report.count(kind, 0, name("cache:1:1"), fate);
        }
        let table = report.table();
        let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[1][..2], ["append", "1,200"]);
        assert_eq!(lines[3], ["all", "2,400", "0", "0", "2", "0", "1", "1", "0", "0"]);
    }

    #[test]
    fn a_failure_names_its_cut_and_its_moment() {
        let mut report = CutReport::default();
        let lost = || Fate::Violation("lost `SET a 1`".to_string());
        (0..20).for_each(|_| report.count(CutKind::Append, 3_214_000_000, name("cache:12:3"), lost()));
        assert_eq!(report.failures[0].to_string(), "cache:12:3 (append at 00:03.214): lost `SET a 1`");
        assert_eq!((report.failures.len(), report.sum().violations), (ALIKE_MAX, 20));
    }
}

//! An object per command and line.

use super::Printer;
use resplay_conform::suite::{Judged, Row, Tally, Verdict};
use serde::Serialize;

/// Prints JSON lines.
pub struct Json;

/// A line; its fields come in this order.
#[derive(Serialize)]
struct Line<'a> {
    command: &'a str,
    cases: usize,
    passed: usize,
    known: usize,
    skipped: usize,
    /// Null if there is none.
    first_difference: Option<&'a str>,
}

impl Printer for Json {
    fn done(&mut self, judged: &Judged) -> String {
        if let Verdict::Failed(differences) = &judged.verdict {
            differences.iter().for_each(|found| eprint!("{}", found.text));
        }
        String::new()
    }

    fn end(&mut self, tally: &Tally) -> String {
        let line = |(command, row): (&String, &Row)| {
            let line = Line {
                command,
                cases: row.cases,
                passed: row.passed,
                known: row.known,
                skipped: row.skipped,
                first_difference: row.first_difference.as_deref(),
            };
            serde_json::to_string(&line).expect("texts and numbers are always JSON") + "\n"
        };
        tally.rows.iter().map(line).collect()
    }
}

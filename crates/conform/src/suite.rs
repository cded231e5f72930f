//! The corpus as a suite: every case under each of its protocols, judged, and a tally by command.

use crate::corpus::Corpus;
use crate::play::{Mismatch, play_case};
use crate::stage::Stage;
use crate::transcript::{Action, Case};
use resplay_resp::Protocol;
use resplay_spec::Spec;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// One case under one protocol, judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The transcript, as `string/ranges.txt`.
    pub file: String,
    /// The case's title.
    pub case: String,
    /// The protocol spoken.
    pub protocol: Protocol,
    /// Every command that it sends, each once, by its full name; [`UNKNOWN`] for what is none.
    pub commands: BTreeSet<String>,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every reply is as recorded, but for differences that have a row in `divergences.toml`.
    Passed {
        /// The commands whose replies are known to differ.
        known: BTreeSet<String>,
    },
    /// Replies that are not as recorded.
    Failed(Vec<Difference>),
    /// Not played, and why.
    Skipped(String),
}

/// A reply that is not as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The command that got it.
    pub command: String,
    /// What was sent, written and heard, in a few lines.
    pub text: String,
    /// The same in one line.
    pub line: String,
}

/// The row of bytes that are no known command.
pub const UNKNOWN: &str = "(no command)";

/// How many cases, each counted for each of its protocols, a filter takes.
pub fn count(corpus: &Corpus, filter: Option<&str>) -> usize {
    let cases = corpus
        .files
        .iter()
        .flat_map(|(file, transcript)| transcript.cases.iter().map(move |case| (file, case)));
    cases.filter(|(file, case)| is_taken(filter, file, case)).map(|(_, case)| case.protocols.len()).sum()
}

/// Plays the cases that a filter takes, and hands each over when it is judged.
///
/// A filter is a pattern with `*` and `?`, for a transcript's path or for the name of a command that a case sends.
pub fn run(
    corpus: &Corpus,
    filter: Option<&str>,
    stage: &mut dyn Stage,
    mut judged: impl FnMut(Judged),
) -> io::Result<()> {
    for (file, transcript) in &corpus.files {
        let cases: Vec<&Case> = transcript.cases.iter().filter(|case| is_taken(filter, file, case)).collect();
        if cases.is_empty() {
            continue;
        }
        let ready = stage.set(transcript)?;
        for case in cases {
            let refused = ready.as_ref().err().cloned().or_else(|| stage.refuses(case));
            for &protocol in &case.protocols {
                let verdict = match &refused {
                    Some(why) => Verdict::Skipped(why.clone()),
                    None => judge(corpus, file, case, protocol, stage)?,
                };
                let (file, title) = (file.clone(), case.title.clone());
                judged(Judged { file, case: title, protocol, commands: commands(case), verdict });
            }
        }
    }
    Ok(())
}

fn judge(
    corpus: &Corpus,
    file: &str,
    case: &Case,
    protocol: Protocol,
    stage: &mut dyn Stage,
) -> io::Result<Verdict> {
    let played = play_case(case, protocol, stage.target()?)?;
    let (mut known, mut differences) = (BTreeSet::new(), Vec::new());
    for mismatch in played.mismatches(case) {
        match corpus.divergences.covering(stage.server(), file, &mismatch) {
            Some(_) => drop(known.insert(culprit(case, &mismatch))),
            None => differences.push(difference(file, case, &mismatch)),
        }
    }
    differences.extend(played.misfits.iter().map(|misfit| {
        let line = misfit.to_string();
        Difference {
            command: misfit.command.clone(),
            text: format!("{file}: {} ({protocol:?}): {line}\n", case.title),
            line,
        }
    }));
    Ok(if differences.is_empty() { Verdict::Passed { known } } else { Verdict::Failed(differences) })
}

fn difference(file: &str, case: &Case, mismatch: &Mismatch) -> Difference {
    let show = |contents: &[crate::Content]| {
        let lines: Vec<String> = contents.iter().map(|content| content.to_string()).collect();
        if lines.is_empty() { "nothing".to_owned() } else { lines.join(" | ") }
    };
    let (expected, observed) = (show(&mismatch.expected), show(&mismatch.observed));
    Difference {
        command: culprit(case, mismatch),
        text: format!("{file}: {mismatch}"),
        line: format!("{file}:{} {} wanted {expected}, got {observed}", mismatch.line, mismatch.step),
    }
}

/// The command that a reply answers: the last one that the client sent, if it came while time passed or somebody else
/// spoke.
fn culprit(case: &Case, mismatch: &Mismatch) -> String {
    let sent = |client: char| {
        let before = case.steps().take_while(|step| step.line <= mismatch.line);
        let mine = before
            .filter(move |step| matches!(&step.action, Action::Send { client: who, .. } if *who == client));
        mine.last().and_then(|step| step.requests().pop())
    };
    sent(mismatch.client).map_or_else(|| UNKNOWN.to_owned(), |words| name(&words))
}

/// Every command that a case sends.
pub fn commands(case: &Case) -> BTreeSet<String> {
    case.steps()
        .flat_map(|step| step.requests())
        .filter(|words| !words.is_empty())
        .map(|words| name(&words))
        .collect()
}

fn name(words: &[Vec<u8>]) -> String {
    Spec::get().find(words).map_or_else(|| UNKNOWN.to_owned(), |command| command.name.clone())
}

fn is_taken(filter: Option<&str>, file: &str, case: &Case) -> bool {
    let Some(filter) = filter else { return true };
    is_like(filter, file) || commands(case).iter().any(|command| is_like(filter, command))
}

/// Whether a text fits a pattern with `*` and `?`, in any case.
pub fn is_like(pattern: &str, text: &str) -> bool {
    fn fits(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([b'*', rest @ ..], text) => (0..=text.len()).any(|at| fits(rest, &text[at..])),
            ([b'?', rest @ ..], [_, text @ ..]) => fits(rest, text),
            ([one, rest @ ..], [other, text @ ..]) => one.eq_ignore_ascii_case(other) && fits(rest, text),
            (rest, text) => rest.is_empty() && text.is_empty(),
        }
    }
    fits(pattern.as_bytes(), text.as_bytes())
}

/// What the cases came to, by command and together.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// By command.
    pub rows: BTreeMap<String, Row>,
    /// All cases, each counted for each of its protocols.
    pub total: Row,
}

/// What cases came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// How many there are.
    pub cases: usize,
    /// How many passed; for a command: in which its own replies did.
    pub passed: usize,
    /// How many of those show a difference that has a row in `divergences.toml`.
    pub known: usize,
    /// How many were not played.
    pub skipped: usize,
    /// The first difference that has none, in a line.
    pub first_difference: Option<String>,
}

impl Tally {
    /// Adds a case.
    pub fn take(&mut self, judged: &Judged) {
        for command in &judged.commands {
            self.rows.entry(command.clone()).or_default().take(&judged.verdict, Some(command));
        }
        self.total.take(&judged.verdict, None);
    }

    /// Whether every case that was played passed.
    pub fn holds(&self) -> bool {
        self.total.passed + self.total.skipped == self.total.cases
    }
}

impl Row {
    fn take(&mut self, verdict: &Verdict, command: Option<&String>) {
        self.cases += 1;
        match verdict {
            Verdict::Passed { known } => {
                self.passed += 1;
                self.known +=
                    usize::from(command.map_or(!known.is_empty(), |command| known.contains(command)));
            }
            Verdict::Skipped(_) => self.skipped += 1,
            Verdict::Failed(differences) => {
                match differences.iter().find(|found| command.is_none_or(|only| found.command == *only)) {
                    Some(first) => drop(self.first_difference.get_or_insert_with(|| first.line.clone())),
                    None => self.passed += 1,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_files_or_commands() {
        assert!(
            is_like("string/*", "string/ranges.txt") && is_like("config *", "CONFIG GET") && is_like("*", "")
        );
        assert!(!is_like("GET", "GETEX") && !is_like("g?", "GET"));
    }

    #[test]
    fn a_case_counts_for_each_command_and_fails_for_the_one_that_differs() {
        let mut tally = Tally::default();
        let difference = Difference { command: "GET".into(), text: String::new(), line: "GET a".into() };
        let judged = |verdict| Judged {
            file: "f".into(),
            case: "c".into(),
            protocol: Protocol::Resp2,
            commands: ["GET".to_owned(), "SET".to_owned()].into(),
            verdict,
        };
        tally.take(&judged(Verdict::Failed(vec![difference])));
        tally.take(&judged(Verdict::Passed { known: ["GET".to_owned()].into() }));
        let row = |passed, known, first: Option<&str>| Row {
            cases: 2,
            passed,
            known,
            skipped: 0,
            first_difference: first.map(str::to_owned),
        };
        assert_eq!(tally.rows["GET"], row(1, 1, Some("GET a")));
        assert_eq!(tally.rows["SET"], row(2, 0, None));
        assert!(!tally.holds());
    }
}

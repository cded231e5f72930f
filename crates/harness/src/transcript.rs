//! A run as one would tell it: what clients typed and were answered, what servers logged, and what happened to them.

use crate::outcome::Outcome;
use crate::report::Line;
use resplay_history::{Operation, Outcome as Answer};
use resplay_model::{show_reply, show_words};
use std::ops::RangeInclusive;

/// So many characters of a command, and of a reply, are shown.
const SHOWN: usize = 120;

/// What happened between two moments, in nanoseconds of the world. A command stands where it was sent, with its reply and how
/// long that took.
pub fn transcript(outcome: &Outcome, span: RangeInclusive<u64>) -> String {
    let operations = outcome.history.operations.iter().map(of_operation);
    let timeline =
        outcome.report.timeline.iter().map(|Line { at_ns, who, text }| (*at_ns, who.clone(), text.clone()));
    let mut lines: Vec<(u64, String, String)> =
        timeline.chain(operations).filter(|(at_ns, ..)| span.contains(at_ns)).collect();
    lines.sort_by_key(|(at_ns, ..)| *at_ns);
    let width = lines.iter().map(|(_, who, _)| who.len()).max().unwrap_or(0);
    lines.iter().map(|(at_ns, who, text)| format!("{}  {who:width$}  {text}\n", moment(*at_ns))).collect()
}

fn of_operation(operation: &Operation) -> (u64, String, String) {
    let command = shortened(show_words(operation.command.iter().map(Vec::as_slice)));
    let answer = match &operation.outcome {
        Answer::Reply(bytes) => shortened(show_reply(bytes)),
        Answer::Failed(why) => format!("(not executed: {why})"),
        Answer::Unknown(why) => format!("(unknown: {why})"),
    };
    let took = match operation.completed_ns {
        Some(at_ns) => format!("{} us", at_ns.saturating_sub(operation.invoked_ns) / 1_000),
        None => "never answered".to_owned(),
    };
    let who = format!("{}>{}", operation.client, operation.node);
    (operation.invoked_ns, who, format!("{command}  =>  {answer}  ({took})"))
}

fn shortened(text: String) -> String {
    let count = text.chars().count();
    if count <= SHOWN {
        return text;
    }
    let beginning: String = text.chars().take(SHOWN).collect();
    format!("{beginning}… ({count} characters)")
}

/// `01:02.345678`.
fn moment(at_ns: u64) -> String {
    let us = at_ns / 1_000;
    format!("{:02}:{:02}.{:06}", us / 60_000_000, us / 1_000_000 % 60, us % 1_000_000)
}

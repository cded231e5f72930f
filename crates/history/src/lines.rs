//! One operation as one line of JSON.

use crate::escape::{escape, unescape};
use crate::{Operation, Outcome};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A line that is no operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from one.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for BadLine {
    /// `line 3: expected value at column 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for BadLine {}

/// The line's fields in their order; exactly one of the last three is there.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    client: String,
    node: String,
    invoked_ns: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completed_ns: Option<u64>,
    command: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unknown: Option<String>,
}

/// Prints an operation.
pub(crate) fn print(operation: &Operation) -> String {
    let (mut reply, mut failed, mut unknown) = (None, None, None);
    match &operation.outcome {
        Outcome::Reply(bytes) => reply = Some(escape(bytes)),
        Outcome::Failed(why) => failed = Some(why.clone()),
        Outcome::Unknown(why) => unknown = Some(why.clone()),
    }
    let line = Line {
        client: operation.client.clone(),
        node: operation.node.clone(),
        invoked_ns: operation.invoked_ns,
        completed_ns: operation.completed_ns,
        command: operation.command.iter().map(|word| escape(word)).collect(),
        reply,
        failed,
        unknown,
    };
    serde_json::to_string(&line).expect("strings and numbers always print")
}

/// Reads an operation; the error is a sentence.
pub(crate) fn parse(text: &str) -> Result<Operation, String> {
    let line: Line = serde_json::from_str(text).map_err(|error| in_column(&error))?;
    let outcome = outcome(line.reply, line.failed, line.unknown)?;
    let command = line.command.iter().map(|word| unescape(word)).collect::<Result<_, _>>()?;
    Ok(Operation {
        client: line.client,
        node: line.node,
        invoked_ns: line.invoked_ns,
        completed_ns: line.completed_ns,
        command,
        outcome,
    })
}

fn outcome(
    reply: Option<String>,
    failed: Option<String>,
    unknown: Option<String>,
) -> Result<Outcome, String> {
    match (reply, failed, unknown) {
        (Some(reply), None, None) => Ok(Outcome::Reply(unescape(&reply)?)),
        (None, Some(why), None) => Ok(Outcome::Failed(why)),
        (None, None, Some(why)) => Ok(Outcome::Unknown(why)),
        _ => Err("an operation has exactly one of `reply`, `failed` and `unknown`".into()),
    }
}

/// serde_json counts lines within the text it was given, which is always one; only the column helps.
fn in_column(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}

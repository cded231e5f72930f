//! How the model objects.

use crate::answer::Expected;
use crate::recent::show_reply;
use resplay_base::WallUs;
use std::fmt;

/// The first thing that the real server would not have done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The node's wall clock.
    pub at: WallUs,
    /// What was done: a command as typed into `redis-cli`, or an event in words.
    pub what: String,
    /// What the model expects, as `redis-cli` prints it, or in words.
    pub expected: String,
    /// What was there instead.
    pub got: String,
    /// The last commands on the same keys, oldest first, one line each.
    pub before: Vec<String>,
}

impl Mismatch {
    /// Two replies that must be told apart: where they print alike, their bytes are shown.
    pub(crate) fn show_both(expected: &Expected, actual: &[u8]) -> (String, String) {
        let got = show_reply(actual);
        match expected {
            Expected::Words(words) => (words.clone(), got),
            Expected::Bytes(bytes) if show_reply(bytes) == got => {
                (bytes.escape_ascii().to_string(), actual.escape_ascii().to_string())
            }
            Expected::Bytes(bytes) => (show_reply(bytes), got),
        }
    }
}

impl fmt::Display for Mismatch {
    /// Several lines: the command, both replies, and what happened to its keys before.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "at {} ms: {}\n  expected {}\n  got      {}",
            self.at.as_millis(),
            self.what,
            self.expected,
            self.got
        )?;
        if self.before.is_empty() {
            return Ok(());
        }
        write!(f, "\n  before:")?;
        self.before.iter().try_for_each(|line| write!(f, "\n    {line}"))
    }
}

impl std::error::Error for Mismatch {}

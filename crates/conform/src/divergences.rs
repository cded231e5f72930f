//! Known differences, each a row with a reason, in `corpus/divergences.toml`.

use crate::play::Mismatch;
use serde::Deserialize;

/// All rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Divergences {
    /// The rows in the file's order.
    #[serde(default, rename = "divergence")]
    pub rows: Vec<Divergence>,
}

/// A difference between a server and what is recorded. It names a server and what differs: never everything.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Divergence {
    /// `redis-server`, or `resplay`.
    pub server: String,
    /// The transcript, relative to `corpus/`; every one if missing.
    pub file: Option<String>,
    /// The case's title; every one if missing.
    pub case: Option<String>,
    /// The commands concerned, as `CONFIG SET`; every step if empty, then `file` must be given.
    #[serde(default)]
    pub commands: Vec<String>,
    /// What the other server says, in part; anything if missing.
    pub says: Option<String>,
    /// Why this is as it is.
    pub reason: String,
}

impl Divergences {
    /// Reads the file. A row without a reason, or for everything, is refused.
    pub fn parse(text: &str) -> Result<Divergences, String> {
        let divergences: Divergences = toml::from_str(text).map_err(|error| error.to_string())?;
        for row in &divergences.rows {
            if row.reason.trim().is_empty() || (row.commands.is_empty() && row.file.is_none()) {
                return Err(format!("a row needs a reason, and commands or a file: {row:?}"));
            }
        }
        Ok(divergences)
    }

    /// The row that covers a mismatch: its index.
    pub fn covering(&self, server: &str, file: &str, mismatch: &Mismatch) -> Option<usize> {
        self.rows.iter().position(|row| row.server == server && row.covers(file, mismatch))
    }
}

impl Divergence {
    fn covers(&self, file: &str, mismatch: &Mismatch) -> bool {
        let says = |text: &String| mismatch.observed.iter().any(|line| line.to_string().contains(text));
        self.file.as_deref().is_none_or(|only| only == file)
            && self.case.as_ref().is_none_or(|only| *only == mismatch.case)
            && (self.commands.is_empty() || self.commands.contains(&mismatch.command))
            && self.says.as_ref().is_none_or(says)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_resp::Protocol;

    fn mismatch(command: &str) -> Mismatch {
        Mismatch {
            case: "c".into(),
            line: 1,
            step: String::new(),
            command: command.into(),
            protocol: Protocol::Resp2,
            client: 'a',
            expected: vec![],
            observed: vec![],
        }
    }

    #[test]
    fn a_row_covers_what_it_names() {
        let text = "[[divergence]]\nserver = \"redis-server\"\ncommands = [\"CLIENT NO-TOUCH\"]\nreason = \"newer\"\n";
        let rows = Divergences::parse(text).expect("well formed");
        assert_eq!(rows.covering("redis-server", "f", &mismatch("CLIENT NO-TOUCH")), Some(0));
        assert_eq!(rows.covering("redis-server", "f", &mismatch("GET")), None);
        assert_eq!(rows.covering("resplay", "f", &mismatch("CLIENT NO-TOUCH")), None);
    }

    #[test]
    fn a_row_may_not_name_everything_or_lack_a_reason() {
        assert!(Divergences::parse("[[divergence]]\nserver = \"resplay\"\nreason = \"so\"\n").is_err());
        let text = "[[divergence]]\nserver = \"resplay\"\ncommands = [\"GET\"]\nreason = \" \"\n";
        assert!(Divergences::parse(text).is_err());
    }
}

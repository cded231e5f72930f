//! The commands that the model knows: one row each, gathered from the families.

use crate::answer::Outcome;
use crate::call::Call;
use crate::commands;
use resplay_resp::{Error, OwnedArgs};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A command: what is checked before it runs, and what runs.
pub(crate) struct Row {
    /// In capitals; a subcommand's after its container's and a bar: `CLIENT|ID`.
    pub(crate) name: &'static str,
    /// So many words exactly; negative: at least so many.
    pub(crate) arity: i64,
    /// `w` writes, `m` refused when memory is full, `n` not inside MULTI, `a` allowed before AUTH,
    /// `l` allowed while a file is being loaded.
    pub(crate) flags: &'static str,
    /// What it does.
    pub(crate) run: Run,
}

/// A command's body. A container has none: its subcommands do.
pub(crate) type Run = fn(&mut Call<'_>) -> Outcome;

/// Makes a row.
pub(crate) const fn row(name: &'static str, arity: i64, flags: &'static str, run: Run) -> Row {
    Row { name, arity, flags, run }
}

/// A container's row: only its arity is ever used, because its subcommands run.
pub(crate) const fn container(name: &'static str) -> Row {
    Row { name, arity: -2, flags: "c", run: |_| Err(Error::Syntax) }
}

impl Row {
    /// Whether a flag is set.
    pub(crate) fn is(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn takes(&self, words: usize) -> bool {
        if self.arity < 0 { words as i64 >= -self.arity } else { words as i64 == self.arity }
    }
}

static INDEX: LazyLock<BTreeMap<&'static [u8], &'static Row>> =
    LazyLock::new(|| rows().map(|row| (row.name.as_bytes(), row)).collect());

/// All rows.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    commands::FAMILIES.iter().copied().flatten()
}

/// The commands and subcommands that the model judges, in capitals: `GET`, `CLIENT|ID`.
pub fn command_names() -> impl Iterator<Item = &'static str> {
    rows().map(|row| row.name)
}

/// The row of a command as sent, or the error with which it is turned away.
pub(crate) fn find(argv: &[Vec<u8>]) -> Result<&'static Row, Error> {
    let name = argv[0].to_ascii_uppercase();
    let words = || OwnedArgs::from_words(argv);
    let found = INDEX.get(name.as_slice()).filter(|row| !row.name.contains('|'));
    let mut row = found.ok_or_else(|| Error::unknown_command(&words().as_args()))?;
    if row.is('c') && argv.len() > 1 {
        let full = [name.as_slice(), b"|", &argv[1].to_ascii_uppercase()].concat();
        row = INDEX.get(full.as_slice()).ok_or_else(|| Error::unknown_subcommand(&words().as_args()))?;
    }
    match row.takes(argv.len()) {
        true => Ok(row),
        false => Err(Error::WrongArity(row.name.to_ascii_lowercase())),
    }
}

/// Whether the model says anything of this command; of any other it believes that the server has it not.
pub fn knows<W: AsRef<[u8]>>(argv: &[W]) -> bool {
    let mut words = argv.iter().map(|word| word.as_ref().to_ascii_uppercase());
    let Some(row) = words.next().and_then(|name| INDEX.get(name.as_slice())) else { return false };
    match words.next().filter(|_| row.is('c')) {
        Some(sub) => INDEX.contains_key([row.name.as_bytes(), b"|", &sub].concat().as_slice()),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Flags of a row beside the words of the published facts.
    const FLAGS: [(char, &str); 5] =
        [('w', "WRITE"), ('m', "DENYOOM"), ('n', "NO_MULTI"), ('a', "NO_AUTH"), ('l', "LOADING")];

    #[test]
    fn every_row_agrees_with_the_published_facts() {
        let facts: Value =
            serde_json::from_str(include_str!("../../../corpus/spec/commands.json")).expect("JSON");
        let facts = facts["commands"].as_array().expect("a list");
        for row in rows() {
            let fact = facts.iter().find(|fact| fact["fullname"] == row.name);
            let fact = fact.unwrap_or_else(|| panic!("{} is no command", row.name));
            assert_eq!(fact["arity"], row.arity, "{}", row.name);
            for (flag, word) in FLAGS {
                let has =
                    fact["command_flags"].as_array().is_some_and(|flags| flags.iter().any(|has| has == word));
                assert_eq!(row.is(flag), has, "{} {word}", row.name);
            }
        }
    }
}

//! The facts of every command of Valkey 8.0.1, from `corpus/spec/commands.json`, for those who judge.
//!
//! - [`Spec::get`] is the whole table, [`Spec::find`] the command that a request names.
//! - [`Schema`] is the shape that a command's RESP3 replies must have, compiled once.
//! - [`draw`] has how commands look, and draws some at random.
//! - [`Conversation`] listens to one connection, and objects to a reply that does not have that shape.
//!
//! Not covered: the shape of errors and pushes, of RESP2 replies, and of replies to commands that state no shape.
//!
//! Invariant: nothing here comes from the engine. Who judges a server does not ask it what is right.

mod conversation;
pub mod draw;
mod exceptions;
mod schema;

pub use conversation::{Conversation, Misfit};
pub use exceptions::{EXCEPTIONS, Exception};
pub use schema::Schema;

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// As Valkey states them, under its licence: `corpus/spec/README.md`.
const COMMANDS: &str = include_str!("../../../corpus/spec/commands.json");

/// All commands and subcommands.
#[derive(Debug)]
pub struct Spec {
    /// By their full names, as [`Command::name`].
    commands: BTreeMap<String, Command>,
}

/// What is known of a command.
#[derive(Debug)]
pub struct Command {
    /// In upper case, a subcommand after its container: `GET`, `CONFIG SET`.
    pub name: String,
    /// As COMMAND DOCS calls it, with underscores: `sorted_set`.
    pub group: String,
    /// The number of words, with a container's name; negative: at least so many.
    pub arity: i64,
    /// Whether it has subcommands; COMMAND is one by itself as well.
    pub is_container: bool,
    /// Whether it names keys at fixed places or after a word.
    pub has_keys: bool,
    /// Where its keys are, as far as COMMAND INFO's three numbers tell: the first, the last, and the step between two; zeros
    /// if they are nowhere fixed.
    pub key_range: (i64, i64, i64),
    /// What kind of command it is, in lower case: `write`, `fast`.
    pub flags: Vec<String>,
    /// The categories it is put in by name, in lower case; others follow from its flags.
    pub categories: Vec<String>,
    /// What may follow the name.
    pub arguments: Vec<Argument>,
    /// What its RESP3 replies look like, if that is stated.
    pub schema: Option<Schema>,
}

/// What may follow a command's name.
#[derive(Clone, Debug, Deserialize)]
pub struct Argument {
    /// How the documentation calls it.
    pub name: String,
    /// `key`, `string`, `pure-token`, `oneof`, `block`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The word that introduces it, or that it is.
    pub token: Option<String>,
    /// What a choice or a block is made of.
    #[serde(default)]
    pub arguments: Vec<Argument>,
}

impl Argument {
    /// Every token in it, its own first.
    pub fn tokens(&self) -> Vec<&str> {
        let inner = self.arguments.iter().flat_map(Argument::tokens);
        self.token.as_deref().into_iter().chain(inner).collect()
    }
}

/// The file.
#[derive(Deserialize)]
struct File {
    commands: Vec<Row>,
}

/// An entry of the file, as far as it is read.
#[derive(Deserialize)]
struct Row {
    fullname: String,
    group: String,
    arity: i64,
    #[serde(default)]
    command_flags: Vec<String>,
    #[serde(default)]
    acl_categories: Vec<String>,
    #[serde(default)]
    key_specs: Vec<serde_json::Value>,
    #[serde(default)]
    arguments: Vec<Argument>,
    reply_schema: Option<serde_json::Value>,
}

impl Spec {
    /// The table, read and compiled when first asked for.
    pub fn get() -> &'static Spec {
        static SPEC: OnceLock<Spec> = OnceLock::new();
        SPEC.get_or_init(|| {
            let file: File = serde_json::from_str(COMMANDS).expect("the file is part of this crate");
            let containers: Vec<String> = file
                .commands
                .iter()
                .filter_map(|row| Some(row.fullname.split_once('|')?.0.to_owned()))
                .collect();
            let commands = file.commands.into_iter().map(|row| Command::of(row, &containers));
            Spec { commands: commands.map(|command| (command.name.clone(), command)).collect() }
        })
    }

    /// Every command, by name.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.commands.values()
    }

    /// The command of that full name.
    pub fn named(&self, name: &str) -> Option<&Command> {
        self.commands.get(name)
    }

    /// The command, or subcommand, that a request names, in whatever case it is written.
    pub fn find<W: AsRef<[u8]>>(&self, words: &[W]) -> Option<&Command> {
        let upper = |index: usize| {
            let word = std::str::from_utf8(words.get(index)?.as_ref()).ok()?;
            Some(word.to_ascii_uppercase())
        };
        let command = self.commands.get(&upper(0)?)?;
        if !command.is_container {
            return Some(command);
        }
        let subcommand = upper(1).and_then(|second| self.commands.get(&format!("{} {second}", command.name)));
        Some(subcommand.unwrap_or(command))
    }
}

/// Specifications that follow on each other are one range.
fn key_range(specs: &[serde_json::Value]) -> (i64, i64, i64) {
    let ranges = specs.iter().filter_map(|spec| {
        let first = spec["begin_search"]["index"]["pos"].as_i64()?;
        let range = &spec["find_keys"]["range"];
        let last = range["lastkey"].as_i64()?;
        Some((first, if last < 0 { last } else { first + last }, range["step"].as_i64()?))
    });
    let joined = ranges.reduce(|(first, last, step), (next_first, next_last, next_step)| {
        let is_next = step == 1 && next_step == 1 && next_first == last + 1;
        (first, if is_next { next_last } else { last }, step)
    });
    joined.unwrap_or_default()
}

impl Command {
    fn of(row: Row, containers: &[String]) -> Command {
        let schema = row.reply_schema.as_ref();
        let schema = schema
            .map(|schema| Schema::compile(schema).unwrap_or_else(|why| panic!("{}: {why}", row.fullname)));
        Command {
            name: row.fullname.replace('|', " "),
            group: row.group,
            arity: row.arity,
            is_container: containers.contains(&row.fullname),
            has_keys: !row.key_specs.is_empty(),
            key_range: key_range(&row.key_specs),
            flags: row.command_flags.iter().map(|flag| flag.to_ascii_lowercase()).collect(),
            categories: row.acl_categories.iter().map(|name| name.to_ascii_lowercase()).collect(),
            arguments: row.arguments,
            schema,
        }
    }

    /// Every token among its arguments, each once.
    pub fn tokens(&self) -> Vec<&str> {
        let mut tokens: Vec<&str> = self.arguments.iter().flat_map(Argument::tokens).collect();
        tokens.sort_unstable();
        tokens.dedup();
        tokens
    }

    /// Whether so many words are refused.
    pub fn refuses(&self, words: usize) -> bool {
        let words = i64::try_from(words).unwrap_or(i64::MAX);
        if self.arity < 0 { words < -self.arity } else { words != self.arity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_read_and_every_schema_compiles() {
        let spec = Spec::get();
        assert_eq!(spec.commands().count(), 399);
        assert!(spec.commands().filter(|command| command.schema.is_some()).count() > 360);
        let containers = || spec.commands().filter(|command| command.is_container);
        assert!(containers().all(|command| command.schema.is_none() || command.name == "COMMAND"));
    }

    #[test]
    fn requests_name_commands_in_any_case() {
        let name = |words: &[&str]| Spec::get().find(words).map(|command| command.name.as_str());
        assert_eq!(name(&["get", "k"]), Some("GET"));
        assert_eq!(name(&["Config", "gEt", "*"]), Some("CONFIG GET"));
        assert_eq!(name(&["CONFIG", "nothing"]), Some("CONFIG"));
        assert_eq!(name(&["command", "docs"]), Some("COMMAND DOCS"));
        assert_eq!(name(&["nothing"]), None);
    }

    #[test]
    fn tokens_come_from_choices_and_blocks_too() {
        let tokens = Spec::get().named("SET").map(Command::tokens).unwrap_or_default();
        assert_eq!(tokens, ["EX", "EXAT", "GET", "KEEPTTL", "NX", "PX", "PXAT", "XX"]);
        assert!(
            Spec::get().named("GET").is_some_and(|get| get.refuses(1) && !get.refuses(2) && get.refuses(3))
        );
    }
}

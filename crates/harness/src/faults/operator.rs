//! The operator runs a command: not a fault of the machine, but things change by it all the same.

use super::{Fault, Row, read_as, schema_of};
use crate::format::Mistake;
use crate::stage::Stage;
use resplay_apps::operator::Action;
use resplay_resp::split_words;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "operator",
    summary: "the operator runs a command on a server; counts those that were answered without an error",
    any_host: false,
    lasts: false,
    schema: schema_of::<Operator>,
    read: read_as::<Operator>,
};

/// Options of `operator`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Operator {
    /// On which server.
    node: String,
    /// The command, as `redis-cli` takes it.
    run: String,
}

/// A command for the operator to run.
pub struct Command<'a> {
    /// On which server.
    pub node: &'a str,
    /// What.
    pub run: &'a str,
}

/// The actions of one fault at these times.
pub fn commands<'a>(fault: &'a dyn Fault, times: &'a [Duration]) -> impl Iterator<Item = Action> + 'a {
    let action = |at: &Duration| {
        let command = fault.command()?;
        Some(Action { at: *at, node: command.node.to_string(), run: command.run.to_string() })
    };
    times.iter().filter_map(action)
}

impl Fault for Operator {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn check(&self) -> Result<(), (&'static str, Mistake)> {
        match split_words(&self.run) {
            Ok(words) if words.is_empty() => Err(("run", Mistake::new("no command"))),
            Ok(_) => Ok(()),
            Err(why) => Err(("run", Mistake::new(why.to_string()))),
        }
    }

    /// The operator's own application runs the command and writes the line; effects are read from its history.
    fn begin(&self, _: &mut Stage, _: Duration) -> Vec<FaultId> {
        Vec::new()
    }

    fn describe(&self) -> Option<String> {
        None
    }

    fn command(&self) -> Option<Command<'_>> {
        Some(Command { node: &self.node, run: &self.run })
    }
}

/// A command's words.
pub fn words(run: &str) -> Vec<Vec<u8>> {
    split_words(run).unwrap_or_default()
}

//! A script: each client sends the commands that are written down for it, each when it is time. An incident can be told this
//! way command by command, and it is what the traffic of other applications shrinks to.

use crate::client::{Client, ConnectionOptions};
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, parse};
use crate::units::DurationText;
use resplay_base::Mono;
use resplay_resp::{join_words, split_words};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The row of this application.
pub const APP: App = App {
    kind: "script",
    summary: "clients send commands that are written down, each at its time",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `script`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server; may be left out when there is only one.
    pub node: Option<String>,
    /// What each client sends, by the client's number. A client sends the next command when it is time and the one before has
    /// been answered, or has failed.
    pub clients: BTreeMap<String, Vec<Step>>,
    /// How the clients connect.
    pub connection: ConnectionOptions,
}

/// A command and its time from the start of the run, such as `1.5s SET key "a value"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Step {
    /// When, from the start of the run.
    pub at: Duration,
    /// The command, at least its name.
    pub words: Vec<Vec<u8>>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", DurationText(self.at), join_words(&self.words))
    }
}

impl From<Step> for String {
    fn from(step: Step) -> String {
        step.to_string()
    }
}

impl TryFrom<String> for Step {
    type Error = String;

    fn try_from(text: String) -> Result<Step, String> {
        let (at, command) = text
            .trim()
            .split_once(' ')
            .ok_or_else(|| format!("`{text}` is not a time and a command, such as `20ms SET key value`"))?;
        let at = at.parse::<DurationText>().map_err(|error| error.to_string())?.0;
        match split_words(command).map_err(|error| error.to_string())? {
            words if words.is_empty() => Err(format!("`{text}` has no command")),
            words => Ok(Step { at, words }),
        }
    }
}

impl JsonSchema for Step {
    fn schema_name() -> Cow<'static, str> {
        "Step".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let description =
            "a time from the start and a command as in redis-cli, such as \"20ms SET key 'a value'\"";
        json_schema!({ "type": "string", "description": description })
    }
}

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    let clients = options.clients.into_iter().map(|(number, steps)| match number.parse::<u32>() {
        Ok(number) => Ok((number, steps)),
        Err(_) => Err(OptionError::new("clients", format!("`{number}` is not the number of a client"))),
    });
    let clients = clients.collect::<Result<Vec<_>, _>>()?;
    let node = env.server(options.node.as_deref())?;
    let connection = options.connection;
    Ok(AppNode::new(&env.name, env.seed, async move |context: Context| {
        for (number, steps) in clients {
            let client = Client::new(&context, number, &node, &connection);
            context.spawn(send(context.clone(), client, steps));
        }
    }))
}

/// Sends what is still to come: of what was before its start, a process that is started again knows nothing.
async fn send(context: Context, mut client: Client, steps: Vec<Step>) {
    let begins = context.mono();
    for step in steps {
        let at = Mono(0) + step.at;
        if at < begins {
            continue;
        }
        context.sleep_until(at).await;
        let words: Vec<&[u8]> = step.words.iter().map(Vec::as_slice).collect();
        // Whether it failed stands in the history, and the next command connects again.
        let _ = client.request(&words).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_prints_the_way_it_reads() {
        for text in ["20ms SET key \"a value\"", "1s500ms PING", "0s GET \"\\x00\""] {
            let step = Step::try_from(text.to_string()).expect("a step");
            assert_eq!(Step::try_from(step.to_string()), Ok(step));
        }
    }

    #[test]
    fn what_is_no_step_is_told() {
        let why = |text: &str| Step::try_from(text.to_string()).unwrap_err();
        assert!(why("PING").contains("is not a time and a command"));
        assert!(why("soon PING").contains("`soon` is not a duration"));
        assert!(why("1s \"").contains("quote"));
        assert!(why("1s  ").contains("is not a time and a command"));
        assert!(why("1s ''\"").contains("quote"));
    }
}

//! The table of applications: a row each, which the scenario format, the JSON schema and `resplay list` read.

use crate::runtime::AppNode;
use crate::{
    cache_aside, counter, leaderboard, ledger_writer, list_append, lock, origin, producer, queue_worker,
    random_commands, ring, script, session_store, stream_worker, subscriber, visitors,
};
use schemars::Schema;
use serde::de::DeserializeOwned;
use std::fmt;

/// One kind of application.
pub struct App {
    /// Its name in `kind = "…"`.
    pub kind: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// The JSON schema of its options.
    pub schema: fn() -> Schema,
    /// Makes one from its options (without `kind`).
    pub build: fn(&toml::Table, &AppEnv) -> Result<AppNode, OptionError>,
}

/// Every kind, by name.
pub const APPS: &[App] = &[
    cache_aside::APP,
    counter::APP,
    leaderboard::APP,
    ledger_writer::APP,
    list_append::APP,
    lock::APP,
    origin::APP,
    producer::APP,
    queue_worker::APP,
    random_commands::APP,
    ring::APP,
    script::APP,
    session_store::APP,
    stream_worker::APP,
    subscriber::APP,
    visitors::APP,
];

/// The row of a kind.
pub fn find(kind: &str) -> Option<&'static App> {
    APPS.iter().find(|app| app.kind == kind)
}

/// What an application is built into.
#[derive(Clone, Debug, Default)]
pub struct AppEnv {
    /// Its name in the scenario, also its host name.
    pub name: String,
    /// The seed of the run.
    pub seed: u64,
    /// The names of the scenario's servers.
    pub servers: Vec<String>,
    /// Name and kind of every application, this one included.
    pub apps: Vec<(String, String)>,
}

/// An option that does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// Its dotted path below the application; empty when it is about all of them.
    pub path: String,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// The words that would have been accepted, if it is about a word.
    pub known: Vec<String>,
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path}: {}", self.message),
        }
    }
}

impl std::error::Error for OptionError {}

impl OptionError {
    /// An error about one option.
    pub fn new(path: &str, message: impl Into<String>) -> OptionError {
        OptionError { path: path.to_owned(), message: message.into(), known: Vec::new() }
    }
}

/// Refuses options of which there must be one at least.
pub(crate) fn at_least_one<T: Into<u64>, const N: usize>(options: [(&str, T); N]) -> Result<(), OptionError> {
    match options.into_iter().find_map(|(name, count)| (count.into() == 0).then_some(name)) {
        Some(name) => Err(OptionError::new(name, "must be at least 1")),
        None => Ok(()),
    }
}

impl AppEnv {
    /// The server that the option `node` names, or the only one there is.
    pub fn server(&self, named: Option<&str>) -> Result<String, OptionError> {
        choose("node", "server", named, self.servers.iter().map(String::as_str).collect())
    }

    /// The application of this kind that the option `path` names, or the only one there is.
    pub fn app(&self, path: &str, kind: &str, named: Option<&str>) -> Result<String, OptionError> {
        let of_kind = self.apps.iter().filter(|(_, other)| other == kind);
        choose(
            path,
            &format!("`{kind}` application"),
            named,
            of_kind.map(|(name, _)| name.as_str()).collect(),
        )
    }
}

/// The named one if it is known, or the only one.
fn choose(path: &str, what: &str, named: Option<&str>, known: Vec<&str>) -> Result<String, OptionError> {
    let message = match (named, known.as_slice()) {
        (Some(name), _) if known.contains(&name) => return Ok(name.to_owned()),
        (None, [only]) => return Ok((*only).to_owned()),
        (Some(name), _) => format!("there is no {what} called `{name}`"),
        (None, []) => format!("the scenario has no {what}"),
        (None, _) => format!("the scenario has more than one {what}: say which"),
    };
    let known = known.into_iter().map(str::to_owned).collect();
    Err(OptionError { known, ..OptionError::new(path, message) })
}

/// Reads options, naming the one that is wrong.
pub(crate) fn parse<T: DeserializeOwned>(options: &toml::Table) -> Result<T, OptionError> {
    serde_path_to_error::deserialize(toml::Value::Table(options.clone())).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().message().to_owned();
        let known = expected_words(&message);
        OptionError { path: if path == "." { String::new() } else { path }, message, known }
    })
}

/// The words in backquotes after `expected`: how serde lists the keys or variants that it knows.
fn expected_words(message: &str) -> Vec<String> {
    let Some((_, list)) = message.split_once("expected ") else { return Vec::new() };
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env() -> AppEnv {
        AppEnv {
            name: "web".into(),
            seed: 1,
            servers: vec!["cache".into()],
            apps: vec![("db".into(), "origin".into()), ("web".into(), "cache-aside".into())],
        }
    }

    fn build(kind: &str, options: &str) -> Result<(), OptionError> {
        let options = options.parse().expect("valid TOML");
        (find(kind).expect("a known kind").build)(&options, &env()).map(drop)
    }

    #[test]
    fn kinds_are_sorted_and_every_one_builds_from_its_defaults() {
        assert!(APPS.is_sorted_by_key(|app| app.kind));
        for app in APPS {
            assert_eq!(build(app.kind, ""), Ok(()), "{}", app.kind);
        }
    }

    #[test]
    fn every_option_is_documented_in_the_schema() {
        for app in APPS {
            let schema = (app.schema)();
            let properties = schema.get("properties").and_then(|value| value.as_object()).expect("options");
            for (name, option) in properties {
                assert!(option.get("description").is_some(), "{}.{name}", app.kind);
            }
        }
    }

    #[test]
    fn an_unknown_option_is_named_with_those_that_exist() {
        let error = build("cache-aside", "pagess = 3").expect_err("misspelt");
        assert_eq!(error.path, "pagess");
        assert!(error.known.contains(&"pages".to_owned()), "{error:?}");
    }

    #[test]
    fn a_wrong_unit_is_named_with_those_that_exist() {
        let error = build("session-store", "rate = \"50/x\"").expect_err("bad unit");
        assert_eq!((error.path.as_str(), error.known.len()), ("rate", 0));
        assert!(error.message.contains("\"50/s\""), "{error}");
    }

    #[test]
    fn a_wrong_word_deep_inside_is_named_by_its_path() {
        let error = build("cache-aside", "connection.read-timeout = 5").expect_err("no unit");
        assert_eq!(error.path, "connection.read-timeout");
        let error = build("cache-aside", "strategy = \"mutx\"").expect_err("misspelt");
        assert_eq!(error.known, ["none", "mutex", "xfetch"]);
    }

    #[test]
    fn an_unknown_server_or_application_is_an_error() {
        assert_eq!(build("ledger-writer", "node = \"cahce\"").expect_err("misspelt").known, ["cache"]);
        assert_eq!(build("cache-aside", "origin = \"web\"").expect_err("no origin").known, ["db"]);
    }
}

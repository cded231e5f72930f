//! What a run needs, every name in it known to exist.

use super::file::{Checks, Cuts, Disk, File, Network, NodeSpec, Word};
use super::mistake::{Mark, Mistake};
use super::read::read;
use super::tree::{Tree, Value};
use crate::checks;
use crate::faults::{self, Fault, Schedule};
use crate::goals;
use resplay_apps::{APPS, App, AppEnv, OptionError};
use std::collections::BTreeMap;
use std::time::Duration;

/// A run, but for its seed.
pub struct Plan {
    /// The title.
    pub title: String,
    /// What it teaches.
    pub lesson: String,
    /// How long it goes on.
    pub duration: Duration,
    /// The seed where nobody gives another.
    pub seed: u64,
    /// How often the operator looks at INFO; zero: only at the end.
    pub watch: Duration,
    /// Links between hosts.
    pub network: Network,
    /// The servers, by name.
    pub nodes: BTreeMap<String, NodePlan>,
    /// The applications, by name.
    pub apps: BTreeMap<String, AppPlan>,
    /// The faults, by name.
    pub faults: BTreeMap<String, FaultPlan>,
    /// What must hold.
    pub checks: Checks,
    /// How crash cuts are judged, if the scenario says so.
    pub cuts: Option<Cuts>,
}

/// A server.
#[derive(Clone)]
pub struct NodePlan {
    /// Directives and their values.
    pub config: BTreeMap<String, String>,
    /// Memory of its machine, in bytes.
    pub memory_bytes: Option<u64>,
    /// Its disk.
    pub disk: Disk,
    /// Files on it before the first start, by path.
    pub files: BTreeMap<String, String>,
}

impl NodePlan {
    /// The same with other directives over its own.
    pub(crate) fn with_config(&self, config: &BTreeMap<String, Word>) -> NodePlan {
        let mut plan = self.clone();
        plan.config.extend(config.iter().map(|(name, word)| (name.clone(), word.0.clone())));
        plan
    }
}

/// An application.
pub struct AppPlan {
    /// Its row.
    pub app: &'static App,
    /// Its options.
    pub options: toml::Table,
}

/// A fault.
pub struct FaultPlan {
    /// Its row's name.
    pub kind: &'static str,
    /// When it begins and ends.
    pub schedule: Schedule,
    /// What it does.
    pub fault: Box<dyn Fault>,
}

/// The operator's host. No node or application can be called so.
pub const OPERATOR: &str = "operator";

impl Plan {
    pub(super) fn resolve(tree: &Tree) -> Result<Plan, Mistake> {
        let file: File = read(tree)?;
        let names = Names::of(tree)?;
        check_words(tree, &["checks", "require"], "check", checks::names().collect())?;
        check_words(tree, &["checks", "goals"], "goal", goals::names().collect())?;
        check_words(
            tree,
            &["checks", "core", "apps"],
            "application",
            names.apps.iter().map(|(name, _)| name.as_str()).collect(),
        )?;
        check_expected(tree)?;
        check_words(tree, &["cuts", "nodes"], "node", names.nodes().collect())?;
        tree.get("cuts").map_or(Ok(()), check_directives)?;
        Ok(Plan {
            apps: each(tree, "apps", |name, tree| names.app(name, tree))?,
            faults: each(tree, "faults", |_, tree| fault(tree, &names))?,
            nodes: file.nodes.into_iter().map(|(name, spec)| (name, node(spec))).collect(),
            title: file.title,
            lesson: file.lesson.split_whitespace().collect::<Vec<_>>().join(" "),
            duration: file.duration.0,
            seed: file.seed.unwrap_or(1),
            watch: file.watch.0,
            network: file.network,
            checks: file.checks,
            cuts: file.cuts,
        })
    }

    /// What applications are told of the rest of the scenario.
    pub fn env(&self, name: &str, seed: u64) -> AppEnv {
        let apps = self.apps.iter().map(|(name, plan)| (name.clone(), plan.app.kind.to_string()));
        let servers = self.nodes.keys().cloned().collect();
        AppEnv { name: name.to_string(), seed, servers, apps: apps.collect() }
    }
}

fn node(spec: NodeSpec) -> NodePlan {
    let config = spec.config.into_iter().map(|(name, word)| (name, word.0)).collect();
    NodePlan { config, memory_bytes: spec.memory.map(|bytes| bytes.0), disk: spec.disk, files: spec.files }
}

/// One value per named table below a key.
fn each<T>(
    tree: &Tree,
    key: &str,
    make: impl Fn(&str, &Tree) -> Result<T, Mistake>,
) -> Result<BTreeMap<String, T>, Mistake> {
    let entries = tree.get(key).map_or(&[][..], Tree::entries);
    entries.iter().map(|entry| Ok((entry.key.clone(), make(&entry.key, &entry.tree)?))).collect()
}

/// Every host's name, and the kinds of the applications.
pub(crate) struct Names {
    nodes: Vec<String>,
    apps: Vec<(String, String)>,
}

impl Names {
    fn of(tree: &Tree) -> Result<Names, Mistake> {
        let mut names = Names { nodes: Vec::new(), apps: Vec::new() };
        for entry in tree.get("nodes").map_or(&[][..], Tree::entries) {
            names.check_free(&entry.key, &entry.mark)?;
            check_directives(&entry.tree)?;
            names.nodes.push(entry.key.clone());
        }
        for entry in tree.get("apps").map_or(&[][..], Tree::entries) {
            names.check_free(&entry.key, &entry.mark)?;
            names.apps.push((entry.key.clone(), app_row(&entry.tree)?.kind.to_string()));
        }
        Ok(names)
    }

    /// Every host that a fault may name.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(String::as_str).chain(self.apps.iter().map(|(name, _)| name.as_str()))
    }

    /// Every server.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(String::as_str)
    }

    fn check_free(&self, name: &str, mark: &Mark) -> Result<(), Mistake> {
        if name == OPERATOR || self.hosts().any(|other| other == name) {
            return Err(mark.mistake(format!("the name `{name}` is taken")));
        }
        Ok(())
    }

    /// Builds the application once, so that a wrong option shows before any run.
    fn app(&self, name: &str, tree: &Tree) -> Result<AppPlan, Mistake> {
        let app = app_row(tree)?;
        let rest = tree.without(&["kind"]);
        let options = to_toml(&rest);
        let env =
            AppEnv { name: name.to_string(), seed: 0, servers: self.nodes.clone(), apps: self.apps.clone() };
        match (app.build)(&options, &env) {
            Ok(_) => Ok(AppPlan { app, options }),
            Err(error) => Err(option_mistake(&rest, &error)),
        }
    }
}

fn app_row(tree: &Tree) -> Result<&'static App, Mistake> {
    let kinds = || APPS.iter().map(|app| app.kind);
    let Some(kind) = tree.get("kind") else {
        let help = format!("known: {}", kinds().collect::<Vec<_>>().join(", "));
        return Err(tree.mark.mistake("the key `kind` is missing").with_help(help));
    };
    let word: String = read(kind)?;
    resplay_apps::find(&word)
        .ok_or_else(|| Mistake::unknown("kind of application", &word, kinds()).at(&kind.mark))
}

/// An application's complaint, at the words it is about.
fn option_mistake(tree: &Tree, error: &OptionError) -> Mistake {
    let (entry_mark, found) = place(tree, &error.path);
    let known = error.known.iter().map(String::as_str);
    let quoted = error.message.split('`').nth(1).unwrap_or_default();
    if error.message.starts_with("unknown field") {
        return Mistake::unknown("key", quoted, known).at(entry_mark);
    }
    if error.message.starts_with("unknown variant") {
        return Mistake::unknown("word", quoted, known).at(&found.mark);
    }
    let mistake = Mistake::new(&error.message).at(&found.mark);
    let known: Vec<&str> = known.collect();
    match super::mistake::nearest(quoted, &known) {
        Some(near) => mistake.with_help(format!("did you mean `{near}`?")),
        None if known.is_empty() => mistake,
        None => mistake.with_help(format!("known: {}", known.join(", "))),
    }
}

/// The key and the value that a dotted path leads to, or the last that is there.
fn place<'a>(tree: &'a Tree, path: &str) -> (&'a Mark, &'a Tree) {
    let mut at = (&tree.mark, tree);
    for word in path.split('.') {
        let Some(entry) = at.1.entry(word) else { break };
        at = (&entry.mark, &entry.tree);
    }
    at
}

fn fault(tree: &Tree, names: &Names) -> Result<FaultPlan, Mistake> {
    let (row, options) = faults::find(tree)?;
    let fault = (row.read)(options)?;
    let hosts: Vec<&str> = if row.any_host { names.hosts().collect() } else { names.nodes().collect() };
    for (key, host) in fault.hosts() {
        if !hosts.contains(&host) {
            let what = if row.any_host { "host" } else { "node" };
            return Err(Mistake::unknown(what, host, hosts).at(&place(options, key).1.mark));
        }
    }
    let schedule = faults::schedule(tree, row)?;
    fault.check().map_err(|(key, mistake)| mistake.at(&place(options, key).1.mark))?;
    Ok(FaultPlan { kind: row.name, schedule, fault })
}

/// A misspelt directive would stop the server at its start; say so before.
fn check_directives(table: &Tree) -> Result<(), Mistake> {
    let known = crate::directives::names();
    for entry in table.get("config").map_or(&[][..], Tree::entries) {
        if !known.contains(&entry.key.as_str()) {
            return Err(Mistake::unknown("directive", &entry.key, known.iter().copied()).at(&entry.mark));
        }
    }
    Ok(())
}

/// A list of words of a kind, at a path.
fn check_words(tree: &Tree, path: &[&str], what: &str, known: Vec<&str>) -> Result<(), Mistake> {
    let list = path.iter().try_fold(tree, |tree, key| tree.get(key));
    for item in list.map_or(&[][..], Tree::items) {
        let word = item.text().unwrap_or_default();
        if !known.contains(&word) {
            return Err(Mistake::unknown(what, word, known).at(&item.mark));
        }
    }
    Ok(())
}

fn check_expected(tree: &Tree) -> Result<(), Mistake> {
    let expect = tree.get("checks").and_then(|checks| checks.get("expect"));
    for entry in expect.map_or(&[][..], Tree::entries) {
        if !checks::names().any(|name| name == entry.key) {
            return Err(Mistake::unknown("check", &entry.key, checks::names()).at(&entry.mark));
        }
    }
    Ok(())
}

/// The same as plain TOML, for the applications' own reading.
pub(super) fn to_toml(tree: &Tree) -> toml::Table {
    tree.entries().iter().map(|entry| (entry.key.clone(), to_value(&entry.tree))).collect()
}

pub(super) fn to_value(tree: &Tree) -> toml::Value {
    match &tree.value {
        Value::Text(text) => toml::Value::String(text.clone()),
        Value::Integer(number) => toml::Value::Integer(*number),
        Value::Float(number) => toml::Value::Float(*number),
        Value::Bool(truth) => toml::Value::Boolean(*truth),
        Value::Array(items) => toml::Value::Array(items.iter().map(to_value).collect()),
        Value::Table(_) => toml::Value::Table(to_toml(tree)),
    }
}

//! What applications sent, written down as scripts, so that single commands can be left out and made smaller.

use super::steps::{Step, value};
use crate::format::OPERATOR;
use resplay_apps::script::Step as Sent;
use resplay_history::{Operation, Outcome};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use toml::{Table, Value};

/// More than so many would make a text that nobody reads; so many applications do not send that are left.
const SENT_MAX: usize = 20_000;
/// What a client sends when it connects, without being asked to.
const HELLO: &[u8] = b"HELLO";

/// Whether these are the commands of a client.
pub(super) fn is_script(path: &[String]) -> bool {
    path.len() == 4 && path[0] == "apps" && path[2] == "clients"
}

/// Each application as a script of what it sent.
pub(super) fn scripts(table: &Table, history: &[Operation]) -> Vec<Step> {
    let Some(apps) = table.get("apps").and_then(Value::as_table) else { return Vec::new() };
    let is_free = |app: &Value| app.get("kind").and_then(Value::as_str) != Some("script");
    let free = apps.iter().filter(|(_, app)| is_free(app));
    free.filter_map(|(name, app)| {
        Some(Step::Set(path(&["apps", name]), script(name, app.as_table()?, history)?))
    })
    .collect()
}

fn script(name: &str, app: &Table, history: &[Operation]) -> Option<Value> {
    let mut clients: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for operation in history.iter().filter(|operation| is_sent(operation)) {
        let (app, number) = sender(operation);
        if app == name && !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()) {
            let at = Duration::from_nanos(operation.invoked_ns);
            let sent = Sent { at, words: operation.command.clone() };
            clients.entry(number).or_default().push(Value::String(sent.to_string()));
        }
    }
    if clients.is_empty() || clients.values().map(Vec::len).sum::<usize>() > SENT_MAX {
        return None;
    }
    let clients = clients.into_iter().map(|(number, sent)| (number.to_string(), Value::Array(sent)));
    let mut script = Table::from_iter([("kind".to_string(), Value::String("script".to_string()))]);
    let kept =
        ["node", "connection"].into_iter().filter_map(|key| Some((key.to_string(), app.get(key)?.clone())));
    script.extend(kept);
    script.insert("clients".to_string(), Value::Table(clients.collect()));
    Some(Value::Table(script))
}

/// The application, and the number of its client.
fn sender(operation: &Operation) -> (&str, &str) {
    operation.client.split_once('/').unwrap_or((&operation.client, ""))
}

/// Whether an application asked for this, and it may have come to the server.
fn is_sent(operation: &Operation) -> bool {
    let is_hello = operation.command.first().is_some_and(|name| name == HELLO);
    !is_hello && operation.as_work().is_none() && !matches!(operation.outcome, Outcome::Failed(_))
}

/// How many commands applications sent.
pub(super) fn count(history: &[Operation]) -> u64 {
    let by_apps = history.iter().filter(|operation| sender(operation).0 != OPERATOR);
    by_apps.filter(|operation| is_sent(operation)).count() as u64
}

/// A command of a script: when it is sent, whose it is, and its place there.
type Place = (Duration, Vec<String>, usize);

/// Every command of every script, by time.
pub(super) fn places(table: &Table) -> Vec<Place> {
    let mut places = Vec::new();
    for (path, sent) in clients(table) {
        let times = sent.iter().enumerate().filter_map(|(index, sent)| Some((read(sent)?.at, index)));
        places.extend(times.map(|(at, index)| (at, path.clone(), index)));
    }
    places.sort();
    places
}

/// The scenario without these commands.
pub(super) fn without(table: &Table, places: &[Place]) -> Option<Table> {
    let mut gone: BTreeMap<&[String], BTreeSet<usize>> = BTreeMap::new();
    for (_, path, index) in places {
        gone.entry(path).or_default().insert(*index);
    }
    gone.into_iter().try_fold(table.clone(), |table, (path, gone)| {
        let sent = value(&table, path)?.as_array()?.iter().enumerate();
        let kept = sent.filter(|(index, _)| !gone.contains(index)).map(|(_, sent)| sent.clone());
        Step::Set(path.to_vec(), Value::Array(kept.collect())).apply(&table)
    })
}

/// A command with fewer or shorter words, or at a rounder time.
pub(super) fn smaller(table: &Table, (_, path, index): &Place) -> Vec<Step> {
    let Some(all) = value(table, path).and_then(Value::as_array) else { return Vec::new() };
    let others = all.get(*index).and_then(read).map(|sent| less(&sent)).unwrap_or_default().into_iter();
    let others = others.map(|other| {
        let mut all = all.clone();
        all[*index] = Value::String(other.to_string());
        Step::Set(path.clone(), Value::Array(all))
    });
    others.collect()
}

fn less(sent: &Sent) -> Vec<Sent> {
    let mut less = Vec::new();
    for unit in [Duration::from_millis(100), Duration::from_millis(1)] {
        let over = sent.at.as_nanos() % unit.as_nanos();
        less.push(Sent { at: sent.at - Duration::from_nanos(over as u64), words: sent.words.clone() });
    }
    for (index, word) in sent.words.iter().enumerate().skip(1).filter(|(_, word)| word.len() > 3) {
        for length in [1, word.len() / 2] {
            let mut words = sent.words.clone();
            words[index].truncate(length);
            less.push(Sent { at: sent.at, words });
        }
    }
    for index in (2..sent.words.len()).rev() {
        let mut words = sent.words.clone();
        words.remove(index);
        less.push(Sent { at: sent.at, words });
    }
    less.retain(|other| other != sent);
    less
}

fn read(sent: &Value) -> Option<Sent> {
    Sent::try_from(sent.as_str()?.to_string()).ok()
}

/// The commands of each client of each script.
fn clients(table: &Table) -> Vec<(Vec<String>, &Vec<Value>)> {
    let mut found = Vec::new();
    for (name, app) in table.get("apps").and_then(Value::as_table).into_iter().flatten() {
        for (number, sent) in app.get("clients").and_then(Value::as_table).into_iter().flatten() {
            found.extend(sent.as_array().map(|sent| (path(&["apps", name, "clients", number]), sent)));
        }
    }
    found
}

fn path(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| word.to_string()).collect()
}

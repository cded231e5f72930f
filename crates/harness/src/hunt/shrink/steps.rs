//! The steps that make a scenario smaller: what can be left out, and what can be less.

use super::script;
use toml::{Table, Value};

/// What a fault is not without: a server that does not come back is another fault, which fails in other ways.
const ESSENTIAL: [&str; 2] = ["for", "restart-after"];

/// One way to make a scenario smaller.
pub(super) enum Step {
    Remove(Vec<String>),
    Set(Vec<String>, Value),
}

impl Step {
    /// `None` if what it is about is gone already, or nothing would change.
    pub(super) fn apply(&self, table: &Table) -> Option<Table> {
        let mut table = table.clone();
        match self {
            Step::Remove(path) => {
                let (last, above) = path.split_last()?;
                at(&mut table, above)?.remove(last)?;
            }
            Step::Set(path, value) => {
                let (last, above) = path.split_last()?;
                let old = at(&mut table, above)?.get_mut(last)?;
                if old == value {
                    return None;
                }
                *old = value.clone();
            }
        }
        Some(table)
    }
}

fn at<'t>(table: &'t mut Table, path: &[String]) -> Option<&'t mut Table> {
    path.iter().try_fold(table, |table, key| table.get_mut(key)?.as_table_mut())
}

/// Every value of a scenario with its path, tables before what is in them.
fn values(table: &Table) -> Vec<(Vec<String>, Value)> {
    let mut found = Vec::new();
    for (key, value) in table {
        found.push((vec![key.clone()], value.clone()));
        if let Value::Table(below) = value {
            let below = values(below).into_iter();
            found.extend(below.map(|(path, value)| ([vec![key.clone()], path].concat(), value)));
        }
    }
    found
}

/// Whole faults and applications.
pub(super) fn parts(table: &Table) -> Vec<Step> {
    let parts = values(table).into_iter().map(|(path, _)| path);
    let parts = parts.filter(|path| path.len() == 2 && ["apps", "faults"].contains(&path[0].as_str()));
    parts.map(Step::Remove).collect()
}

/// Faults, applications, directives and options, but for what a scenario cannot do without.
pub(super) fn removals(table: &Table) -> Vec<Step> {
    let mut paths: Vec<Vec<String>> = values(table).into_iter().map(|(path, _)| path).collect();
    let is_free = |key: &String| key == "goals" || key == "core";
    paths.retain(|path| path[0] != "checks" || path[1..].first().is_some_and(is_free));
    paths
        .retain(|path| path[0] != "seed" && path.last().is_none_or(|key| !ESSENTIAL.contains(&key.as_str())));
    // The large parts first: a fault that is gone takes its options along.
    paths.sort_by_key(Vec::len);
    paths.into_iter().map(Step::Remove).collect()
}

/// Lists with one item less.
pub(super) fn fewer_items(table: &Table) -> Vec<Step> {
    let mut steps = Vec::new();
    for (path, value) in values(table) {
        let Value::Array(items) = value else { continue };
        if path[0] == "checks" || script::is_script(&path) {
            continue;
        }
        for index in 0..items.len() {
            let mut fewer = items.clone();
            fewer.remove(index);
            steps.push(Step::Set(path.clone(), Value::Array(fewer)));
        }
    }
    steps
}

/// Where a value may become smaller: the run's length first, which makes all that comes after it cheaper.
pub(super) fn places(table: &Table) -> Vec<Vec<String>> {
    let length = vec!["duration".to_string()];
    let others = values(table).into_iter().map(|(path, _)| path);
    let others = others.filter(|path| path[0] != "seed" && *path != length);
    std::iter::once(length.clone()).chain(others).collect()
}

/// A number, rate or time that is one, half as large, or a tenth less.
pub(super) fn smaller(table: &Table, path: &[String]) -> Vec<Step> {
    let values: Vec<Value> = match value(table, path) {
        Some(Value::Integer(number)) if *number > 1 => {
            [1, number / 2, number - (number + 9) / 10].map(Value::Integer).to_vec()
        }
        Some(Value::String(text)) => smaller_texts(text).into_iter().map(Value::String).collect(),
        _ => Vec::new(),
    };
    values.into_iter().map(|value| Step::Set(path.to_vec(), value)).collect()
}

/// The value at a path.
pub(super) fn value<'t>(table: &'t Table, path: &[String]) -> Option<&'t Value> {
    let (last, above) = path.split_last()?;
    above.iter().try_fold(table, |table, key| table.get(key)?.as_table())?.get(last)
}

/// `40/s` as `20/s`, `17s` as `8s`, `2s..6s` as `2s` or as `1s..3s`; nothing for other texts.
fn smaller_texts(text: &str) -> Vec<String> {
    if let Some((from, to)) = text.split_once("..") {
        let halves = smaller_texts(from).into_iter().zip(smaller_texts(to));
        let halves = halves.map(|(from, to)| format!("{from}..{to}"));
        return std::iter::once(from.to_string()).chain(halves).collect();
    }
    if text == "1s" {
        return vec!["500ms".to_string()];
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
    let (number, unit) = text.split_at(end);
    let units = ["/s", "s", "ms", "m", "b", "kb", "mb"];
    match number.parse::<u64>() {
        Ok(number) if number > 1 && units.contains(&unit) => {
            [number / 2, number - number.div_ceil(10)].map(|less| format!("{less}{unit}")).to_vec()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_a_unit_become_smaller() {
        assert_eq!(smaller_texts("40/s"), ["20/s", "36/s"]);
        assert_eq!(smaller_texts("17s"), ["8s", "15s"]);
        assert!(smaller_texts("BGSAVE").is_empty() && smaller_texts("1b").is_empty());
        assert_eq!(smaller_texts("1s"), ["500ms"]);
        assert_eq!(smaller_texts("20ms..60ms"), ["20ms", "10ms..30ms", "18ms..54ms"]);
    }

    #[test]
    fn a_step_on_what_is_gone_is_none() {
        let table: Table = "[a]\nb = 1\n".parse().expect("a table");
        let path = ["a", "b"].map(str::to_string).to_vec();
        let less = Step::Remove(path.clone()).apply(&table).expect("it is there");
        assert!(Step::Remove(path.clone()).apply(&less).is_none());
        assert!(Step::Set(path, Value::Integer(1)).apply(&table).is_none());
    }
}

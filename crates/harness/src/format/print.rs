//! Prints a scenario so that reading it again gives the same runs.

use super::plan::to_value;
use super::scenario::Scenario;
use super::tree::{Entry, Tree, Value};
use std::fmt;

/// Tables up to this depth get a header of their own, deeper ones stay on a line.
const HEADERS_DEEP: usize = 2;

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (base, variants) = self.parts();
        table(f, &mut Vec::new(), base.entries())?;
        for (name, overrides) in variants {
            header(f, &["variants", name])?;
            overrides.entries().iter().try_for_each(|entry| line(f, entry))?;
        }
        Ok(())
    }
}

fn table<'a>(f: &mut fmt::Formatter<'_>, path: &mut Vec<&'a str>, entries: &'a [Entry]) -> fmt::Result {
    let is_section =
        |entry: &&Entry| path.len() < HEADERS_DEEP && matches!(entry.tree.value, Value::Table(_));
    let (sections, lines): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(is_section);
    lines.into_iter().try_for_each(|entry| line(f, entry))?;
    for section in sections {
        path.push(&section.key);
        header(f, path)?;
        table(f, path, section.tree.entries())?;
        path.pop();
    }
    Ok(())
}

fn header(f: &mut fmt::Formatter<'_>, path: &[&str]) -> fmt::Result {
    let words: Vec<String> = path.iter().map(|word| key(word)).collect();
    writeln!(f, "\n[{}]", words.join("."))
}

fn line(f: &mut fmt::Formatter<'_>, entry: &Entry) -> fmt::Result {
    writeln!(f, "{} = {}", key(&entry.key), inline(&entry.tree))
}

fn inline(tree: &Tree) -> String {
    match &tree.value {
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Table(entries) => {
            let words = entries.iter().map(|entry| format!("{} = {}", key(&entry.key), inline(&entry.tree)));
            format!("{{ {} }}", words.collect::<Vec<_>>().join(", "))
        }
        _ => to_value(tree).to_string(),
    }
}

/// A key, in quotes unless TOML takes it bare.
fn key(word: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !word.is_empty() && word.chars().all(bare) {
        word.to_string()
    } else {
        toml::Value::String(word.to_string()).to_string()
    }
}

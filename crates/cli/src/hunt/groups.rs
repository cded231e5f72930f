//! Failures by signature: of each the oldest and the fastest run, and a scenario that has been made as small as it gets.

use super::work::{Line, Work};
use crate::pool;
use resplay_harness::hunt::shrink;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Failures that look the same; fields come in this order.
#[derive(Debug, Serialize)]
pub struct Group {
    /// What they have in common.
    pub signature: String,
    /// How many there are.
    pub runs: usize,
    /// The first.
    pub oldest: u64,
    /// The one with the fewest commands.
    pub fastest: u64,
    /// The file with the shrunk scenario; null if it could not be made.
    pub scenario: Option<String>,
    /// How many runs shrinking took.
    pub shrunk_in: u32,
}

/// Groups all failures, shrinks a scenario for each group, and writes `groups.json`.
pub fn write(folder: &Path, lines: &[Line], work: &Work, jobs: Option<u16>) -> io::Result<Vec<Group>> {
    let mut by_signature: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        if let Some(signature) = &line.signature {
            by_signature.entry(signature).or_default().push(line);
        }
    }
    // A group takes as long as hundreds of runs do.
    let found: io::Result<Vec<Group>> = pool::run(
        pool::threads(jobs),
        by_signature.into_iter(),
        |(signature, lines)| group(folder, signature, &lines, work),
        |groups| groups.iter().map(|(_, group)| group).collect(),
    );
    let mut groups = found?;
    groups.sort_by(|a, b| (a.oldest, &a.signature).cmp(&(b.oldest, &b.signature)));
    fs::write(folder.join("groups.json"), serde_json::to_string_pretty(&groups)? + "\n")?;
    Ok(groups)
}

fn group(folder: &Path, signature: &str, lines: &[&Line], work: &Work) -> io::Result<Group> {
    let oldest = lines.iter().map(|line| line.run).min().unwrap_or_default();
    let fastest = lines.iter().min_by_key(|line| (line.commands, line.run)).map_or(oldest, |line| line.run);
    let (scenario, variant, seed) = work.of(fastest);
    let flat = scenario.flattened(variant, &[]).map_err(|mistake| io::Error::other(mistake.to_string()))?;
    let shrunk = shrink(&flat, seed, work.bugs());
    let name = format!("{}-{fastest}.toml", slug(signature));
    if let Some(shrunk) = &shrunk {
        fs::write(folder.join(&name), &shrunk.text)?;
    }
    Ok(Group {
        signature: signature.to_string(),
        runs: lines.len(),
        oldest,
        fastest,
        shrunk_in: shrunk.as_ref().map_or(0, |shrunk| shrunk.runs),
        scenario: shrunk.map(|_| name),
    })
}

/// A name for a file.
fn slug(signature: &str) -> String {
    let plain =
        signature.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let text: String = plain.collect();
    let words: Vec<&str> = text.split('-').filter(|word| !word.is_empty()).take(5).collect();
    words.join("-")
}

/// The groups in words.
pub fn summary(groups: &[Group], folder: &Path) -> String {
    if groups.is_empty() {
        return "no failure\n".to_string();
    }
    let mut text = String::new();
    for group in groups {
        text += &format!("{} times: {}\n", group.runs, group.signature);
        if let Some(name) = &group.scenario {
            let path = folder.join(name);
            text += &format!("  resplay run {}   (shrunk in {} runs)\n", path.display(), group.shrunk_in);
        }
    }
    text
}

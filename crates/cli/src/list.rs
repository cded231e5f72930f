//! `list`: what a scenario can be made of, a line each.

use crate::args::What;
use crate::run::files;
use crate::{HOLDS, USAGE};
use resplay_harness::{Scenario, faults, goals, museum};
use std::fmt::Write;
use std::fs;

/// Prints what was asked for, or everything.
pub fn list(what: Option<What>) -> u8 {
    let all = [What::Scenarios, What::Apps, What::Faults, What::Checks, What::Goals, What::Bugs];
    let wanted = what.map_or(all.to_vec(), |what| vec![what]);
    let mut text = String::new();
    for what in &wanted {
        let Ok(rows) = rows(*what) else { return USAGE };
        if wanted.len() > 1 {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}", title(*what));
        }
        let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        rows.iter().for_each(|(name, summary)| text += &format!("  {name:width$}  {summary}\n"));
    }
    crate::run::print(&text);
    HOLDS
}

fn title(what: What) -> &'static str {
    match what {
        What::Scenarios => "scenarios",
        What::Apps => "apps",
        What::Faults => "faults",
        What::Checks => "checks",
        What::Goals => "goals",
        What::Bugs => "bugs",
    }
}

fn rows(what: What) -> Result<Vec<(String, String)>, ()> {
    let owned = |(name, summary): (&str, &str)| (name.to_string(), summary.to_string());
    Ok(match what {
        What::Scenarios => return scenarios(),
        What::Apps => resplay_harness::apps().map(owned).collect(),
        What::Faults => faults::FAULTS.iter().map(|row| owned((row.name, row.summary))).collect(),
        What::Checks => resplay_harness::checks().map(owned).collect(),
        What::Goals => goals::rows().map(owned).collect(),
        What::Bugs => museum::BUGS.iter().map(|row| owned((row.name, row.summary))).collect(),
    })
}

fn scenarios() -> Result<Vec<(String, String)>, ()> {
    let found = files::find(&[]).map_err(|error| eprintln!("resplay list: {error}"))?;
    Ok(found.into_iter().map(|path| (path.display().to_string(), summary(&path))).collect())
}

fn summary(path: &std::path::Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    match Scenario::parse(&path.display().to_string(), &text) {
        Ok(scenario) => {
            let variants: Vec<&str> = scenario.variants().collect();
            format!("{} ({})", scenario.title(), variants.join(", "))
        }
        Err(mistake) => format!("cannot be read: {mistake}"),
    }
}

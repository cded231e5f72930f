//! `check`: judges a history that was recorded anywhere.

use crate::args::CheckArgs;
use crate::{HOLDS, USAGE, VIOLATED, run};
use resplay_checkers::{CHECKS, Check, Evidence};
use resplay_history::History;
use std::fs;

/// The checks that a history is enough for.
pub fn known() -> impl Iterator<Item = &'static Check> {
    CHECKS.iter().filter(|check| check.needs_only_history)
}

/// Judges; gives the exit status.
pub fn check(args: &CheckArgs) -> u8 {
    let name = args.history.display();
    let text = match fs::read_to_string(&args.history) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("resplay check: {name}: {error}");
            return USAGE;
        }
    };
    let history = match History::from_json_lines(&text) {
        Ok(history) => history,
        Err(error) => {
            eprintln!("resplay check: {name}: {error}");
            return USAGE;
        }
    };
    let evidence = Evidence { history, ..Evidence::default() };
    let mut status = HOLDS;
    for check in known().filter(|check| args.checks.is_empty() || args.checks.iter().any(|c| c == check.name))
    {
        let verdict = (check.run)(&evidence);
        let word = if verdict.holds { "holds" } else { "violated" };
        run::print(&format!("{:16} {word:10} {}\n", check.name, verdict.detail));
        verdict.findings.iter().for_each(|finding| run::print(&format!("  {finding}\n")));
        if !verdict.holds {
            status = VIOLATED;
        }
    }
    status
}

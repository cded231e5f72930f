//! The names of configuration directives, from the facts about the real servers.

use serde_json::Value;
use std::sync::LazyLock;

const FACTS: &str = include_str!("../../../corpus/spec/config.json");
/// Directives that the facts leave out because their defaults depend on the machine.
const OF_THE_MACHINE: [&str; 5] = ["bind", "dir", "logfile", "pidfile", "port"];

/// Every directive, sorted.
pub fn names() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let facts: Value = serde_json::from_str(FACTS).expect("the committed facts are JSON");
        let known =
            facts["config"].as_object().into_iter().flatten().map(|(name, _)| name.clone().leak() as &str);
        let mut names: Vec<&'static str> = known.chain(OF_THE_MACHINE).collect();
        names.sort_unstable();
        names.dedup();
        names
    });
    &NAMES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_of_both_kinds_are_known() {
        assert!(["appendfsync", "maxmemory", "port"].iter().all(|name| names().contains(name)));
        assert!(names().len() > 150);
    }
}

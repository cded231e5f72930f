//! What the engine does and the model cannot judge stands in a list that only shrinks.

use resplay_engine::Table;
use std::collections::BTreeSet;

/// Commands and subcommands, one a line; after them why the model leaves them alone.
const NOT_MODELLED: &str = include_str!("not_modelled.txt");

#[test]
fn the_model_judges_every_command_that_is_not_listed() {
    let modelled: BTreeSet<&str> = resplay_model::command_names().collect();
    let table = Table::new();
    let rows = table.commands().flat_map(|row| [row].into_iter().chain(row.subcommands.iter().copied()));
    let missing: BTreeSet<String> = rows
        .map(|row| row.name.to_ascii_uppercase())
        .filter(|name| !modelled.contains(name.as_str()))
        .collect();
    let listed: BTreeSet<String> =
        NOT_MODELLED.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    let unlisted: Vec<_> = missing.difference(&listed).collect();
    assert!(unlisted.is_empty(), "neither in the model nor in not_modelled.txt: {unlisted:#?}");
    let stale: Vec<_> = listed.difference(&missing).collect();
    assert!(stale.is_empty(), "the model has them: take them from not_modelled.txt: {stale:#?}");
}

//! MEMORY: A container for memory diagnostics commands.

mod help;
mod usage;

use crate::row::Row;

/// What the server knows of MEMORY.
pub(super) const ROW: Row = Row {
    summary: "A container for memory diagnostics commands.",
    complexity: "Depends on subcommand.",
    group: "server",
    since: "4.0.0",
    arity: -2,
    subcommands: &[&help::ROW, &usage::ROW],
    ..Row::new("memory", crate::commands::bare_container)
};

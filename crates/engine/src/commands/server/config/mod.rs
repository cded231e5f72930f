//! CONFIG: A container for server configuration commands.

mod get;
mod help;
mod resetstat;
mod set;

use crate::row::Row;

/// What the server knows of CONFIG.
pub(super) const ROW: Row = Row {
    summary: "A container for server configuration commands.",
    complexity: "Depends on subcommand.",
    group: "server",
    since: "2.0.0",
    arity: -2,
    subcommands: &[&get::ROW, &help::ROW, &resetstat::ROW, &set::ROW],
    ..Row::new("config", crate::commands::bare_container)
};

//! SLOWLOG: A container for slow log commands.

mod get;
mod help;
mod len;
mod reset;

use crate::row::Row;

/// What the server knows of SLOWLOG.
pub(super) const ROW: Row = Row {
    summary: "A container for slow log commands.",
    complexity: "Depends on subcommand.",
    group: "server",
    since: "2.2.12",
    arity: -2,
    subcommands: &[&get::ROW, &help::ROW, &len::ROW, &reset::ROW],
    ..Row::new("slowlog", crate::commands::bare_container)
};

//! OBJECT: A container for object introspection commands.

mod encoding;
mod freq;
mod help;
mod idletime;
mod refcount;

use crate::row::Row;

/// What the server knows of OBJECT.
pub(super) const ROW: Row = Row {
    summary: "A container for object introspection commands.",
    complexity: "Depends on subcommand.",
    group: "generic",
    since: "2.2.3",
    arity: -2,
    subcommands: &[&encoding::ROW, &freq::ROW, &help::ROW, &idletime::ROW, &refcount::ROW],
    ..Row::new("object", crate::commands::bare_container)
};

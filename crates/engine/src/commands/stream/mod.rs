//! The stream commands.

use crate::row::Row;

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[];

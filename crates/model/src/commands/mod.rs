//! The commands, a file per family; each file ends with nothing but functions of a few lines, one per command.

mod client;
mod config;
mod connection;
mod counters;
mod expiry;
mod hash_scan;
mod hashes;
mod keys;
mod moving;
mod object;
mod ranges;
mod scan;
mod server;
mod set;
mod strings;
mod transactions;

use crate::table::Row;

/// Every family's rows.
pub(crate) const FAMILIES: &[&[Row]] = &[
    client::ROWS,
    config::ROWS,
    connection::ROWS,
    counters::ROWS,
    expiry::ROWS,
    hash_scan::ROWS,
    hashes::ROWS,
    keys::ROWS,
    moving::ROWS,
    object::ROWS,
    ranges::ROWS,
    scan::ROWS,
    server::ROWS,
    set::ROWS,
    strings::ROWS,
    transactions::ROWS,
];

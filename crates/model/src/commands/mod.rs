//! The commands, a file per family; each file ends with nothing but functions of a few lines, one per command.

mod bits;
mod client;
mod config;
mod connection;
mod counters;
pub(crate) mod debug;
mod expiry;
mod geo;
mod hash_scan;
mod hashes;
mod hyperloglogs;
mod keys;
mod lcs;
mod list_pops;
mod lists;
mod moving;
mod object;
mod payloads;
mod pubsub;
mod ranges;
mod scan;
pub(crate) mod server;
mod set;
mod set_algebra;
mod sets;
mod sort;
mod stream_groups;
mod stream_ids;
mod stream_reads;
mod streams;
mod strings;
mod transactions;
mod zset_algebra;
mod zset_ranges;
mod zsets;

use crate::table::Row;

/// Every family's rows.
pub(crate) const FAMILIES: &[&[Row]] = &[
    bits::ROWS,
    client::ROWS,
    config::ROWS,
    connection::ROWS,
    counters::ROWS,
    debug::ROWS,
    expiry::ROWS,
    geo::ROWS,
    hash_scan::ROWS,
    hashes::ROWS,
    hyperloglogs::ROWS,
    keys::ROWS,
    lcs::ROWS,
    list_pops::ROWS,
    lists::ROWS,
    moving::ROWS,
    object::ROWS,
    payloads::ROWS,
    pubsub::ROWS,
    ranges::ROWS,
    scan::ROWS,
    server::ROWS,
    set::ROWS,
    set_algebra::ROWS,
    sets::ROWS,
    sort::ROWS,
    stream_groups::ROWS,
    stream_reads::ROWS,
    streams::ROWS,
    strings::ROWS,
    transactions::ROWS,
    zset_algebra::ROWS,
    zset_ranges::ROWS,
    zsets::ROWS,
];

//! The commands: one file and one row each, grouped in families. This file holds the table of all rows.

mod bitmap;
mod connection;
mod draw;
mod generic;
mod geo;
mod hash;
mod hyperloglog;
mod list;
mod options;
mod pubsub;
mod server;
mod set;
mod sorted_set;
mod stream;
mod string;
mod transactions;

use crate::context::Context;
use crate::row::Row;
use resplay_resp::{Args, Error, Writer};

pub use connection::client::describe::describe as describe_client;
pub use transactions::abandon_transaction;

/// The families, as COMMAND would group them.
const FAMILIES: &[&[&Row]] = &[
    bitmap::ROWS,
    connection::ROWS,
    generic::ROWS,
    geo::ROWS,
    hash::ROWS,
    hyperloglog::ROWS,
    list::ROWS,
    pubsub::ROWS,
    server::ROWS,
    set::ROWS,
    sorted_set::ROWS,
    stream::ROWS,
    string::ROWS,
    transactions::ROWS,
];

const _: () = assert_sorted(FAMILIES);

/// Rows of a family are sorted by name, and so unique.
const fn assert_sorted(families: &[&[&Row]]) {
    let mut family = 0;
    while family < families.len() {
        let rows = families[family];
        let mut at = 1;
        while at < rows.len() {
            assert!(
                is_less(rows[at - 1].name.as_bytes(), rows[at].name.as_bytes()),
                "rows are sorted by name"
            );
            at += 1;
        }
        family += 1;
    }
}

const fn is_less(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return a[at] < b[at];
        }
        at += 1;
    }
    a.len() < b.len()
}

/// A row and its number, for statistics.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The row.
    pub row: &'static Row,
    /// Its number in the table.
    pub id: u16,
}

impl Found {
    /// Refuses a number of words that the command does not take.
    pub fn check_arity(&self, args: Args<'_>) -> Result<(), Error> {
        if self.row.accepts(args.len()) {
            return Ok(());
        }
        Err(Error::WrongArity(self.row.name.to_string()))
    }
}

/// All commands and subcommands, numbered, with a hash index over the commands' names.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<&'static Row>,
    index: Vec<Option<u16>>,
}

/// Slots of the index: a power of two, several times the number of commands.
const SLOTS: usize = 1024;
/// No command's name is longer.
const NAME_MAX: usize = 32;

impl Default for Table {
    fn default() -> Table {
        Table::new()
    }
}

impl Table {
    /// The table of everything that is implemented.
    pub fn new() -> Table {
        let mut table = Table { rows: Vec::new(), index: vec![None; SLOTS] };
        for row in FAMILIES.iter().copied().flatten() {
            table.add(row);
        }
        table
    }

    fn add(&mut self, row: &'static Row) {
        let mut slot = slot_of(row.name.as_bytes());
        while self.index[slot].is_some() {
            slot = (slot + 1) % SLOTS;
        }
        self.index[slot] = Some(self.rows.len() as u16);
        self.rows.push(row);
        self.rows.extend(row.subcommands);
    }

    /// The commands without their subcommands, in table order.
    pub fn commands(&self) -> impl Iterator<Item = &'static Row> {
        self.rows.iter().copied().filter(|row| !row.name.contains('|'))
    }

    /// A row by its number.
    pub fn row(&self, id: u16) -> &'static Row {
        self.rows[usize::from(id)]
    }

    /// A command by its name, in any case.
    pub fn find(&self, name: &[u8]) -> Option<Found> {
        let mut lower = [0; NAME_MAX];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        let mut slot = slot_of(lower);
        while let Some(id) = self.index[slot] {
            let row = self.row(id);
            if row.name.as_bytes() == lower {
                return Some(Found { row, id });
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }

    /// A command or subcommand by its full name, such as `client|kill`, in any case.
    pub fn find_full(&self, name: &[u8]) -> Option<&'static Row> {
        let mut parts = name.splitn(2, |byte| *byte == b'|');
        let row = self.find(parts.next()?)?.row;
        match parts.next() {
            Some(subcommand) => row.subcommand(subcommand),
            None => Some(row),
        }
    }

    /// The command or subcommand that a request means, its number of words checked.
    pub fn resolve(&self, args: Args<'_>) -> Result<Found, Error> {
        let found = self.lookup(args)?;
        found.check_arity(args)?;
        Ok(found)
    }

    /// The command or subcommand that a request means, whatever its number of words.
    pub fn lookup(&self, args: Args<'_>) -> Result<Found, Error> {
        let found = self.find(&args[0]).ok_or_else(|| Error::unknown_command(&args))?;
        match args.get(1) {
            Some(word) if !found.row.subcommands.is_empty() => {
                self.subcommand(found, word).ok_or_else(|| Error::unknown_subcommand(&args))
            }
            _ => Ok(found),
        }
    }

    fn subcommand(&self, parent: Found, word: &[u8]) -> Option<Found> {
        let row = parent.row.subcommand(word)?;
        let at = parent.row.subcommands.iter().position(|other| other.name == row.name)?;
        Some(Found { row, id: parent.id + 1 + at as u16 })
    }
}

/// FNV-1a over a short lower-case name.
fn slot_of(name: &[u8]) -> usize {
    let hash =
        name.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    (hash ^ hash >> 16) as usize % SLOTS
}

/// What a container does without a subcommand: the arity check refused it before.
fn bare_container(_: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    Err(Error::WrongArity(String::from_utf8_lossy(&args[0]).to_lowercase()))
}

/// The reply of a HELP subcommand.
fn help(reply: &mut Writer<'_>, command: &str, lines: &[&str]) {
    reply.array(lines.len() + 3);
    reply.simple(format!("{command} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:").as_bytes());
    for line in lines.iter().chain(&["HELP", "    Print this help."]) {
        reply.simple(line.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_found_in_any_case_and_subcommands_keep_their_numbers() {
        let table = Table::new();
        for row in table.commands() {
            let found = table.find(row.name.to_uppercase().as_bytes()).expect(row.name);
            assert_eq!(found.row.name, row.name);
            for (at, sub) in row.subcommands.iter().enumerate() {
                assert_eq!(table.row(found.id + 1 + at as u16).name, sub.name);
            }
        }
    }

    #[test]
    fn names_that_nobody_has_are_not_found() {
        let table = Table::new();
        for name in [&b""[..], b"gett", &[0xff; 40]] {
            assert!(table.find(name).is_none());
        }
    }
}

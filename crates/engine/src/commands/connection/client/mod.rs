//! CLIENT: A container for client connection commands.

pub(crate) mod describe;
mod filter;
mod getname;
mod help;
mod id;
mod info;
mod kill;
mod list;
mod no_evict;
mod no_touch;
mod reply;
mod setinfo;
mod setname;
mod unblock;

use crate::row::{Row, flag};
use resplay_resp::Error;

/// What the server knows of CLIENT.
pub(super) const ROW: Row = Row {
    summary: "A container for client connection commands.",
    complexity: "Depends on subcommand.",
    group: "connection",
    since: "2.4.0",
    arity: -2,
    flags: flag::SENTINEL,
    subcommands: &[
        &getname::ROW,
        &help::ROW,
        &id::ROW,
        &info::ROW,
        &kill::ROW,
        &list::ROW,
        &no_evict::ROW,
        &no_touch::ROW,
        &reply::ROW,
        &setinfo::ROW,
        &setname::ROW,
        &unblock::ROW,
    ],
    ..Row::new("client", crate::commands::bare_container)
};

fn on_or_off(word: &[u8]) -> Result<bool, Error> {
    if word.eq_ignore_ascii_case(b"on") {
        Ok(true)
    } else if word.eq_ignore_ascii_case(b"off") {
        Ok(false)
    } else {
        Err(Error::Syntax)
    }
}

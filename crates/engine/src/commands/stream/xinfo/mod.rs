//! XINFO: A container for stream introspection commands.

mod consumers;
mod groups;
mod help;
mod stream;

use crate::row::Row;
use resplay_datatypes::stream::{Group, Log};
use resplay_resp::Writer;

/// What the server knows of XINFO.
pub(super) const ROW: Row = Row {
    summary: "A container for stream introspection commands.",
    complexity: "Depends on subcommand.",
    group: "stream",
    since: "5.0.0",
    arity: -2,
    subcommands: &[&consumers::ROW, &groups::ROW, &help::ROW, &stream::ROW],
    ..Row::new("xinfo", crate::commands::bare_container)
};

/// How far a group has read, and how far that is from the end.
fn reply_progress(log: &Log, group: &Group, reply: &mut Writer<'_>) {
    let read = Some(group.entries_read()).filter(|read| *read != Group::UNKNOWN);
    for (name, number) in [("entries-read", read), ("lag", group.lag(log))] {
        reply.bulk(name.as_bytes());
        match number {
            Some(number) => reply.int(number),
            None => reply.null(),
        }
    }
}

//! COMMAND: Returns detailed information about all commands.

mod count;
mod describe;
mod docs;
mod docs_reply;
mod getkeys;
mod getkeysandflags;
mod help;
mod info;
mod keys;
mod list;

use crate::row::{Row, flag};

/// What the server knows of COMMAND.
pub(super) const ROW: Row = Row {
    summary: "Returns detailed information about all commands.",
    complexity: "O(N) where N is the total number of commands",
    group: "server",
    since: "2.8.13",
    arity: -1,
    flags: flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    tips: &["nondeterministic_output_order"],
    subcommands: &[
        &count::ROW,
        &docs::ROW,
        &getkeys::ROW,
        &getkeysandflags::ROW,
        &help::ROW,
        &info::ROW,
        &list::ROW,
    ],
    ..Row::new("command", describe_all)
};

/// COMMAND without a subcommand describes every command.
fn describe_all(
    ctx: &mut crate::context::Context<'_>,
    _: resplay_resp::Args<'_>,
) -> Result<(), resplay_resp::Error> {
    describe::reply_all(ctx)
}

//! PEXPIRE: Sets the expiration time of a key in milliseconds.

use crate::commands::options::{Expiry, Unit};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of PEXPIRE.
pub(super) const ROW: Row = Row {
    summary: "Sets the expiration time of a key in milliseconds.",
    complexity: "O(1)",
    group: "generic",
    since: "2.6.0",
    history: &[("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`.")],
    arity: -3,
    flags: flag::WRITE | flag::FAST,
    acl: &["keyspace"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "UPDATE"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("milliseconds", Kind::Integer),
        Arg::new("condition", Kind::OneOf).since("7.0.0").optional().of(&[
            Arg::word("nx", "NX"),
            Arg::word("xx", "XX"),
            Arg::word("gt", "GT"),
            Arg::word("lt", "LT"),
        ]),
    ],
    ..Row::new("pexpire", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::set_expiry(ctx, args, Expiry::In(&args[2], Unit::Milliseconds), "pexpire")
}

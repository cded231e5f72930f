//! SUBSTR: Returns a substring from a string value.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of SUBSTR.
pub(super) const ROW: Row = Row {
    summary: "Returns a substring from a string value.",
    complexity: "O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.",
    group: "string",
    since: "1.0.0",
    doc_flags: &["deprecated"],
    deprecated_since: Some("2.0.0"),
    replaced_by: Some("`GETRANGE`"),
    arity: 4,
    flags: flag::READONLY,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("start", Kind::Integer), Arg::new("end", Kind::Integer)],
    ..Row::new("substr", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    super::reply_range(ctx, args)
}

//! DUMP: Returns a serialized representation of the value stored at a key.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_persistence::rdb::{self, Version};
use resplay_resp::{Args, Error};

/// What the server knows of DUMP.
pub(super) const ROW: Row = Row {
    summary: "Returns a serialized representation of the value stored at a key.",
    complexity: "O(1) to access the key and additional O(N*M) to serialize it, where N is the number of objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).",
    group: "generic",
    since: "2.6.0",
    arity: 2,
    flags: flag::READONLY,
    acl: &["keyspace"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("dump", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let Some(id) = ctx.data.read_id(&args[1]) else {
        ctx.reply.null();
        return Ok(());
    };
    let value = ctx.data.value(id);
    let payload = rdb::dump(value, Version::V11, ctx.server.config.settings.rdbcompression);
    ctx.reply.bulk(&payload);
    ctx.data.work.elements += ctx.data.value(id).elements() as u64;
    Ok(())
}

//! XINFO GROUPS: Returns a list of the consumer groups of a stream.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::Stream;
use resplay_resp::{Args, Error};

/// What the server knows of XINFO GROUPS.
pub(super) const ROW: Row = Row {
    summary: "Returns a list of the consumer groups of a stream.",
    complexity: "O(1)",
    group: "stream",
    since: "5.0.0",
    history: &[("7.0.0", "Added the `entries-read` and `lag` fields")],
    arity: 3,
    flags: flag::READONLY,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(2),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0)],
    ..Row::new("xinfo|groups", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let stream = ctx.data.read_as::<Stream>(&args[2])?.ok_or(Error::NoSuchKey)?;
    let (reply, groups) = (&mut ctx.reply, stream.groups().len());
    reply.array(groups);
    for (name, group) in stream.groups() {
        reply.map(6);
        reply.bulk(b"name");
        reply.bulk(name);
        reply.bulk(b"consumers");
        reply.int(group.consumers().len() as i64);
        reply.bulk(b"pending");
        reply.int(group.pending_len() as i64);
        reply.bulk(b"last-delivered-id");
        super::super::reply_id(group.last_id(), reply);
        super::reply_progress(stream.log(), group, reply);
    }
    ctx.data.work.elements += groups as u64;
    Ok(())
}

//! XINFO CONSUMERS: Returns a list of the consumers in a consumer group.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_resp::{Args, Error};

/// What the server knows of XINFO CONSUMERS.
pub(super) const ROW: Row = Row {
    summary: "Returns a list of the consumers in a consumer group.",
    complexity: "O(1)",
    group: "stream",
    since: "5.0.0",
    history: &[("7.2.0", "Added the `inactive` field, and changed the meaning of `idle`.")],
    arity: 4,
    flags: flag::READONLY,
    acl: &["stream"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(2),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("group", Kind::String)],
    ..Row::new("xinfo|consumers", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let now_ms = ctx.data.now_ms();
    let stream = ctx.data.read_as::<Stream>(&args[2])?.ok_or(Error::NoSuchKey)?;
    let missing = || Error::NoGroupOfKey(args[3].to_vec(), args[2].to_vec());
    let group = stream.group(&args[3]).ok_or_else(missing)?;
    let (reply, consumers) = (&mut ctx.reply, group.consumers().len());
    reply.array(consumers);
    for consumer in group.consumers() {
        reply.map(4);
        reply.bulk(b"name");
        reply.bulk(&consumer.name);
        reply.bulk(b"pending");
        reply.int(consumer.pending_len() as i64);
        reply.bulk(b"idle");
        reply.int((now_ms - consumer.seen_ms).max(0));
        reply.bulk(b"inactive");
        reply.int(consumer.active_ms.map_or(-1, |active_ms| now_ms - active_ms));
    }
    ctx.data.work.elements += consumers as u64;
    Ok(())
}

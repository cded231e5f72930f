//! XINFO STREAM: Returns information about a stream.

use crate::commands::options::integer;
use crate::commands::stream::{reply_entries, reply_entry, reply_id};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_datatypes::stream::{Consumer, Entry, Group, Id, Log};
use resplay_resp::Writer;
use resplay_resp::{Args, Error};

/// What the server knows of XINFO STREAM.
pub(super) const ROW: Row = Row {
    summary: "Returns information about a stream.",
    complexity: "O(1)",
    group: "stream",
    since: "5.0.0",
    history: &[
        ("6.0.0", "Added the `FULL` modifier."),
        (
            "7.0.0",
            "Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag` fields",
        ),
        ("7.2.0", "Added the `active-time` field, and changed the meaning of `seen-time`."),
    ],
    arity: -3,
    flags: flag::READONLY,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Index(2),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("full-block", Kind::Block)
            .optional()
            .of(&[Arg::word("full", "FULL"), Arg::new("count", Kind::Integer).token("COUNT").optional()]),
    ],
    ..Row::new("xinfo|stream", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let stream = ctx.data.read_as::<Stream>(&args[2])?.ok_or(Error::NoSuchKey)?;
    let (log, reply) = (stream.log(), &mut ctx.reply);
    let visited = match full(args)? {
        None => {
            reply.map(10);
            reply_log(log, reply);
            reply.bulk(b"groups");
            reply.int(stream.groups().len() as i64);
            for (name, entry) in [("first-entry", log.edge(false)), ("last-entry", log.edge(true))] {
                reply.bulk(name.as_bytes());
                reply_maybe(entry, reply);
            }
            2
        }
        Some(count) => {
            reply.map(9);
            reply_log(log, reply);
            reply.bulk(b"entries");
            let sent = reply_entries(log.walk(Id::MIN, Id::MAX, false), count, reply);
            reply.bulk(b"groups");
            reply.array(stream.groups().len());
            let groups = stream.groups().map(|(name, group)| reply_group(name, group, log, count, reply));
            sent + groups.sum::<usize>()
        }
    };
    ctx.data.work.elements += visited as u64;
    Ok(())
}

/// FULL: how many entries of each kind to show (zero: all); `None` without it.
fn full(args: Args<'_>) -> Result<Option<usize>, Error> {
    let bad = || Error::SubcommandSyntax(args[1].to_vec(), "XINFO".to_string());
    let is = |at: usize, name: &[u8]| args[at].eq_ignore_ascii_case(name);
    match args.len() {
        3 => Ok(None),
        4 if is(3, b"full") => Ok(Some(COUNT)),
        6 if is(3, b"full") && is(4, b"count") => {
            Ok(Some(usize::try_from(integer(&args[5])?).unwrap_or(COUNT)))
        }
        _ => Err(bad()),
    }
}

/// How many FULL shows if nobody says so.
const COUNT: usize = 10;

fn reply_log(log: &Log, reply: &mut Writer<'_>) {
    let numbers = [
        ("length", log.len() as i64),
        ("radix-tree-keys", log.nodes() as i64),
        ("radix-tree-nodes", log.radix_nodes() as i64),
    ];
    for (name, number) in numbers {
        reply.bulk(name.as_bytes());
        reply.int(number);
    }
    reply.bulk(b"last-generated-id");
    reply_id(log.last_id(), reply);
    reply.bulk(b"max-deleted-entry-id");
    reply_id(log.max_deleted_id(), reply);
    reply.bulk(b"entries-added");
    reply.int(log.entries_added() as i64);
    reply.bulk(b"recorded-first-entry-id");
    reply_id(log.first_id(), reply);
}

fn reply_maybe(entry: Option<Entry<'_>>, reply: &mut Writer<'_>) {
    match entry {
        Some(entry) => reply_entry(&entry, reply),
        None => reply.null(),
    }
}

fn reply_group(name: &[u8], group: &Group, log: &Log, count: usize, reply: &mut Writer<'_>) -> usize {
    let shown = |len: usize| if count == 0 { len } else { len.min(count) };
    reply.map(7);
    reply.bulk(b"name");
    reply.bulk(name);
    reply.bulk(b"last-delivered-id");
    reply_id(group.last_id(), reply);
    super::reply_progress(log, group, reply);
    reply.bulk(b"pel-count");
    reply.int(group.pending_len() as i64);
    reply.bulk(b"pending");
    let n = shown(group.pending_len());
    reply.array(n);
    for (id, pending) in group.pending(Id::MIN).take(n) {
        reply.array(4);
        reply_id(id, reply);
        reply.bulk(&group.owner(pending).name);
        reply.int(pending.delivered_ms);
        reply.int(pending.deliveries as i64);
    }
    reply.bulk(b"consumers");
    reply.array(group.consumers().len());
    for consumer in group.consumers() {
        reply_consumer(consumer, group, shown(consumer.pending_len()), reply);
    }
    2 * n + group.consumers().len()
}

fn reply_consumer(consumer: &Consumer, group: &Group, shown: usize, reply: &mut Writer<'_>) {
    reply.map(5);
    reply.bulk(b"name");
    reply.bulk(&consumer.name);
    reply.bulk(b"seen-time");
    reply.int(consumer.seen_ms);
    reply.bulk(b"active-time");
    reply.int(consumer.active_ms.unwrap_or(-1));
    reply.bulk(b"pel-count");
    reply.int(consumer.pending_len() as i64);
    reply.bulk(b"pending");
    reply.array(shown);
    for id in consumer.pending(Id::MIN).take(shown) {
        let pending = group.get(id);
        reply.array(3);
        reply_id(id, reply);
        reply.int(pending.map_or(0, |pending| pending.delivered_ms));
        reply.int(pending.map_or(0, |pending| pending.deliveries as i64));
    }
}

//! XPENDING: Returns the information and entries from a stream consumer group's pending entries list.

use super::ids;
use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_datatypes::stream::{Group, Id};
use resplay_resp::Writer;
use resplay_resp::{Args, Error};

/// What the server knows of XPENDING.
pub(super) const ROW: Row = Row {
    summary: "Returns the information and entries from a stream consumer group's pending entries list.",
    complexity: "O(N) with N being the number of elements returned, so asking for a small fixed number of entries per call is O(1). O(M), where M is the total number of entries scanned when used with the IDLE filter. When the command returns just the summary and the list of consumers is small, it runs in O(1) time; otherwise, an additional O(N) time for iterating every consumer.",
    group: "stream",
    since: "5.0.0",
    history: &[("6.2.0", "Added the `IDLE` option and exclusive range intervals.")],
    arity: -3,
    flags: flag::READONLY,
    acl: &["stream"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("group", Kind::String),
        Arg::new("filters", Kind::Block).optional().of(&[
            Arg::new("min-idle-time", Kind::Integer).token("IDLE").since("6.2.0").optional(),
            Arg::new("start", Kind::String),
            Arg::new("end", Kind::String),
            Arg::new("count", Kind::Integer),
            Arg::new("consumer", Kind::String).optional(),
        ]),
    ],
    ..Row::new("xpending", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let extended = match args.len() {
        3 => None,
        6..=9 => Some(Extended::parse(args)?),
        _ => return Err(Error::Syntax),
    };
    let now_ms = ctx.data.now_ms();
    let stream = ctx.data.read_as::<Stream>(&args[1])?;
    let group = stream.and_then(|stream| stream.group(&args[2]));
    let group = group.ok_or_else(|| super::no_group(&args[1], &args[2]))?;
    let visited = match extended {
        None => summary(group, &mut ctx.reply),
        Some(extended) => extended.reply(group, now_ms, &mut ctx.reply),
    };
    ctx.data.work.elements += visited;
    Ok(())
}

/// How many, from where to where, and how many each consumer has.
fn summary(group: &Group, reply: &mut Writer<'_>) -> u64 {
    reply.array(4);
    reply.int(group.pending_len() as i64);
    let mut ids = group.pending(Id::MIN).map(|(id, _)| id);
    let Some(first) = ids.next() else {
        reply.null();
        reply.null();
        reply.null_array();
        return 0;
    };
    super::reply_id(first, reply);
    super::reply_id(ids.next_back().unwrap_or(first), reply);
    let busy: Vec<_> = group.consumers().filter(|consumer| consumer.pending_len() > 0).collect();
    reply.array(busy.len());
    for consumer in busy {
        reply.array(2);
        reply.bulk(&consumer.name);
        reply.bulk_int(consumer.pending_len() as i64);
    }
    group.consumers().len() as u64
}

/// Which entries to list.
struct Extended<'a> {
    min_idle: i64,
    start: Id,
    end: Id,
    count: u64,
    consumer: Option<&'a [u8]>,
}

impl<'a> Extended<'a> {
    fn parse(args: Args<'a>) -> Result<Extended<'a>, Error> {
        let (mut at, mut min_idle) = (3, 0);
        if args[3].eq_ignore_ascii_case(b"idle") {
            min_idle = integer(&args[4])?;
            if args.len() < 8 {
                return Err(Error::Syntax);
            }
            at = 5;
        }
        let count = integer(&args[at + 2])?.max(0) as u64;
        let (start, end) = (ids::start(&args[at])?, ids::end(&args[at + 1])?);
        Ok(Extended { min_idle, start, end, count, consumer: args.get(at + 3) })
    }

    fn reply(&self, group: &Group, now_ms: i64, reply: &mut Writer<'_>) -> u64 {
        let mut visited = 0;
        let of_one = self.consumer.map(|name| group.find(name).map(|number| group.consumer(number)));
        let ids: Box<dyn Iterator<Item = Id> + '_> = match of_one {
            None => Box::new(group.pending(self.start).map(|(id, _)| id)),
            Some(Some(consumer)) => Box::new(consumer.pending(self.start)),
            Some(None) => Box::new(std::iter::empty()),
        };
        let found: Vec<_> = ids
            .take_while(|id| *id <= self.end)
            .inspect(|_| visited += 1)
            .filter_map(|id| group.get(id).map(|pending| (id, pending)))
            .filter(|(_, pending)| self.min_idle == 0 || now_ms - pending.delivered_ms >= self.min_idle)
            .take(self.count as usize)
            .collect();
        reply.array(found.len());
        for (id, pending) in found {
            reply.array(4);
            super::reply_id(id, reply);
            reply.bulk(&group.owner(&pending).name);
            reply.int((now_ms - pending.delivered_ms).max(0));
            reply.int(pending.deliveries as i64);
        }
        visited
    }
}

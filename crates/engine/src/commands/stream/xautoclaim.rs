//! XAUTOCLAIM: Changes, or acquires, ownership of messages in a consumer group, as if the messages were delivered to as consumer group member.

use super::claims::{Claim, Member};
use super::ids;
use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_datatypes::stream::{Group, Id, Log};
use resplay_resp::Writer;
use resplay_resp::{Args, Error};

/// What the server knows of XAUTOCLAIM.
pub(super) const ROW: Row = Row {
    summary: "Changes, or acquires, ownership of messages in a consumer group, as if the messages were delivered to as consumer group member.",
    complexity: "O(1) if COUNT is small.",
    group: "stream",
    since: "6.2.0",
    history: &[(
        "7.0.0",
        "Added an element to the reply array, containing deleted entries the command cleared from the PEL",
    )],
    arity: -6,
    flags: flag::WRITE | flag::FAST,
    acl: &["stream"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "DELETE"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("group", Kind::String),
        Arg::new("consumer", Kind::String),
        Arg::new("min-idle-time", Kind::String),
        Arg::new("start", Kind::String),
        Arg::new("count", Kind::Integer).token("COUNT").optional(),
        Arg::word("justid", "JUSTID").optional(),
    ],
    ..Row::new("xautoclaim", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    ctx.data.propagation.replace();
    let options = Options::parse(args)?;
    let member = Member { key: &args[1], group: &args[2], name: &args[3] };
    let found = ctx.data.read_id_as::<Stream>(member.key)?;
    let found = found.filter(|id| ctx.data.value_as::<Stream>(*id).group(member.group).is_some());
    let id = found.ok_or_else(|| super::no_group(member.key, member.group))?;
    options.check_memory()?;
    let (consumer, _) = member.join(ctx, id);
    let mut scan = Scan { consumer, now_ms: ctx.data.now_ms(), ..Scan::default() };
    let mut entries = Vec::new();
    let mut body = Writer::new(&mut entries, ctx.reply.protocol);
    let next = ctx.data.edit_as::<Stream, _>(id, |stream| {
        stream.edit_group(member.group, |log, group| scan.run(log, group, &options, &mut body))
    });
    let reply = &mut ctx.reply;
    reply.array(3);
    super::reply_id(next.flatten().unwrap_or_default(), reply);
    reply.array(scan.claims.len() - scan.gone.len());
    reply.out.extend_from_slice(&entries);
    reply.array(scan.gone.len());
    scan.gone.iter().for_each(|id| super::reply_id(*id, reply));
    member.repeat(ctx.data, &scan.claims);
    ctx.data.dirty += scan.claims.len() as u64;
    ctx.data.work.elements += scan.visited;
    Ok(())
}

/// How many entries it visits for each that it may claim.
const VISITS: u64 = 10;
/// The most that COUNT may be.
const COUNT_MAX: i64 = i64::MAX / 16;
/// What a process can reserve at all, in bytes.
const ADDRESSABLE: u64 = 1 << 47;

struct Options {
    min_idle: i64,
    start: Id,
    count: u64,
    just_id: bool,
}

impl Options {
    fn parse(args: Args<'_>) -> Result<Options, Error> {
        let bad = |why: &str| Error::Custom(format!("ERR {why}"));
        let min_idle = integer(&args[4]).map_err(|_| bad("Invalid min-idle-time argument for XAUTOCLAIM"))?;
        let mut options =
            Options { min_idle: min_idle.max(0), start: ids::start(&args[5])?, count: 100, just_id: false };
        let mut at = 6;
        while let Some(word) = args.get(at) {
            let value = args.get(at + 1).filter(|_| word.eq_ignore_ascii_case(b"count"));
            if let Some(value) = value {
                let count = integer(value).ok().filter(|count| (1..=COUNT_MAX).contains(count));
                options.count = count.ok_or_else(|| bad("COUNT must be > 0"))? as u64;
                at += 1;
            } else if word.eq_ignore_ascii_case(b"justid") {
                options.just_id = true;
            } else {
                return Err(Error::Syntax);
            }
            at += 1;
        }
        Ok(options)
    }

    /// The real servers reserve room for as many ids as may turn out to be gone.
    fn check_memory(&self) -> Result<(), Error> {
        if self.count * 16 < ADDRESSABLE {
            return Ok(());
        }
        Err(Error::Custom(
            "ERR Insufficient memory, failed allocating transient memory, COUNT too high.".to_string(),
        ))
    }
}

/// A walk over what is pending.
#[derive(Default)]
struct Scan {
    consumer: u32,
    now_ms: i64,
    claims: Vec<Claim>,
    /// Entries that are no longer there.
    gone: Vec<Id>,
    visited: u64,
}

impl Scan {
    /// Claims what has been idle long enough, and forgets what is gone; where the next walk is to begin.
    fn run(&mut self, log: &Log, group: &mut Group, options: &Options, reply: &mut Writer<'_>) -> Option<Id> {
        let visits_max = options.count.saturating_mul(VISITS);
        let mut next = Some(options.start);
        while let Some(start) = next {
            let (id, pending) = group.pending(start).next().map(|(id, pending)| (id, *pending))?;
            if self.visited == visits_max || self.claims.len() as u64 == options.count {
                return Some(id);
            }
            self.visited += 1;
            next = id.next();
            let Some(entry) = log.get(id) else {
                self.claims.push(Claim::of(group, id, &pending));
                group.acknowledge(id);
                self.gone.push(id);
                continue;
            };
            if options.min_idle > 0 && self.now_ms - pending.delivered_ms < options.min_idle {
                continue;
            }
            let deliveries = pending.deliveries + u64::from(!options.just_id);
            let pending = group.give(id, self.consumer, self.now_ms, deliveries);
            group.consumer_mut(self.consumer).active_ms = Some(self.now_ms);
            self.claims.push(Claim::of(group, id, &pending));
            if options.just_id {
                super::reply_id(id, reply);
            } else {
                super::reply_entry(&entry, reply);
            }
        }
        None
    }
}

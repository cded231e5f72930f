//! XREADGROUP: Returns new or historical messages from a stream for a consumer in a group. Blocks until a message is available otherwise.

use super::claims::{Claim, Member};
use super::ids;
use super::reading::{self, Reading};
use crate::context::Context;
use crate::keyspace::blocking::Awaited;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_datatypes::stream::{Group, Id, Log};
use resplay_resp::Writer;
use resplay_resp::{Args, Error};

/// What the server knows of XREADGROUP.
pub(super) const ROW: Row = Row {
    summary: "Returns new or historical messages from a stream for a consumer in a group. Blocks until a message is available otherwise.",
    complexity: "For each stream mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP blocks, XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting new data.",
    group: "stream",
    since: "5.0.0",
    arity: -7,
    flags: flag::BLOCKING | flag::WRITE,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Keyword("STREAMS", 4),
        find: Find::Range { last: -1, step: 1, limit: 2 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    movable_keys: true,
    arguments: &[
        Arg::new("group-block", Kind::Block)
            .token("GROUP")
            .of(&[Arg::new("group", Kind::String), Arg::new("consumer", Kind::String)]),
        Arg::new("count", Kind::Integer).token("COUNT").optional(),
        Arg::new("milliseconds", Kind::Integer).token("BLOCK").optional(),
        Arg::word("noack", "NOACK").optional(),
        Arg::new("streams", Kind::Block)
            .token("STREAMS")
            .of(&[Arg::key("key", 0).multiple(), Arg::new("ID", Kind::String).multiple()]),
    ],
    ..Row::new("xreadgroup", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    // What it does to groups is repeated in words of its own.
    ctx.data.propagation.replace();
    let reading = Reading::parse(ctx, args, true)?;
    let missing = || Error::Custom("ERR Missing GROUP option for XREADGROUP".to_string());
    let (group, name) = reading.group.ok_or_else(missing)?;
    let mut after = Vec::with_capacity(reading.keys.len());
    for (key, text) in reading.keys.iter().zip(reading.ids.iter()) {
        let stream = ctx.data.read_as::<Stream>(key)?;
        if stream.and_then(|stream| stream.group(group)).is_none() {
            return Err(Error::NoGroupToRead(key.to_vec(), group.to_vec()));
        }
        after.push(starting_point(text)?);
    }
    let start = ctx.reply.out.len();
    let mut streams = 0;
    for (key, after) in reading.keys.iter().zip(after) {
        streams += usize::from(serve(ctx, &reading, Member { key, group, name }, after));
    }
    if streams > 0 {
        super::to_front(&mut ctx.reply, start, |reply| reading::reply_head(reply, streams));
        return Ok(());
    }
    match reading.block {
        Some(deadline) if ctx.may_block() => {
            ctx.block_on_keys(Awaited::StreamOrGone, reading.keys.iter(), deadline, None);
        }
        _ => ctx.reply.null_array(),
    }
    Ok(())
}

/// After which id the consumer wants to see its own history; `None`: new entries.
fn starting_point(text: &[u8]) -> Result<Option<Id>, Error> {
    let why = match text {
        b">" => return Ok(None),
        b"$" => {
            "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by \
             specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set."
        }
        b"+" => {
            "ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by \
             specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set."
        }
        // The greatest id is what the real servers keep `>` as.
        text => return ids::strict(text, 0).map(|id| Some(id).filter(|id| *id != Id::MAX)),
    };
    Err(Error::Custom(why.to_string()))
}

/// Sends a consumer what there is for it in one stream; whether there was anything to send.
fn serve(ctx: &mut Context<'_>, reading: &Reading<'_>, member: Member<'_>, after: Option<Id>) -> bool {
    let Some(id) = ctx.data.read_id(member.key) else { return false };
    let (consumer, is_new) = member.join(ctx, id);
    if is_new && reading.no_ack {
        member.repeat_creation(ctx.data);
    }
    let now_ms = ctx.data.now_ms();
    let mut delivery = Delivery {
        consumer,
        now_ms,
        reading,
        repeats: ctx.data.propagation.is_on,
        claims: Vec::new(),
        sent: 0,
        has_moved: false,
        has_claimed: false,
    };
    let reply = &mut ctx.reply;
    let served = ctx.data.edit_as::<Stream, _>(id, |stream| {
        stream.edit_group(member.group, |log, group| {
            match after {
                Some(after) => delivery.history(log, group, after, member.key, reply),
                None => delivery.news(log, group, member.key, reply)?,
            }
            Some((group.last_id(), group.entries_read()))
        })
    });
    ctx.data.work.elements += delivery.sent;
    member.repeat(ctx.data, &delivery.claims);
    let Some((last_id, entries_read)) = served.flatten() else { return false };
    if delivery.has_moved {
        member.repeat_position(ctx.data, last_id, entries_read);
    }
    ctx.data.dirty += u64::from(delivery.has_moved || delivery.has_claimed);
    true
}

/// Entries on their way to a consumer.
struct Delivery<'a> {
    consumer: u32,
    now_ms: i64,
    reading: &'a Reading<'a>,
    /// Claims are wanted, to be repeated.
    repeats: bool,
    claims: Vec<Claim>,
    sent: u64,
    /// The group has read further.
    has_moved: bool,
    /// Entries became the consumer's.
    has_claimed: bool,
}

impl Delivery<'_> {
    /// What nobody in the group has seen yet; `None` if there is nothing.
    fn news(&mut self, log: &Log, group: &mut Group, key: &[u8], reply: &mut Writer<'_>) -> Option<()> {
        let mut entries = log.walk(group.last_id().next()?, Id::MAX, false).peekable();
        entries.peek()?;
        reading::reply_key(key, reply);
        super::behind(reply, Writer::array, |reply| {
            let count = if self.reading.count == 0 { usize::MAX } else { self.reading.count };
            for entry in entries.take(count) {
                self.has_moved |= group.read(log, entry.id);
                super::reply_entry(&entry, reply);
                if !self.reading.no_ack {
                    let pending = group.give(entry.id, self.consumer, self.now_ms, 1);
                    group.consumer_mut(self.consumer).active_ms = Some(self.now_ms);
                    self.has_claimed = true;
                    if self.repeats {
                        self.claims.push(Claim::of(group, entry.id, &pending));
                    }
                }
                self.sent += 1;
            }
            self.sent as usize
        });
        Some(())
    }

    /// What it has got and not acknowledged, once more; of an entry that is gone only the id.
    fn history(&mut self, log: &Log, group: &mut Group, after: Id, key: &[u8], reply: &mut Writer<'_>) {
        reading::reply_key(key, reply);
        let start = after.next().unwrap_or_default();
        let count = if self.reading.count == 0 { usize::MAX } else { self.reading.count };
        let ids: Vec<Id> = group.consumer(self.consumer).pending(start).take(count).collect();
        reply.array(ids.len());
        for id in &ids {
            if let Some(entry) = log.get(*id) {
                super::reply_entry(&entry, reply);
                group.deliver_again(*id, self.now_ms);
            } else {
                reply.array(2);
                super::reply_id(*id, reply);
                reply.null_array();
            }
        }
        self.sent += ids.len() as u64;
    }
}

//! XCLAIM: Changes, or acquires, ownership of a message in a consumer group, as if the message was delivered a consumer group member.

use super::claims::{Claim, Member};
use super::ids;
use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_datatypes::stream::{Group, Id, Log};
use resplay_resp::Writer;
use resplay_resp::{Args, Error};

/// What the server knows of XCLAIM.
pub(super) const ROW: Row = Row {
    summary: "Changes, or acquires, ownership of a message in a consumer group, as if the message was delivered a consumer group member.",
    complexity: "O(log N) with N being the number of messages in the PEL of the consumer group.",
    group: "stream",
    since: "5.0.0",
    arity: -6,
    flags: flag::WRITE | flag::FAST,
    acl: &["stream"],
    tips: &["nondeterministic_output"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "UPDATE"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("group", Kind::String),
        Arg::new("consumer", Kind::String),
        Arg::new("min-idle-time", Kind::String),
        Arg::new("ID", Kind::String).multiple(),
        Arg::new("ms", Kind::Integer).token("IDLE").optional(),
        Arg::new("unix-time-milliseconds", Kind::UnixTime).token("TIME").optional(),
        Arg::new("count", Kind::Integer).token("RETRYCOUNT").optional(),
        Arg::word("force", "FORCE").optional(),
        Arg::word("justid", "JUSTID").optional(),
        Arg::new("lastid", Kind::String).token("LASTID").optional(),
    ],
    ..Row::new("xclaim", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    ctx.data.propagation.replace();
    let member = Member { key: &args[1], group: &args[2], name: &args[3] };
    let found = ctx.data.read_id_as::<Stream>(member.key)?;
    let found = found.filter(|id| ctx.data.value_as::<Stream>(*id).group(member.group).is_some());
    let id = found.ok_or_else(|| super::no_group(member.key, member.group))?;
    let now_ms = ctx.data.now_ms();
    let min_idle = integer(&args[4]).map_err(|_| invalid("min-idle-time"))?.max(0);
    let ids: Vec<Id> = args.from(5).iter().map_while(|text| ids::strict(text, 0).ok()).collect();
    let options = Options::parse(args.from(5 + ids.len()), now_ms, min_idle)?;
    let mut has_moved = ctx.data.edit_as::<Stream, _>(id, |stream| {
        stream.edit_group(member.group, |_, group| {
            let is_further = options.last_id > group.last_id();
            if is_further {
                group.set_id(options.last_id, group.entries_read());
            }
            is_further
        })
    });
    let (consumer, _) = member.join(ctx, id);
    let (reply, mut claims) = (&mut ctx.reply, Vec::new());
    let position = ctx.data.edit_as::<Stream, _>(id, |stream| {
        stream.edit_group(member.group, |log, group| {
            super::behind(reply, Writer::array, |reply| {
                let claim = |id: &&Id| options.claim(log, group, **id, consumer, &mut claims, reply);
                ids.iter().filter(claim).count()
            });
            (group.last_id(), group.entries_read())
        })
    });
    if !claims.is_empty() {
        has_moved = None;
    }
    member.repeat(ctx.data, &claims);
    if let (Some(true), Some((last_id, entries_read))) = (has_moved, position) {
        member.repeat_position(ctx.data, last_id, entries_read);
        ctx.data.dirty += 1;
    }
    ctx.data.dirty += claims.len() as u64;
    ctx.data.work.elements += ids.len() as u64;
    Ok(())
}

/// The words after the ids.
struct Options {
    now_ms: i64,
    min_idle: i64,
    /// IDLE and TIME: when it shall have been delivered.
    delivered_ms: i64,
    /// RETRYCOUNT.
    deliveries: Option<u64>,
    /// FORCE: although it is not pending.
    is_forced: bool,
    /// JUSTID.
    just_id: bool,
    /// LASTID.
    last_id: Id,
}

impl Options {
    fn parse(words: Args<'_>, now_ms: i64, min_idle: i64) -> Result<Options, Error> {
        let mut options = Options {
            now_ms,
            min_idle,
            delivered_ms: -1,
            deliveries: None,
            is_forced: false,
            just_id: false,
            last_id: Id::MIN,
        };
        let number = |word: &[u8], name: &str| integer(word).map_err(|_| invalid(&format!("{name} option")));
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let (is, value) = (|name: &[u8]| word.eq_ignore_ascii_case(name), words.get(at + 1));
            at += 1;
            match value {
                _ if is(b"force") => options.is_forced = true,
                _ if is(b"justid") => options.just_id = true,
                Some(value) if is(b"idle") => {
                    options.delivered_ms = now_ms.wrapping_sub(number(value, "IDLE")?);
                    at += 1;
                }
                Some(value) if is(b"time") => {
                    options.delivered_ms = number(value, "TIME")?;
                    at += 1;
                }
                Some(value) if is(b"retrycount") => {
                    options.deliveries = u64::try_from(number(value, "RETRYCOUNT")?).ok();
                    at += 1;
                }
                Some(value) if is(b"lastid") => {
                    options.last_id = ids::strict(value, 0)?;
                    at += 1;
                }
                _ => return Err(Error::UnrecognizedXclaimOption(word.to_vec())),
            }
        }
        if !(0..=now_ms).contains(&options.delivered_ms) {
            options.delivered_ms = now_ms;
        }
        Ok(options)
    }

    /// Gives one entry to the consumer, if it is there and has been idle long enough; whether it did. One that is
    /// gone is forgotten.
    fn claim(
        &self,
        log: &Log,
        group: &mut Group,
        id: Id,
        consumer: u32,
        claims: &mut Vec<Claim>,
        reply: &mut Writer<'_>,
    ) -> bool {
        let old = group.get(id);
        let Some(entry) = log.get(id) else {
            if let Some(old) = old {
                claims.push(Claim::of(group, id, &old));
                group.acknowledge(id);
            }
            return false;
        };
        let is_idle = old.is_none_or(|old| self.now_ms.wrapping_sub(old.delivered_ms) >= self.min_idle);
        if old.is_none() && !self.is_forced || self.min_idle > 0 && !is_idle {
            return false;
        }
        let before = old.map_or(1, |old| old.deliveries);
        let deliveries = self.deliveries.unwrap_or(before + u64::from(!self.just_id));
        let pending = group.give(id, consumer, self.delivered_ms, deliveries);
        group.consumer_mut(consumer).active_ms = Some(self.now_ms);
        claims.push(Claim::of(group, id, &pending));
        if self.just_id {
            super::reply_id(id, reply);
        } else {
            super::reply_entry(&entry, reply);
        }
        true
    }
}

fn invalid(what: &str) -> Error {
    Error::Custom(format!("ERR Invalid {what} argument for XCLAIM"))
}

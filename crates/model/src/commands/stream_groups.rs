//! Consumer groups: who they are, and what they have still to acknowledge.

use crate::answer::{Answer, Outcome, bulk};
use crate::call::{Call, c_text, error};
use crate::commands::stream_ids::{entry, high_end, low_end, shown, strict};
use crate::table::{Row, container, row};
use crate::value::{Group, ID_MAX, Id, Pending, Stream};
use resplay_resp::number::parse_i64;
use resplay_resp::{Error, Reply};
use std::collections::BTreeMap;

pub(crate) const ROWS: &[Row] = &[
    row("XACK", -4, "w", xack),
    row("XAUTOCLAIM", -6, "w", xautoclaim),
    row("XCLAIM", -6, "w", xclaim),
    container("XGROUP"),
    row("XGROUP|CREATE", -5, "wm", create),
    row("XGROUP|CREATECONSUMER", 5, "wm", create_consumer),
    row("XGROUP|DELCONSUMER", 5, "w", delete_consumer),
    row("XGROUP|DESTROY", 4, "w", destroy),
    row("XGROUP|HELP", 2, "l", |call| call.help()),
    row("XGROUP|SETID", -5, "w", set_id),
    row("XPENDING", -3, "", xpending),
];

/// The group that words `at` (key) and `at + 1` name, in a stream that exists.
fn no_group(call: &Call<'_>, at: usize) -> Error {
    Error::NoGroup(call.word(at).to_vec(), call.word(at + 1).to_vec())
}

/// Whether word 1 names a stream with the group of word 2.
fn group<'c>(call: &'c Call<'_>) -> Result<Option<(&'c Stream, &'c Group)>, Error> {
    let stream = call.read::<Stream>(1)?;
    Ok(stream.and_then(|stream| Some((stream, stream.groups.get(&call.argv[2])?))))
}

/// Changes the stream in word `at` without that counting as a change of the key.
fn alter(call: &mut Call<'_>, at: usize, change: impl FnOnce(&mut Stream)) {
    let (db, key) = (call.db(), call.word(at));
    call.keyspace.alter(db, key, |stream: &mut Stream, _| change(stream));
}

/// The options of XGROUP CREATE and SETID: whether to make a stream, and how much was read.
fn group_options(call: &Call<'_>, may_make: bool) -> Result<(bool, Option<i64>), Error> {
    let (mut makes, mut read, mut at) = (false, None, 5);
    while at < call.argv.len() {
        match call.option(at).as_slice() {
            b"MKSTREAM" if may_make => makes = true,
            b"ENTRIESREAD" if at + 1 < call.argv.len() => {
                read = match call.int(at + 1)? {
                    -1 => None,
                    ..0 => return Err(error("value for ENTRIESREAD must be positive or -1")),
                    read => Some(read),
                };
                at += 1;
            }
            _ => return Err(group_syntax(call)),
        }
        at += 1;
    }
    Ok((makes, read))
}

fn group_syntax(call: &Call<'_>) -> Error {
    Error::SubcommandSyntax(call.word(1).to_vec(), "XGROUP".to_owned())
}

/// The stream must be there, and the group as well if so asked.
fn must_exist(call: &Call<'_>, with_group: bool) -> Result<(), Error> {
    let Some(stream) = call.read::<Stream>(2)? else {
        return Err(error(
            "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM \
             option to create an empty stream automatically.",
        ));
    };
    match with_group && !stream.groups.contains_key(call.word(3)) {
        true => Err(Error::NoGroupOfKey(call.word(3).to_vec(), call.word(2).to_vec())),
        false => Ok(()),
    }
}

/// Word 4 as an id, or `$` for the last.
fn group_id(call: &Call<'_>) -> Result<Id, Error> {
    match call.word(4) {
        b"$" => Ok(call.read::<Stream>(2)?.map_or((0, 0), |stream| stream.last)),
        word => strict(word, 0),
    }
}

fn create(call: &mut Call<'_>) -> Outcome {
    let (makes, read) = group_options(call, true)?;
    call.read::<Stream>(2)?;
    if !makes {
        must_exist(call, false)?;
    }
    if call.argv.len() > 8 {
        return Err(group_syntax(call));
    }
    let last = group_id(call)?;
    let name = call.word(3);
    if call.read::<Stream>(2)?.is_some_and(|stream| stream.groups.contains_key(name)) {
        return Err(Error::Custom("BUSYGROUP Consumer Group name already exists".to_owned()));
    }
    let group = Group { last, read, ..Group::default() };
    if call.read::<Stream>(2)?.is_none() {
        call.edit(2, |_: &mut Stream, _| ())?;
    }
    alter(call, 2, |stream| drop(stream.groups.insert(name.to_vec(), group)));
    call.notify('t', "xgroup-create", call.word(2));
    Answer::ok()
}

fn set_id(call: &mut Call<'_>) -> Outcome {
    let (_, read) = group_options(call, false)?;
    must_exist(call, true)?;
    if call.argv.len() > 7 {
        return Err(group_syntax(call));
    }
    let last = match c_text(call.word(4)) {
        b"-" => (0, 0),
        b"+" => ID_MAX,
        _ => group_id(call)?,
    };
    let name = call.word(3);
    alter(call, 2, |stream| {
        if let Some(group) = stream.groups.get_mut(name) {
            (group.last, group.read) = (last, read);
        }
    });
    call.notify('t', "xgroup-setid", call.word(2));
    Answer::ok()
}

fn destroy(call: &mut Call<'_>) -> Outcome {
    must_exist(call, false)?;
    let (db, key, name) = (call.db(), call.word(2), call.word(3));
    let was_there = call.read::<Stream>(2)?.is_some_and(|stream| stream.groups.contains_key(name));
    if was_there {
        alter(call, 2, |stream| drop(stream.groups.remove(name)));
        call.notify('t', "xgroup-destroy", key);
        call.keyspace.waiting.signal(db, key);
    }
    Answer::flag(was_there)
}

fn create_consumer(call: &mut Call<'_>) -> Outcome {
    must_exist(call, true)?;
    let is_new = join(call, 2, call.word(3), call.word(4));
    Answer::flag(is_new)
}

/// A consumer joins a group; true if it is new.
pub(crate) fn join(call: &mut Call<'_>, at: usize, name: &[u8], consumer: &[u8]) -> bool {
    let mut is_new = false;
    alter(call, at, |stream| {
        is_new = stream.groups.get_mut(name).is_some_and(|group| group.join(consumer));
    });
    if is_new {
        call.notify('t', "xgroup-createconsumer", call.word(at));
    }
    is_new
}

fn delete_consumer(call: &mut Call<'_>) -> Outcome {
    must_exist(call, true)?;
    let (name, consumer) = (call.word(3), call.word(4));
    let (mut pending, mut was_there) = (0, false);
    alter(call, 2, |stream| {
        let Some(group) = stream.groups.get_mut(name) else { return };
        was_there = group.consumers.remove(consumer);
        let before = group.pending.len();
        group.pending.retain(|_, pending| pending.consumer != consumer);
        pending = before - group.pending.len();
    });
    if was_there {
        call.notify('t', "xgroup-delconsumer", call.word(2));
    }
    Answer::count(pending)
}

fn xack(call: &mut Call<'_>) -> Outcome {
    if group(call)?.is_none() {
        return Answer::int(0);
    }
    let ids = call.argv[3..].iter().map(|word| strict(word, 0)).collect::<Result<Vec<Id>, Error>>()?;
    let (name, mut acknowledged) = (call.word(2), 0);
    alter(call, 1, |stream| {
        if let Some(group) = stream.groups.get_mut(name) {
            acknowledged = ids.iter().filter(|id| group.pending.remove(id).is_some()).count();
        }
    });
    Answer::count(acknowledged)
}

fn xpending(call: &mut Call<'_>) -> Outcome {
    let words = call.argv.len();
    if words == 3 {
        let Some((_, group)) = group(call)? else { return Err(no_group(call, 1)) };
        return summary(group);
    }
    if !(6..=9).contains(&words) {
        return Err(Error::Syntax);
    }
    let (mut first, mut idle_min) = (3, 0);
    if call.option(3) == b"IDLE" {
        idle_min = call.int(4)?;
        first = 5;
        if words < 8 {
            return Err(Error::Syntax);
        }
    }
    let count = call.int(first + 2)?.max(0) as usize;
    let (start, end) = (low_end(call, first)?, high_end(call, first + 1)?);
    let consumer = call.argv.get(first + 3);
    let Some((_, group)) = group(call)? else { return Err(no_group(call, 1)) };
    let now = call.keyspace.now;
    let idle = |pending: &Pending| now.wrapping_sub(pending.delivered_at);
    let found = group.pending.iter().filter(|(id, pending)| {
        **id >= start
            && **id <= end
            && consumer.is_none_or(|consumer| pending.consumer == *consumer)
            && (idle_min == 0 || idle(pending) >= idle_min)
    });
    Answer::array(found.take(count).map(|(id, pending)| {
        let numbers = [Reply::Int(idle(pending).max(0)), Reply::Int(pending.deliveries)];
        Reply::Array([shown(*id), bulk(&pending.consumer)].into_iter().chain(numbers).collect())
    }))
}

fn summary(group: &Group) -> Outcome {
    let (Some(first), Some(last)) = (group.pending.keys().next(), group.pending.keys().next_back()) else {
        return Answer::array([Reply::Int(0), Reply::Null, Reply::Null, Reply::NullArray]);
    };
    let mut counts: BTreeMap<&[u8], usize> = BTreeMap::new();
    group.pending.values().for_each(|pending| *counts.entry(&pending.consumer).or_default() += 1);
    let counts =
        counts.into_iter().map(|(name, count)| Reply::Array(vec![bulk(name), bulk(count.to_string())]));
    let total = Reply::Int(group.pending.len() as i64);
    Answer::array([total, shown(*first), shown(*last), Reply::Array(counts.collect())])
}

/// The options of XCLAIM.
struct Claim {
    delivered_at: Option<i64>,
    deliveries: Option<i64>,
    is_forced: bool,
    ids_only: bool,
    last: Id,
}

fn claim_options(call: &Call<'_>, from: usize) -> Result<Claim, Error> {
    let mut claim =
        Claim { delivered_at: None, deliveries: None, is_forced: false, ids_only: false, last: (0, 0) };
    let number = |at: usize, name: &str| {
        parse_i64(call.word(at)).ok_or_else(|| error(&format!("Invalid {name} option argument for XCLAIM")))
    };
    let mut at = from;
    while at < call.argv.len() {
        let has_value = at + 1 < call.argv.len();
        match call.option(at).as_slice() {
            b"FORCE" => claim.is_forced = true,
            b"JUSTID" => claim.ids_only = true,
            b"IDLE" if has_value => {
                claim.delivered_at = Some(call.keyspace.now.wrapping_sub(number(at + 1, "IDLE")?))
            }
            b"TIME" if has_value => claim.delivered_at = Some(number(at + 1, "TIME")?),
            b"RETRYCOUNT" if has_value => claim.deliveries = Some(number(at + 1, "RETRYCOUNT")?),
            b"LASTID" if has_value => claim.last = strict(call.word(at + 1), 0)?,
            _ => return Err(Error::UnrecognizedXclaimOption(call.word(at).to_vec())),
        }
        at += if matches!(call.option(at).as_slice(), b"FORCE" | b"JUSTID") { 1 } else { 2 };
    }
    Ok(claim)
}

fn xclaim(call: &mut Call<'_>) -> Outcome {
    if group(call)?.is_none() {
        return Err(no_group(call, 1));
    }
    let idle_min = call.int_in(4, i64::MIN..=i64::MAX, "Invalid min-idle-time argument for XCLAIM")?.max(0);
    let ids: Vec<Id> = call.argv[5..].iter().map_while(|word| strict(word, 0).ok()).collect();
    let claim = claim_options(call, 5 + ids.len())?;
    let now = call.keyspace.now;
    let is_possible = |at: &i64| (0..=now).contains(at) || call.keyspace.is_retold;
    let delivered_at = claim.delivered_at.filter(is_possible).unwrap_or(now);
    let (name, consumer) = (call.word(2), call.word(3));
    // In a file an entry may be pending that is no longer in the stream.
    let may_be_gone = call.keyspace.is_retold;
    join(call, 1, name, consumer);
    let mut replies = Vec::new();
    alter(call, 1, |stream| {
        let Some(group) = stream.groups.get_mut(name) else { return };
        group.last = group.last.max(claim.last);
        for id in ids {
            let words = stream.entries.get(&id);
            if words.is_none() && !may_be_gone {
                group.pending.remove(&id);
                continue;
            }
            let old = group.pending.get(&id).cloned();
            if old.is_none() && !claim.is_forced {
                continue;
            }
            if old.as_ref().is_some_and(|old| idle_min > 0 && now.wrapping_sub(old.delivered_at) < idle_min) {
                continue;
            }
            let before = old.map_or(1, |old| old.deliveries);
            let deliveries = match claim.deliveries {
                Some(deliveries) if deliveries >= 0 => deliveries,
                _ => before.wrapping_add(i64::from(!claim.ids_only)),
            };
            group.pending.insert(id, Pending { consumer: consumer.to_vec(), delivered_at, deliveries });
            match words {
                Some(words) if !claim.ids_only => replies.push(entry(id, words)),
                _ => replies.push(shown(id)),
            }
        }
    });
    Answer::array(replies)
}

/// An id in the real server's memory.
const ID_BYTES: i64 = 16;
/// What a process can reserve at all.
const ADDRESSABLE_BYTES: i64 = 1 << 47;

fn xautoclaim(call: &mut Call<'_>) -> Outcome {
    let idle_min =
        call.int_in(4, i64::MIN..=i64::MAX, "Invalid min-idle-time argument for XAUTOCLAIM")?.max(0);
    let start = low_end(call, 5)?;
    let (mut count, mut ids_only, mut at) = (100, false, 6);
    while at < call.argv.len() {
        match call.option(at).as_slice() {
            b"COUNT" if at + 1 < call.argv.len() => {
                count = call.int_in(at + 1, 1..=i64::MAX / ID_BYTES, "COUNT must be > 0")?;
                at += 1;
            }
            b"JUSTID" => ids_only = true,
            _ => return Err(Error::Syntax),
        }
        at += 1;
    }
    if group(call)?.is_none() {
        return Err(no_group(call, 1));
    }
    // The real server reserves room for so many ids, which no machine has for the greatest counts.
    if count * ID_BYTES >= ADDRESSABLE_BYTES {
        return Err(error("Insufficient memory, failed allocating transient memory, COUNT too high."));
    }
    let (name, consumer, now) = (call.word(2), call.word(3), call.keyspace.now);
    join(call, 1, name, consumer);
    let (mut claimed, mut gone, mut next) = (Vec::new(), Vec::new(), (0, 0));
    alter(call, 1, |stream| {
        let Some(group) = stream.groups.get_mut(name) else { return };
        let ids: Vec<Id> = group.pending.range(start..).map(|(id, _)| *id).collect();
        let mut attempts = count.saturating_mul(10);
        for id in ids {
            if attempts == 0 || count == 0 {
                next = id;
                break;
            }
            attempts -= 1;
            let Some(words) = stream.entries.get(&id) else {
                group.pending.remove(&id);
                gone.push(shown(id));
                count -= 1;
                continue;
            };
            let Some(pending) = group.pending.get_mut(&id) else { continue };
            if idle_min > 0 && now.wrapping_sub(pending.delivered_at) < idle_min {
                continue;
            }
            pending.consumer = consumer.to_vec();
            pending.delivered_at = now;
            pending.deliveries = pending.deliveries.wrapping_add(i64::from(!ids_only));
            claimed.push(if ids_only { shown(id) } else { entry(id, words) });
            count -= 1;
        }
    });
    Answer::array([shown(next), Reply::Array(claimed), Reply::Array(gone)])
}

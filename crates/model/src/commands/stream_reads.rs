//! XREAD and XREADGROUP.

use crate::answer::{Answer, Outcome, bulk};
use crate::call::{Call, error};
use crate::commands::stream_groups::join;
use crate::commands::stream_ids::{entry, shown, strict};
use crate::table::{Row, row};
use crate::value::{ID_MAX, Id, Pending, Stream, after, before};
use crate::waiting::{Awaited, Wait};
use resplay_resp::{Error, Protocol, Reply};

pub(crate) const ROWS: &[Row] =
    &[row("XREAD", -4, "", |call| read(call, false)), row("XREADGROUP", -7, "w", |call| read(call, true))];

#[derive(Default)]
struct Options {
    count: usize,
    /// Whether it waits, and until when.
    deadline: Option<Option<i64>>,
    /// The group and the consumer.
    group: Option<(Vec<u8>, Vec<u8>)>,
    no_ack: bool,
    /// The word of the first key.
    first: usize,
    keys: usize,
}

fn options(call: &Call<'_>, of_group: bool) -> Result<Options, Error> {
    let (mut options, mut at) = (Options::default(), 1);
    while at < call.argv.len() {
        let left = call.argv.len() - at - 1;
        let only_groups = |option: &str| {
            error(&format!("The {option} option is only supported by XREADGROUP. You called XREAD instead."))
        };
        at += match call.option(at).as_slice() {
            b"BLOCK" if left >= 1 => {
                options.deadline = Some(call.deadline_ms(at + 1)?);
                2
            }
            b"COUNT" if left >= 1 => {
                options.count = call.int(at + 1)?.max(0) as usize;
                2
            }
            b"STREAMS" if left >= 1 => {
                if left % 2 == 1 {
                    return Err(unbalanced(of_group));
                }
                (options.first, options.keys) = (at + 1, left / 2);
                break;
            }
            b"GROUP" if left >= 2 && of_group => {
                options.group = Some((call.word(at + 1).to_vec(), call.word(at + 2).to_vec()));
                3
            }
            b"GROUP" if left >= 2 => return Err(only_groups("GROUP")),
            b"NOACK" if of_group => {
                options.no_ack = true;
                1
            }
            b"NOACK" => return Err(only_groups("NOACK")),
            _ => return Err(Error::Syntax),
        };
    }
    match options.first == 0 {
        true => Err(Error::Syntax),
        false if of_group && options.group.is_none() => Err(error("Missing GROUP option for XREADGROUP")),
        false => Ok(options),
    }
}

fn unbalanced(of_group: bool) -> Error {
    let (name, last) = if of_group { ("xreadgroup", '>') } else { ("xread", '$') };
    error(&format!(
        "Unbalanced '{name}' list of streams: for each stream key an ID or '{last}' must be specified."
    ))
}

/// From where one stream is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    /// What came after this id.
    After(Id),
    /// What its group has not seen.
    New,
}

fn read(call: &mut Call<'_>, of_group: bool) -> Outcome {
    let options = options(call, of_group)?;
    let froms = (0..options.keys).map(|n| from(call, &options, n)).collect::<Result<Vec<From>, Error>>()?;
    let mut found = Vec::new();
    for (n, from) in froms.iter().enumerate() {
        let part = match &options.group {
            None => read_plain(call, &options, n, *from),
            Some((group, consumer)) => read_as(call, &options, n, *from, group, consumer),
        };
        found.extend(part.map(|entries| (bulk(call.word(options.first + n)), Reply::Array(entries))));
    }
    if !found.is_empty() {
        return Ok(Answer::Reply(match call.session.protocol {
            Protocol::Resp3 => Reply::Map(found),
            Protocol::Resp2 => {
                Reply::Array(found.into_iter().map(|(key, part)| Reply::Array(vec![key, part])).collect())
            }
        }));
    }
    match options.deadline {
        Some(deadline) if call.may_wait() => Ok(Answer::Wait(wait(call, &options, &froms, deadline))),
        _ => Ok(Answer::Reply(Reply::NullArray)),
    }
}

fn wait(call: &Call<'_>, options: &Options, froms: &[From], deadline: Option<i64>) -> Wait {
    let keys = call.argv[options.first..options.first + options.keys].to_vec();
    // What `$` meant then is what counts later; `+` is looked at anew.
    let mut again = call.argv.to_vec();
    for (word, from) in again[options.first + options.keys..].iter_mut().zip(froms) {
        if let (b"$", From::After((ms, seq))) = (word.as_slice(), from) {
            *word = format!("{ms}-{seq}").into_bytes();
        }
    }
    let awaited = if options.group.is_some() { Awaited::StreamOrGone } else { Awaited::Stream };
    Wait { db: call.db(), awaited, keys, deadline, again: Some(again) }
}

fn from(call: &Call<'_>, options: &Options, n: usize) -> Result<From, Error> {
    let key = call.word(options.first + n);
    let word = call.word(options.first + options.keys + n);
    let stream = call.keyspace.read::<Stream>(call.session.db, key)?;
    if let Some((group, _)) = &options.group
        && !stream.is_some_and(|stream| stream.groups.contains_key(group))
    {
        return Err(Error::NoGroupToRead(key.to_vec(), group.to_vec()));
    }
    match (word, options.group.is_some()) {
        (b"$" | b"+", true) => Err(error(&format!(
            "The {0} ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer \
             by specifying a proper ID, or use the > ID to get new messages. The {0} ID would just return an empty \
             result set.",
            String::from_utf8_lossy(word)
        ))),
        (b"$", false) => Ok(From::After(stream.map_or((0, 0), |stream| stream.last))),
        (b"+", false) => {
            let last = stream.map_or(Some((0, 0)), |stream| before(stream.last));
            Ok(From::After(last.ok_or_else(|| error("the stream last element ID is 0-0"))?))
        }
        (b">", true) => Ok(From::New),
        (b">", false) => Err(error(
            "The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
        )),
        (word, is_group) => match strict(word, 0)? {
            // The real server keeps `>` as this id.
            ID_MAX if is_group => Ok(From::New),
            id => Ok(From::After(id)),
        },
    }
}

impl Options {
    fn count(&self) -> usize {
        if self.count == 0 { usize::MAX } else { self.count }
    }
}

fn read_plain(call: &Call<'_>, options: &Options, n: usize, from: From) -> Option<Vec<Reply>> {
    let key = call.word(options.first + n);
    let stream = call.keyspace.read::<Stream>(call.session.db, key).ok()??;
    let From::After(id) = from else { return None };
    let start = after(id)?;
    let found: Vec<Reply> =
        stream.entries.range(start..).take(options.count()).map(|(id, words)| entry(*id, words)).collect();
    (!found.is_empty()).then_some(found)
}

/// As a member of a group: new entries are delivered to it, old ones are those that it has not acknowledged.
fn read_as(
    call: &mut Call<'_>,
    options: &Options,
    n: usize,
    from: From,
    name: &[u8],
    consumer: &[u8],
) -> Option<Vec<Reply>> {
    let at = options.first + n;
    join(call, at, name, consumer);
    let (db, now, key) = (call.db(), call.keyspace.now, call.word(at));
    let mut result = None;
    call.keyspace.alter(db, key, |stream: &mut Stream, _| {
        result = match from {
            From::After(id) => Some(history(stream, options, id, name, consumer, now)),
            From::New => deliver(stream, options, name, consumer, now),
        };
    });
    result
}

fn history(
    stream: &mut Stream,
    options: &Options,
    id: Id,
    name: &[u8],
    consumer: &[u8],
    now: i64,
) -> Vec<Reply> {
    let (Some(group), Some(start)) = (stream.groups.get_mut(name), after(id)) else { return Vec::new() };
    let own = group.pending.range_mut(start..).filter(|(_, pending)| pending.consumer == consumer);
    let shown_entry = |(id, pending): (&Id, &mut Pending)| match stream.entries.get(id) {
        None => Reply::Array(vec![shown(*id), Reply::NullArray]),
        Some(words) => {
            pending.delivered_at = now;
            pending.deliveries = pending.deliveries.wrapping_add(1);
            entry(*id, words)
        }
    };
    own.take(options.count()).map(shown_entry).collect()
}

fn deliver(
    stream: &mut Stream,
    options: &Options,
    name: &[u8],
    consumer: &[u8],
    now: i64,
) -> Option<Vec<Reply>> {
    let start = after(stream.groups.get(name)?.last)?;
    let new: Vec<(Id, Vec<Vec<u8>>)> =
        stream.entries.range(start..).take(options.count()).map(|(id, words)| (*id, words.clone())).collect();
    for (id, _) in &new {
        let known = stream.groups.get(name)?.read.filter(|_| !stream.has_holes_from(*id));
        let read = match known {
            Some(read) => Some(read.wrapping_add(1)),
            None => stream.added_until(*id),
        };
        let group = stream.groups.get_mut(name)?;
        (group.read, group.last) = (read, *id);
        if !options.no_ack {
            let pending = Pending { consumer: consumer.to_vec(), delivered_at: now, deliveries: 1 };
            group.pending.insert(*id, pending);
        }
    }
    let found: Vec<Reply> = new.iter().map(|(id, words)| entry(*id, words)).collect();
    (!found.is_empty()).then_some(found)
}

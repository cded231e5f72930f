//! Streams, except consumer groups and what may wait.

use crate::answer::{Answer, Outcome, bulk};
use crate::call::{Call, error};
use crate::commands::stream_ids::{entry, high_end, low_end, open, shown, strict};
use crate::table::{Row, container, row};
use crate::value::{ID_MAX, Id, Stream, Target, Trim, after};
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[
    row("XADD", -5, "wm", xadd),
    row("XDEL", -3, "w", xdel),
    container("XINFO"),
    row("XINFO|CONSUMERS", 4, "", info_consumers),
    row("XINFO|GROUPS", 3, "", info_groups),
    row("XINFO|HELP", 2, "l", |call| call.help()),
    row("XINFO|STREAM", -3, "", info_stream),
    row("XLEN", 2, "", |call| {
        Answer::count(call.read::<Stream>(1)?.map_or(0, |stream| stream.entries.len()))
    }),
    row("XRANGE", -4, "", |call| range(call, 2, 3, false)),
    row("XREVRANGE", -4, "", |call| range(call, 3, 2, true)),
    row("XSETID", -3, "wm", xsetid),
    row("XTRIM", -4, "w", xtrim),
];

/// The options of XADD and XTRIM.
#[derive(Default)]
struct Options {
    target: Option<Target>,
    is_rough: bool,
    limit: Option<i64>,
    must_exist: bool,
}

/// Reads options from word 2 on; where they end.
fn options(call: &Call<'_>, is_xadd: bool) -> Result<(Options, usize), Error> {
    let (mut options, mut at) = (Options::default(), 2);
    while at < call.argv.len() {
        let left = call.argv.len() - at - 1;
        match call.option(at).as_slice() {
            b"*" if is_xadd => break,
            name @ (b"MAXLEN" | b"MINID") if left >= 1 => {
                at = target(call, &mut options, name == b"MAXLEN", at)?;
            }
            b"LIMIT" if left >= 1 => {
                let limit = call.int(at + 1)?;
                if limit < 0 {
                    return Err(error("The LIMIT argument must be >= 0."));
                }
                options.limit = Some(limit);
                at += 1;
            }
            b"NOMKSTREAM" if is_xadd => options.must_exist = true,
            _ if is_xadd => {
                open(call.word(at))?;
                break;
            }
            _ => return Err(Error::Syntax),
        }
        at += 1;
    }
    options.check(is_xadd)?;
    if call.keyspace.is_loading {
        // What stands in the file is what was trimmed.
        options.limit = None;
    } else if options.limit.is_some() && !options.is_rough {
        return Err(error("syntax error, LIMIT cannot be used without the special ~ option"));
    }
    Ok((options, at))
}

/// Reads MAXLEN or MINID at word `at`; its last word.
fn target(call: &Call<'_>, options: &mut Options, is_length: bool, mut at: usize) -> Result<usize, Error> {
    if options.target.is_some() {
        return Err(error("syntax error, MAXLEN and MINID options at the same time are not compatible"));
    }
    options.is_rough = false;
    if call.argv.len() - at > 2 && matches!(call.word(at + 1), b"~" | b"=") {
        options.is_rough = call.word(at + 1) == b"~";
        at += 1;
    }
    options.target = Some(match is_length {
        true => {
            let length = call.int(at + 1)?;
            Target::Length(u64::try_from(length).map_err(|_| error("The MAXLEN argument must be >= 0."))?)
        }
        false => Target::Least(strict(call.word(at + 1), 0)?),
    });
    Ok(at + 1)
}

impl Options {
    fn check(&self, is_xadd: bool) -> Result<(), Error> {
        if self.limit.is_some_and(|limit| limit > 0) && self.target.is_none() {
            return Err(error("syntax error, LIMIT cannot be used without specifying a trimming strategy"));
        }
        if !is_xadd && self.target.is_none() {
            return Err(error("syntax error, XTRIM must be called with a trimming strategy"));
        }
        Ok(())
    }

    fn trim(&self, call: &Call<'_>) -> Option<Trim> {
        let usual = match call.keyspace.settings.stream_node_entries_max * 100 {
            0 => 10_000,
            limit => limit.min(1_000_000),
        };
        let limit = match self.limit {
            Some(limit) => limit as u64,
            None if self.is_rough => usual,
            None => 0,
        };
        Some(Trim { target: self.target?, is_rough: self.is_rough, limit })
    }
}

fn xadd(call: &mut Call<'_>) -> Outcome {
    let (options, at) = options(call, true)?;
    let words = call.argv.get(at + 1..).unwrap_or_default();
    if words.len() < 2 || words.len() % 2 == 1 {
        return Err(Error::WrongArity("xadd".to_owned()));
    }
    let given = if call.word(at) == b"*" { None } else { Some(open(call.word(at))?) };
    if given == Some((0, Some(0))) {
        return Err(error("The ID specified in XADD must be greater than 0-0"));
    }
    let stream = call.read::<Stream>(1)?;
    if stream.is_none() && options.must_exist {
        return Answer::null();
    }
    let last = stream.map_or((0, 0), |stream| stream.last);
    if last == ID_MAX {
        return Err(error("The stream has exhausted the last possible ID, unable to add more items"));
    }
    let id = next_id(given, last, call.keyspace.now as u64);
    let id = id.filter(|id| *id > last).ok_or_else(|| {
        error("The ID specified in XADD is equal or smaller than the target stream top item")
    })?;
    let trim = options.trim(call);
    let trimmed = call.edit(1, |stream: &mut Stream, settings| {
        stream.append(id, words, settings);
        trim.map_or(0, |trim| stream.trim(&trim))
    })?;
    call.notify('t', "xadd", call.word(1));
    if trimmed > 0 {
        call.notify('t', "xtrim", call.word(1));
    }
    let db = call.db();
    call.keyspace.waiting.signal(db, call.word(1));
    Ok(Answer::Reply(shown(id)))
}

/// The id of the next entry; `None` if there is none left in the given millisecond.
fn next_id(given: Option<(u64, Option<u64>)>, last: Id, now: u64) -> Option<Id> {
    match given {
        None if now > last.0 => Some((now, 0)),
        None => after(last),
        Some((ms, Some(seq))) => Some((ms, seq)),
        Some((ms, None)) if ms == last.0 => Some((ms, last.1.checked_add(1)?)),
        Some((ms, None)) => Some((ms, 0)),
    }
}

fn xtrim(call: &mut Call<'_>) -> Outcome {
    let (options, _) = options(call, false)?;
    if call.read::<Stream>(1)?.is_none() {
        return Answer::int(0);
    }
    let Some(trim) = options.trim(call) else { return Err(Error::Syntax) };
    let mut trimmed = call.read::<Stream>(1)?.cloned().unwrap_or_default();
    let count = trimmed.trim(&trim);
    if count > 0 {
        call.edit(1, |stream: &mut Stream, _| *stream = trimmed)?;
        call.notify('t', "xtrim", call.word(1));
    }
    Answer::count(count)
}

fn xdel(call: &mut Call<'_>) -> Outcome {
    let Some(stream) = call.read::<Stream>(1)? else { return Answer::int(0) };
    let ids = call.argv[2..].iter().map(|word| strict(word, 0)).collect::<Result<Vec<Id>, Error>>()?;
    if !ids.iter().any(|id| stream.entries.contains_key(id)) {
        return Answer::int(0);
    }
    let deleted =
        call.edit(1, |stream: &mut Stream, _| ids.iter().filter(|id| stream.delete(**id)).count())?;
    call.notify('t', "xdel", call.word(1));
    Answer::count(deleted)
}

fn range(call: &mut Call<'_>, low: usize, high: usize, is_reverse: bool) -> Outcome {
    // The start is looked at first, wherever it stands.
    let (start, end) = (low_end(call, low)?, high_end(call, high)?);
    let mut count = None;
    for at in (4..call.argv.len()).step_by(2) {
        if call.option(at) != b"COUNT" || at + 1 >= call.argv.len() {
            return Err(Error::Syntax);
        }
        count = Some(call.int(at + 1)?.max(0) as usize);
    }
    let Some(stream) = call.read::<Stream>(1)? else { return Answer::array([]) };
    if count == Some(0) {
        return Ok(Answer::Reply(Reply::NullArray));
    }
    let mut found: Vec<Reply> = Vec::new();
    if start <= end {
        found.extend(stream.entries.range(start..=end).map(|(id, words)| entry(*id, words)));
    }
    if is_reverse {
        found.reverse();
    }
    found.truncate(count.unwrap_or(usize::MAX));
    Answer::array(found)
}

fn xsetid(call: &mut Call<'_>) -> Outcome {
    let id = strict(call.word(2), 0)?;
    let (mut added, mut deleted) = (None, (0, 0));
    for at in (3..call.argv.len()).step_by(2) {
        let has_value = at + 1 < call.argv.len();
        match call.option(at).as_slice() {
            b"ENTRIESADDED" if has_value => {
                added = Some(call.int(at + 1)?);
                if added < Some(0) {
                    return Err(error("entries_added must be positive"));
                }
            }
            b"MAXDELETEDID" if has_value => {
                deleted = strict(call.word(at + 1), 0)?;
                if id < deleted {
                    return Err(error(
                        "The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
                    ));
                }
            }
            _ => return Err(Error::Syntax),
        }
    }
    let Some(stream) = call.read::<Stream>(1)? else { return Err(Error::NoSuchKey) };
    if id < stream.greatest_deleted {
        return Err(error("The ID specified in XSETID is smaller than current max_deleted_entry_id"));
    }
    if let Some((top, _)) = stream.entries.last_key_value() {
        if id < *top {
            return Err(error("The ID specified in XSETID is smaller than the target stream top item"));
        }
        if added.is_some_and(|added| added < stream.entries.len() as i64) {
            return Err(error(
                "The entries_added specified in XSETID is smaller than the target stream length",
            ));
        }
    }
    let (db, key) = (call.db(), call.word(1));
    call.keyspace.alter(db, key, |stream: &mut Stream, _| {
        stream.last = id;
        stream.added = added.unwrap_or(stream.added);
        if deleted != (0, 0) {
            stream.greatest_deleted = deleted;
        }
    });
    call.notify('t', "xsetid", call.word(1));
    Answer::ok()
}

/// The stream that word 2 names.
fn existing<'c>(call: &'c Call<'_>) -> Result<&'c Stream, Error> {
    call.read::<Stream>(2)?.ok_or(Error::NoSuchKey)
}

fn info_stream(call: &mut Call<'_>) -> Outcome {
    let stream = existing(call)?;
    if call.argv.len() > 3 {
        return call.form("a map, or an error", |reply| {
            matches!(reply, Reply::Map(_) | Reply::Array(_) | Reply::Error(_))
        });
    }
    let entry_or_null =
        |found: Option<(&Id, &Vec<Vec<u8>>)>| found.map_or(Reply::Null, |(id, words)| entry(*id, words));
    let told = |index: usize| {
        let value = call.chosen().and_then(|reply| match reply {
            Reply::Map(pairs) => pairs.get(index).map(|(_, value)| value.clone()),
            Reply::Array(items) => items.get(2 * index + 1).cloned(),
            _ => None,
        });
        value.filter(|value| matches!(value, Reply::Int(0..))).unwrap_or(Reply::Int(1))
    };
    let packs = stream.packs().map(|packs| Reply::Int(packs as i64));
    let pairs = [
        ("length", Reply::Int(stream.entries.len() as i64)),
        ("radix-tree-keys", packs.unwrap_or_else(|| told(1))),
        // How the index of packs is built is the server's affair.
        ("radix-tree-nodes", told(2)),
        ("last-generated-id", shown(stream.last)),
        ("max-deleted-entry-id", shown(stream.greatest_deleted)),
        ("entries-added", Reply::Int(stream.added)),
        ("recorded-first-entry-id", shown(stream.first())),
        ("groups", Reply::Int(stream.groups.len() as i64)),
        ("first-entry", entry_or_null(stream.entries.first_key_value())),
        ("last-entry", entry_or_null(stream.entries.last_key_value())),
    ];
    Ok(Answer::Reply(map(pairs)))
}

fn map<const N: usize>(pairs: [(&str, Reply); N]) -> Reply {
    Reply::Map(pairs.into_iter().map(|(name, value)| (bulk(name), value)).collect())
}

fn info_groups(call: &mut Call<'_>) -> Outcome {
    let stream = existing(call)?;
    let number = |value: Option<i64>| value.map_or(Reply::Null, Reply::Int);
    let groups = stream.groups.iter().map(|(name, group)| {
        let read = group.read.filter(|_| !stream.has_holes_from(group.last));
        let lag = match (stream.added, read) {
            (0, _) => Some(0),
            (added, Some(read)) => Some(added.wrapping_sub(read)),
            (added, None) => stream.added_until(group.last).map(|until| added.wrapping_sub(until)),
        };
        map([
            ("name", bulk(name)),
            ("consumers", Reply::Int(group.consumers.len() as i64)),
            ("pending", Reply::Int(group.pending.len() as i64)),
            ("last-delivered-id", shown(group.last)),
            ("entries-read", number(group.read)),
            ("lag", number(lag)),
        ])
    });
    Answer::array(groups.collect::<Vec<_>>())
}

fn info_consumers(call: &mut Call<'_>) -> Outcome {
    let stream = existing(call)?;
    if !stream.groups.contains_key(call.word(3)) {
        return Err(Error::NoGroupOfKey(call.word(3).to_vec(), call.word(2).to_vec()));
    }
    let count = stream.groups[call.word(3)].consumers.len();
    call.form(&format!("{count} consumers"), |reply| {
        reply.as_slice().is_some_and(|items| items.len() == count)
    })
}

//! Lists, except those that may wait.

use crate::answer::{Answer, Outcome, bulk, bulk_or_null};
use crate::call::{Call, error};
use crate::table::{Row, row};
use crate::value::List;
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[
    row("LINDEX", 3, "", lindex),
    row("LINSERT", 5, "wm", linsert),
    row("LLEN", 2, "", |call| Answer::count(call.read::<List>(1)?.map_or(0, |list| list.items.len()))),
    row("LPOS", -3, "", lpos),
    row("LPUSH", -3, "wm", |call| push(call, Side::Left, false)),
    row("LPUSHX", -3, "wm", |call| push(call, Side::Left, true)),
    row("LRANGE", 4, "", lrange),
    row("LREM", 4, "w", lrem),
    row("LSET", 4, "wm", lset),
    row("LTRIM", 4, "w", ltrim),
    row("RPUSH", -3, "wm", |call| push(call, Side::Right, false)),
    row("RPUSHX", -3, "wm", |call| push(call, Side::Right, true)),
];

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

impl Side {
    /// Reads LEFT or RIGHT.
    pub(crate) fn parse(call: &Call<'_>, index: usize) -> Result<Side, Error> {
        match call.option(index).as_slice() {
            b"LEFT" => Ok(Side::Left),
            b"RIGHT" => Ok(Side::Right),
            _ => Err(Error::Syntax),
        }
    }

    /// `lpush` or `rpush`.
    pub(crate) fn push_event(self) -> &'static str {
        if self == Side::Left { "lpush" } else { "rpush" }
    }

    /// `lpop` or `rpop`.
    pub(crate) fn pop_event(self) -> &'static str {
        if self == Side::Left { "lpop" } else { "rpop" }
    }

    /// Puts an element at this end.
    pub(crate) fn put(self, list: &mut List, element: Vec<u8>) {
        match self {
            Side::Left => list.items.insert(0, element),
            Side::Right => list.items.push(element),
        }
    }

    /// Takes an element from this end of a list that is not empty.
    pub(crate) fn take(self, list: &mut List) -> Vec<u8> {
        match self {
            Side::Left => list.items.remove(0),
            Side::Right => list.items.pop().unwrap_or_default(),
        }
    }
}

fn push(call: &mut Call<'_>, side: Side, must_exist: bool) -> Outcome {
    let key = call.word(1);
    if call.read::<List>(1)?.is_none() && must_exist {
        return Answer::int(0);
    }
    let elements = &call.argv[2..];
    let length = call.edit(1, |list: &mut List, settings| {
        list.grow(elements, settings);
        elements.iter().for_each(|element| side.put(list, element.clone()));
        list.items.len()
    })?;
    call.notify('l', side.push_event(), key);
    Answer::count(length)
}

/// A position counted from either end; `None` if there is no such element.
fn position(length: usize, index: i64) -> Option<usize> {
    let length = length as i64;
    let index = if index < 0 { length.saturating_add(index) } else { index };
    (0..length).contains(&index).then_some(index as usize)
}

/// The positions from `start` to `end`, both counted from either end and both included.
pub(crate) fn span(length: usize, start: i64, end: i64) -> std::ops::Range<usize> {
    let absolute = |index: i64| if index < 0 { (length as i64).saturating_add(index) } else { index };
    let (start, end) = (absolute(start).max(0), absolute(end).min(length as i64 - 1));
    if start > end { 0..0 } else { start as usize..end as usize + 1 }
}

fn lindex(call: &mut Call<'_>) -> Outcome {
    let Some(list) = call.read::<List>(1)? else { return Answer::null() };
    let index = position(list.items.len(), call.int(2)?);
    Answer::bulk_or_null(index.map(|index| list.items[index].as_slice()))
}

fn lrange(call: &mut Call<'_>) -> Outcome {
    let (start, end) = (call.int(2)?, call.int(3)?);
    let Some(list) = call.read::<List>(1)? else { return Answer::array([]) };
    Answer::array(list.items[span(list.items.len(), start, end)].iter().map(bulk))
}

fn ltrim(call: &mut Call<'_>) -> Outcome {
    let (start, end) = (call.int(2)?, call.int(3)?);
    let Some(list) = call.read::<List>(1)? else { return Answer::ok() };
    let kept = list.items[span(list.items.len(), start, end)].to_vec();
    call.edit(1, |list: &mut List, settings| {
        list.items = kept;
        list.shrink(settings);
    })?;
    call.notify_shrunk('l', "ltrim", call.word(1));
    Answer::ok()
}

fn lset(call: &mut Call<'_>) -> Outcome {
    let Some(list) = call.read::<List>(1)? else { return Err(Error::NoSuchKey) };
    let length = list.items.len();
    let index = call.int(2)?;
    let element = call.word(3);
    // The real server keeps 32 bits of the index.
    let index = position(length, i64::from(index as i32));
    if index.is_none() {
        call.keyspace.alter(call.session.db, call.word(1), |list: &mut List, settings| {
            list.grow(&[element], settings)
        });
    }
    let index = index.ok_or_else(|| error("index out of range"))?;
    call.edit(1, |list: &mut List, settings| {
        list.grow(&[element], settings);
        list.items[index] = element.to_vec();
        list.shrink(settings);
    })?;
    call.notify('l', "lset", call.word(1));
    Answer::ok()
}

fn linsert(call: &mut Call<'_>) -> Outcome {
    let after = match call.option(2).as_slice() {
        b"BEFORE" => 0,
        b"AFTER" => 1,
        _ => return Err(Error::Syntax),
    };
    let (pivot, element) = (call.word(3), call.word(4));
    let Some(list) = call.read::<List>(1)? else { return Answer::int(0) };
    let found = list.items.iter().position(|item| item == pivot);
    let Some(index) = found else {
        call.keyspace.alter(call.session.db, call.word(1), |list: &mut List, settings| {
            list.grow(&[element], settings);
        });
        return Answer::int(-1);
    };
    let length = call.edit(1, |list: &mut List, settings| {
        list.grow(&[element], settings);
        list.items.insert(index + after, element.to_vec());
        list.items.len()
    })?;
    call.notify('l', "linsert", call.word(1));
    Answer::count(length)
}

fn lrem(call: &mut Call<'_>) -> Outcome {
    let count = match call.int(2)? {
        i64::MIN => return Err(Error::CountOutOfRange),
        count => count,
    };
    let element = call.word(3);
    let Some(list) = call.read::<List>(1)? else { return Answer::int(0) };
    let matching = list.items.iter().enumerate().filter(|(_, item)| *item == element).map(|(at, _)| at);
    let mut doomed: Vec<usize> = matching.collect();
    if count < 0 {
        doomed.reverse();
    }
    if count != 0 {
        doomed.truncate(count.unsigned_abs() as usize);
    }
    if doomed.is_empty() {
        return Answer::int(0);
    }
    call.edit(1, |list: &mut List, settings| {
        let items = std::mem::take(&mut list.items).into_iter().enumerate();
        list.items = items.filter(|(at, _)| !doomed.contains(at)).map(|(_, item)| item).collect();
        list.shrink(settings);
    })?;
    call.notify_shrunk('l', "lrem", call.word(1));
    Answer::count(doomed.len())
}

/// The options of LPOS.
struct Search {
    rank: i64,
    count: Option<i64>,
    compared_max: i64,
}

impl Search {
    fn parse(call: &Call<'_>) -> Result<Search, Error> {
        let mut search = Search { rank: 1, count: None, compared_max: 0 };
        for at in (3..call.argv.len()).step_by(2) {
            if at + 1 >= call.argv.len() {
                return Err(Error::Syntax);
            }
            match call.option(at).as_slice() {
                b"RANK" => search.rank = rank(call, at + 1)?,
                b"COUNT" => {
                    search.count = Some(call.int_in(at + 1, 0..=i64::MAX, "COUNT can't be negative")?);
                }
                b"MAXLEN" => {
                    search.compared_max = call.int_in(at + 1, 0..=i64::MAX, "MAXLEN can't be negative")?
                }
                _ => return Err(Error::Syntax),
            }
        }
        Ok(search)
    }
}

fn rank(call: &Call<'_>, index: usize) -> Result<i64, Error> {
    match call.int(index)? {
        i64::MIN => Err(Error::CountOutOfRange),
        0 => Err(error(
            "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to \
             start from the end of the list",
        )),
        rank => Ok(rank),
    }
}

fn lpos(call: &mut Call<'_>) -> Outcome {
    let search = Search::parse(call)?;
    let element = call.word(2);
    let Some(list) = call.read::<List>(1)? else {
        return if search.count.is_some() { Answer::array([]) } else { Answer::null() };
    };
    let mut places: Vec<usize> = (0..list.items.len()).collect();
    if search.rank < 0 {
        places.reverse();
    }
    if search.compared_max > 0 {
        places.truncate(search.compared_max as usize);
    }
    places.retain(|&at| list.items[at] == element);
    let skipped = (search.rank.unsigned_abs() as usize - 1).min(places.len());
    let found = &places[skipped..];
    match search.count {
        None => Ok(Answer::Reply(found.first().map_or(Reply::Null, |&at| Reply::Int(at as i64)))),
        Some(count) => {
            let wanted = if count == 0 { found.len() } else { found.len().min(count as usize) };
            Answer::array(found[..wanted].iter().map(|&at| Reply::Int(at as i64)))
        }
    }
}

/// A popped element as a reply.
pub(crate) fn popped(element: Option<Vec<u8>>) -> Reply {
    bulk_or_null(element.as_deref())
}

//! What takes from lists, and may wait for something to take.

use crate::answer::{Answer, Outcome, bulk};
use crate::call::Call;
use crate::commands::lists::{Side, popped};
use crate::table::{Row, row};
use crate::value::List;
use crate::waiting::{Awaited, Wait};
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[
    row("BLMOVE", 6, "wm", |call| {
        let sides = (Side::parse(call, 3)?, Side::parse(call, 4)?);
        let deadline = call.deadline(5)?;
        wait_and_move(call, sides, deadline)
    }),
    row("BLMPOP", -5, "w", |call| lmpop(call, 2, true)),
    row("BLPOP", -3, "w", |call| wait_and_pop(call, Side::Left)),
    row("BRPOP", -3, "w", |call| wait_and_pop(call, Side::Right)),
    row("BRPOPLPUSH", 4, "wm", |call| {
        let deadline = call.deadline(3)?;
        wait_and_move(call, (Side::Right, Side::Left), deadline)
    }),
    row("LMOVE", 5, "wm", |call| {
        let sides = (Side::parse(call, 3)?, Side::parse(call, 4)?);
        move_element(call, sides)
    }),
    row("LMPOP", -4, "w", |call| lmpop(call, 1, false)),
    row("LPOP", -2, "w", |call| pop(call, Side::Left, "lpop")),
    row("RPOP", -2, "w", |call| pop(call, Side::Right, "rpop")),
    row("RPOPLPUSH", 3, "wm", |call| move_element(call, (Side::Right, Side::Left))),
];

/// Takes so many elements, at most all, from a list that exists.
fn take(call: &mut Call<'_>, key: &[u8], side: Side, count: usize) -> Result<Vec<Vec<u8>>, Error> {
    let taken = call.keyspace.edit(call.session.db, key, |list: &mut List, settings| {
        let taken: Vec<Vec<u8>> = (0..count.min(list.items.len())).map(|_| side.take(list)).collect();
        list.shrink(settings);
        taken
    })?;
    call.notify_shrunk('l', side.pop_event(), key);
    Ok(taken)
}

fn pop(call: &mut Call<'_>, side: Side, name: &str) -> Outcome {
    let has_count = call.argv.len() == 3;
    if call.argv.len() > 3 {
        return Err(Error::WrongArity(name.to_owned()));
    }
    let count = match has_count {
        true => call.int_in(2, 0..=i64::MAX, "value is out of range, must be positive")?,
        false => 1,
    };
    if call.read::<List>(1)?.is_none() {
        return Ok(Answer::Reply(if has_count { Reply::NullArray } else { Reply::Null }));
    }
    if count == 0 {
        return Answer::array([]);
    }
    let mut taken = take(call, call.word(1), side, count as usize)?;
    match has_count {
        true => Answer::array(taken.into_iter().map(Reply::Bulk)),
        false => Ok(Answer::Reply(popped(taken.pop()))),
    }
}

/// From the list in word 1 to the one in word 2.
fn move_element(call: &mut Call<'_>, (from, to): (Side, Side)) -> Outcome {
    let (source, target) = (call.word(1), call.word(2));
    if call.read::<List>(1)?.is_none() {
        return Answer::null();
    }
    call.read::<List>(2)?;
    let db = call.db();
    let element = match source == target {
        true => call.edit(1, |list: &mut List, settings| {
            let element = from.take(list);
            list.grow(&[element.as_slice()], settings);
            to.put(list, element.clone());
            list.shrink(settings);
            element
        })?,
        false => {
            let peeked = call.read::<List>(1)?.map(|list| from.take(&mut list.clone())).unwrap_or_default();
            call.keyspace.edit(db, target, |list: &mut List, settings| {
                list.grow(&[peeked.as_slice()], settings);
                to.put(list, peeked.clone());
            })?;
            call.edit(1, |list: &mut List, settings| {
                from.take(list);
                list.shrink(settings);
            })?;
            peeked
        }
    };
    call.notify('l', to.push_event(), target);
    call.notify_shrunk('l', from.pop_event(), source);
    Answer::bulk(&element)
}

fn wait_and_move(call: &mut Call<'_>, sides: (Side, Side), deadline: Option<i64>) -> Outcome {
    if call.keyspace.get(call.db(), call.word(1)).is_some() {
        return move_element(call, sides);
    }
    match call.may_wait() {
        true => wait(call, &[call.word(1).to_vec()], Awaited::List, deadline),
        false => Answer::null(),
    }
}

/// The client waits for one of these keys.
pub(crate) fn wait(call: &Call<'_>, keys: &[Vec<u8>], awaited: Awaited, deadline: Option<i64>) -> Outcome {
    Ok(Answer::Wait(Wait { db: call.db(), awaited, keys: keys.to_vec(), deadline, again: None }))
}

fn wait_and_pop(call: &mut Call<'_>, side: Side) -> Outcome {
    let last = call.argv.len() - 1;
    let deadline = call.deadline(last)?;
    let keys = &call.argv[1..last];
    for key in keys {
        if call.keyspace.read::<List>(call.db(), key)?.is_some() {
            let taken = take(call, key, side, 1)?;
            return Answer::array([bulk(key), popped(taken.into_iter().next())]);
        }
    }
    match call.may_wait() {
        true => wait(call, keys, Awaited::List, deadline),
        false => Ok(Answer::Reply(Reply::NullArray)),
    }
}

/// The keys of a command that says how many there are in word `at`; options follow them.
pub(crate) fn counted_keys<'a>(call: &Call<'a>, at: usize) -> Result<&'a [Vec<u8>], Error> {
    let count = call.int_in(at, 1..=i64::MAX, "numkeys should be greater than 0")? as usize;
    call.argv[at + 1..].get(..count).ok_or(Error::Syntax)
}

/// The option COUNT at the end of LMPOP and ZMPOP; 1 without.
pub(crate) fn count_at_end(call: &Call<'_>, at: usize) -> Result<usize, Error> {
    match (call.argv.len().saturating_sub(at), call.option(at).as_slice()) {
        (0, _) => Ok(1),
        (2.., b"COUNT") => {
            let count = call.int_in(at + 1, 1..=i64::MAX, "count should be greater than 0")?;
            if call.argv.len() > at + 2 { Err(Error::Syntax) } else { Ok(count as usize) }
        }
        _ => Err(Error::Syntax),
    }
}

/// The number of keys is in word `at`; if it waits, the timeout is in word 1.
fn lmpop(call: &mut Call<'_>, at: usize, waits: bool) -> Outcome {
    let keys = counted_keys(call, at)?;
    let side = Side::parse(call, at + 1 + keys.len())?;
    let count = count_at_end(call, at + 2 + keys.len())?;
    let deadline = if waits { call.deadline(1)? } else { None };
    for key in keys {
        if call.keyspace.read::<List>(call.db(), key)?.is_some() {
            let taken = take(call, key, side, count)?;
            let taken = Reply::Array(taken.into_iter().map(Reply::Bulk).collect());
            return Answer::array([bulk(key), taken]);
        }
    }
    match waits {
        true if call.may_wait() => wait(call, keys, Awaited::List, deadline),
        _ => Ok(Answer::Reply(Reply::NullArray)),
    }
}

//! Hashes, except what walks through them.

use crate::answer::{Answer, Outcome, bulk_or_null};
use crate::call::{Call, sorted_bulks};
use crate::float80::Float80;
use crate::table::{Row, row};
use crate::value::Hash;
use resplay_resp::number::parse_i64;
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[
    row("HDEL", -3, "w", hdel),
    row("HEXISTS", 3, "", |call| Answer::flag(field(call)?.is_some())),
    row("HGET", 3, "", |call| Answer::bulk_or_null(field(call)?)),
    row("HGETALL", 2, "", hgetall),
    row("HINCRBY", 4, "wm", hincrby),
    row("HINCRBYFLOAT", 4, "wm", hincrbyfloat),
    row("HKEYS", 2, "", |call| list(call, |(field, _)| field)),
    row("HLEN", 2, "", |call| Answer::count(call.hash()?.map_or(0, Hash::len))),
    row("HMGET", -3, "", hmget),
    row("HMSET", -4, "wm", |call| hset(call, "hmset").and_then(|_| Answer::ok())),
    row("HSET", -4, "wm", |call| hset(call, "hset").and_then(Answer::count)),
    row("HSETNX", 4, "wm", hsetnx),
    row("HSTRLEN", 3, "", |call| Answer::count(field(call)?.map_or(0, <[u8]>::len))),
    row("HVALS", 2, "", |call| list(call, |(_, value)| value)),
];

/// The value of the field that word 2 names.
fn field<'c>(call: &'c Call<'_>) -> Result<Option<&'c [u8]>, Error> {
    Ok(call.hash()?.and_then(|hash| hash.get(&call.argv[2])))
}

fn hset(call: &mut Call<'_>, name: &str) -> Result<usize, Error> {
    if call.argv.len() % 2 == 1 {
        return Err(Error::WrongArity(name.to_owned()));
    }
    let words = &call.argv[2..];
    let added = call.keyspace.edit(call.session.db, call.word(1), |hash: &mut Hash, settings| {
        hash.widen_for(words.len() / 2, settings);
        hash.widen(words, settings);
        words.chunks_exact(2).filter(|pair| hash.set(&pair[0], &pair[1], settings)).count()
    })?;
    call.notify('h', "hset", call.word(1));
    Ok(added)
}

fn hsetnx(call: &mut Call<'_>) -> Outcome {
    let is_free = field(call)?.is_none();
    if is_free {
        set_field(call, call.word(3))?;
        call.notify('h', "hset", call.word(1));
    }
    Answer::flag(is_free)
}

/// Sets the field that word 2 names.
fn set_field(call: &mut Call<'_>, value: &[u8]) -> Result<(), Error> {
    let (key, field) = (call.word(1), call.word(2));
    call.keyspace.edit(call.session.db, key, |hash: &mut Hash, settings| hash.set(field, value, settings))?;
    Ok(())
}

fn hdel(call: &mut Call<'_>) -> Outcome {
    let fields = &call.argv[2..];
    let has_any = |hash: &Hash| fields.iter().any(|field| hash.get(field).is_some());
    if !call.hash()?.is_some_and(has_any) {
        return Answer::int(0);
    }
    let remove = |hash: &mut Hash| fields.iter().filter(|field| hash.remove(field)).count();
    let removed = call.keyspace.edit(call.session.db, call.word(1), |hash: &mut Hash, _| remove(hash))?;
    call.notify_shrunk('h', "hdel", call.word(1));
    Answer::count(removed)
}

fn hmget(call: &mut Call<'_>) -> Outcome {
    let hash = call.hash()?;
    Answer::array(call.argv[2..].iter().map(|field| bulk_or_null(hash.and_then(|hash| hash.get(field)))))
}

fn hgetall(call: &mut Call<'_>) -> Outcome {
    let bulk = |bytes: &[u8]| Reply::Bulk(bytes.to_vec());
    let hash = call.hash()?;
    let pairs: Vec<(Reply, Reply)> =
        hash.into_iter().flat_map(Hash::iter).map(|(field, value)| (bulk(field), bulk(value))).collect();
    if !hash.is_some_and(Hash::is_unordered) {
        return Ok(Answer::Reply(Reply::Map(pairs)));
    }
    let mut actual = pairs_of(call.chosen());
    actual.sort_unstable();
    let mut expected: Vec<_> = hash.into_iter().flat_map(Hash::iter).map(own).collect();
    expected.sort_unstable();
    let is_same = actual == expected && has_map_form(call);
    Answer::judge(
        is_same,
        &format!("the {} fields of the hash with their values, in any order", expected.len()),
    )
}

fn own((field, value): (&[u8], &[u8])) -> (Vec<u8>, Vec<u8>) {
    (field.to_vec(), value.to_vec())
}

/// The pairs of a map, or of an array with fields and values in turn.
fn pairs_of(reply: Option<Reply>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let flat = match reply {
        Some(Reply::Map(pairs)) => pairs.into_iter().flat_map(|(field, value)| [field, value]).collect(),
        Some(Reply::Array(items)) => items,
        _ => Vec::new(),
    };
    let bytes = |reply: &Reply| crate::call::as_bulk(reply).unwrap_or_default().to_vec();
    flat.chunks_exact(2).map(|pair| (bytes(&pair[0]), bytes(&pair[1]))).collect()
}

fn has_map_form(call: &Call<'_>) -> bool {
    let head = match call.session.protocol {
        resplay_resp::Protocol::Resp2 => b'*',
        resplay_resp::Protocol::Resp3 => b'%',
    };
    call.actual.first() == Some(&head)
}

/// Takes a part of a field with its value.
type Pick = for<'p> fn((&'p [u8], &'p [u8])) -> &'p [u8];

/// HKEYS and HVALS: what `pick` takes of each pair.
fn list(call: &mut Call<'_>, pick: Pick) -> Outcome {
    let hash = call.hash()?;
    let picked = || hash.into_iter().flat_map(Hash::iter).map(pick);
    if !hash.is_some_and(Hash::is_unordered) {
        return Answer::array(picked().map(|bytes| Reply::Bulk(bytes.to_vec())));
    }
    let mut expected: Vec<&[u8]> = picked().collect();
    expected.sort_unstable();
    call.form(&format!("{} elements of the hash in any order", expected.len()), |reply| match reply {
        Reply::Array(items) => sorted_bulks(items).as_ref() == Some(&expected),
        _ => false,
    })
}

fn hincrby(call: &mut Call<'_>) -> Outcome {
    let by = call.int(3)?;
    let old = match field(call)? {
        Some(value) => parse_i64(value).ok_or(Error::HashNotAnInteger)?,
        None => 0,
    };
    let new = old.checked_add(by).ok_or(Error::Overflow)?;
    set_field(call, new.to_string().as_bytes())?;
    call.notify('h', "hincrby", call.word(1));
    Answer::int(new)
}

fn hincrbyfloat(call: &mut Call<'_>) -> Outcome {
    let by = Float80::parse(call.word(3)).ok_or(Error::NotAFloat)?;
    if by.is_infinite() {
        return Err(Error::Custom("ERR value is NaN or Infinity".to_owned()));
    }
    let old = Float80::parse(field(call)?.unwrap_or(b"0")).ok_or(Error::HashNotAFloat)?;
    let new = old.plus(&by).ok_or(Error::NanOrInfinity)?.print();
    set_field(call, new.as_bytes())?;
    call.notify('h', "hincrbyfloat", call.word(1));
    Answer::bulk(new.as_bytes())
}

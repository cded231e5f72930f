//! Several sets together.

use crate::answer::{Answer, Outcome};
use crate::call::{Call, error};
use crate::commands::list_pops::counted_keys;
use crate::commands::sets::listed;
use crate::table::{Row, row};
use crate::value::Set;
use resplay_resp::Error;

pub(crate) const ROWS: &[Row] = &[
    row("SDIFF", -2, "", |call| combine(call, 1, difference)),
    row("SDIFFSTORE", -3, "wm", |call| {
        let set = difference_to_store(call)?;
        stored(call, set, "sdiffstore")
    }),
    row("SINTER", -2, "", |call| combine(call, 1, intersection)),
    row("SINTERCARD", -3, "", sintercard),
    row("SINTERSTORE", -3, "wm", |call| {
        let (result, is_known) = combined(call, &call.argv[2..], intersection)?;
        let set = Set::intersected(&result, is_known, begins_as_integers(call), &call.keyspace.settings);
        stored(call, set, "sinterstore")
    }),
    row("SUNION", -2, "", |call| combine(call, 1, union)),
    row("SUNIONSTORE", -3, "wm", |call| {
        let (result, is_known) = combined(call, &call.argv[2..], union)?;
        let set = Set::collect(&result, is_known, &call.keyspace.settings);
        stored(call, set, "sunionstore")
    }),
];

/// Members in an order.
type Members = Vec<Vec<u8>>;

fn union(sets: &[Members]) -> Members {
    let mut all = Members::new();
    for member in sets.iter().flatten() {
        if !all.contains(member) {
            all.push(member.clone());
        }
    }
    all
}

fn difference(sets: &[Members]) -> Members {
    let (first, others) = sets.split_first().expect("the arity asks for a key");
    first.iter().filter(|member| !others.iter().any(|set| set.contains(member))).cloned().collect()
}

fn intersection(sets: &[Members]) -> Members {
    let smallest = sets.iter().min_by_key(|set| set.len()).expect("the arity asks for a key");
    smallest.iter().filter(|member| sets.iter().all(|set| set.contains(member))).cloned().collect()
}

/// What becomes of these keys' sets, and whether its order is known.
fn combined(
    call: &Call<'_>,
    keys: &[Vec<u8>],
    operation: fn(&[Members]) -> Members,
) -> Result<(Members, bool), Error> {
    let sets = keys.iter().map(|key| call.keyspace.read::<Set>(call.session.db, key));
    let sets = sets.collect::<Result<Vec<_>, _>>()?;
    let is_known = !sets.iter().flatten().any(|set| set.is_unordered());
    let members: Vec<Members> = sets.iter().map(|set| set.map(Set::members).unwrap_or_default()).collect();
    Ok((operation(&members), is_known))
}

fn combine(call: &mut Call<'_>, from: usize, operation: fn(&[Members]) -> Members) -> Outcome {
    let (result, _) = combined(call, &call.argv[from..], operation)?;
    listed(call, result, true)
}

fn stored(call: &mut Call<'_>, set: Set, event: &str) -> Outcome {
    let count = set.len();
    call.store(call.word(1), Some(set).filter(|_| count > 0), 's', event);
    Answer::count(count)
}

/// SDIFFSTORE's result. Where the real server takes the members of the others away from those of the first, the encoding
/// is that which all of the first need.
fn difference_to_store(call: &Call<'_>) -> Result<Set, Error> {
    let (result, is_known) = combined(call, &call.argv[2..], difference)?;
    let size = |key: &Vec<u8>| call.keyspace.read::<Set>(call.session.db, key).map(|set| set.map(Set::len));
    let sizes = call.argv[2..].iter().map(size).collect::<Result<Vec<_>, _>>()?;
    let first = sizes[0].unwrap_or(0);
    let looks_up = first * sizes.iter().flatten().count() / 2;
    if looks_up <= sizes.iter().flatten().sum() || call.argv[3..].contains(&call.argv[2]) {
        return Ok(Set::collect(&result, is_known, &call.keyspace.settings));
    }
    let all =
        call.keyspace.read::<Set>(call.session.db, &call.argv[2])?.map(Set::members).unwrap_or_default();
    let mut set = Set::collect(&all, is_known, &call.keyspace.settings);
    for member in all.iter().filter(|member| !result.contains(member)) {
        set.remove(member);
    }
    Ok(set)
}

/// Whether the smallest of SINTERSTORE's sets, with which the result begins, holds integers in order.
fn begins_as_integers(call: &Call<'_>) -> bool {
    let sets =
        call.argv[2..].iter().filter_map(|key| call.keyspace.read::<Set>(call.session.db, key).ok()?);
    sets.min_by_key(|set| set.len()).is_some_and(Set::is_intset)
}

fn sintercard(call: &mut Call<'_>) -> Outcome {
    let count = call.int_in(1, 1..=i64::MAX, "numkeys should be greater than 0")?;
    if count as u64 > call.argv.len() as u64 - 2 {
        return Err(error("Number of keys can't be greater than number of args"));
    }
    let keys = counted_keys(call, 1)?;
    let mut limit = 0;
    for at in (2 + keys.len()..call.argv.len()).step_by(2) {
        if call.option(at) != b"LIMIT" || at + 1 >= call.argv.len() {
            return Err(Error::Syntax);
        }
        limit = call.int_in(at + 1, 0..=i64::MAX, "LIMIT can't be negative")?;
    }
    let (result, _) = combined(call, keys, intersection)?;
    Answer::count(if limit == 0 { result.len() } else { result.len().min(limit as usize) })
}

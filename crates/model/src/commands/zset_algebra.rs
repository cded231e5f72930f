//! Several sorted sets together, and what takes the first or last members.

use crate::answer::{Answer, Outcome, bulk};
use crate::call::{Call, error};
use crate::commands::list_pops::{count_at_end, counted_keys, wait};
use crate::commands::zsets::{nested, scored};
use crate::table::{Row, row};
use crate::value::{Set, Value, Zset};
use crate::waiting::Awaited;
use resplay_resp::number::parse_f64;
use resplay_resp::{Error, Protocol, Reply};
use std::collections::BTreeMap;

pub(crate) const ROWS: &[Row] = &[
    row("BZMPOP", -5, "w", |call| zmpop(call, 2, true)),
    row("BZPOPMAX", -3, "w", |call| wait_and_pop(call, End::Max)),
    row("BZPOPMIN", -3, "w", |call| wait_and_pop(call, End::Min)),
    row("ZDIFF", -3, "", |call| combine(call, Operation::Difference, "zdiff")),
    row("ZDIFFSTORE", -4, "wm", |call| combine_and_store(call, Operation::Difference, "zdiffstore")),
    row("ZINTER", -3, "", |call| combine(call, Operation::Intersection, "zinter")),
    row("ZINTERCARD", -3, "", zintercard),
    row("ZINTERSTORE", -4, "wm", |call| combine_and_store(call, Operation::Intersection, "zinterstore")),
    row("ZMPOP", -4, "w", |call| zmpop(call, 1, false)),
    row("ZPOPMAX", -2, "w", |call| pop(call, End::Max)),
    row("ZPOPMIN", -2, "w", |call| pop(call, End::Min)),
    row("ZUNION", -3, "", |call| combine(call, Operation::Union, "zunion")),
    row("ZUNIONSTORE", -4, "wm", |call| combine_and_store(call, Operation::Union, "zunionstore")),
];

/// Members with their scores.
type Scored = Vec<(Vec<u8>, f64)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Union,
    Intersection,
    Difference,
}

/// AGGREGATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn of(self, one: f64, other: f64) -> f64 {
        match self {
            Aggregate::Sum => or_zero(one + other),
            Aggregate::Min if other < one => other,
            Aggregate::Max if other > one => other,
            Aggregate::Min | Aggregate::Max => one,
        }
    }
}

/// What is no number counts as zero.
fn or_zero(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// What is combined, and how.
struct Plan {
    sources: Vec<BTreeMap<Vec<u8>, f64>>,
    weights: Vec<f64>,
    aggregate: Aggregate,
    with_scores: bool,
    limit: usize,
}

/// What a plan is for, which decides about its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Reply,
    Store,
    Count,
}

impl Plan {
    /// The number of keys is in word `at`.
    fn parse(
        call: &Call<'_>,
        at: usize,
        operation: Operation,
        purpose: Purpose,
        name: &str,
    ) -> Result<Plan, Error> {
        let count = call.int(at)?;
        if count < 1 {
            return Err(error(&format!("at least 1 input key is needed for '{name}' command")));
        }
        let keys = call.argv[at + 1..].get(..count as usize).ok_or(Error::Syntax)?;
        let sources = keys.iter().map(|key| source(call, key)).collect::<Result<Vec<_>, _>>()?;
        let weights = vec![1.0; sources.len()];
        let mut plan =
            Plan { sources, weights, aggregate: Aggregate::Sum, with_scores: false, limit: usize::MAX };
        let mut at = at + 1 + keys.len();
        let has_weights = operation != Operation::Difference && purpose != Purpose::Count;
        while at < call.argv.len() {
            let left = call.argv.len() - at - 1;
            at += match call.option(at).as_slice() {
                b"WEIGHTS" if has_weights && left >= keys.len() => plan.weigh(call, at)?,
                b"AGGREGATE" if has_weights && left >= 1 => {
                    plan.aggregate = aggregate(call, at + 1)?;
                    2
                }
                b"WITHSCORES" if purpose == Purpose::Reply => {
                    plan.with_scores = true;
                    1
                }
                b"LIMIT" if purpose == Purpose::Count && left >= 1 => {
                    let limit = call.int_in(at + 1, 0..=i64::MAX, "LIMIT can't be negative")? as usize;
                    plan.limit = if limit == 0 { usize::MAX } else { limit };
                    2
                }
                _ => return Err(Error::Syntax),
            };
        }
        Ok(plan)
    }

    /// Reads WEIGHTS; how many words it takes.
    fn weigh(&mut self, call: &Call<'_>, at: usize) -> Result<usize, Error> {
        for (index, weight) in self.weights.iter_mut().enumerate() {
            let word = call.word(at + 1 + index);
            *weight = parse_f64(word).ok_or_else(|| error("weight value is not a float"))?;
        }
        Ok(1 + self.weights.len())
    }

    fn combine(&self, operation: Operation) -> Scored {
        let mut sources: Vec<_> = self.sources.iter().zip(&self.weights).collect();
        if operation == Operation::Difference {
            let (first, others) = self.sources.split_first().expect("there is at least one key");
            let only = first.iter().filter(|(member, _)| !others.iter().any(|set| set.contains_key(*member)));
            return only.map(|(member, score)| (member.clone(), *score)).collect();
        }
        // Sums are not the same in every order: the real server begins with the smallest.
        sources.sort_by_key(|(source, _)| source.len());
        // What is no number counts as zero, but in an intersection only in the first.
        let is_union = operation == Operation::Union;
        let mut result: BTreeMap<&Vec<u8>, (f64, usize)> = BTreeMap::new();
        for (source, weight) in &sources {
            for (member, score) in *source {
                let value = *weight * score;
                let value = if is_union || !result.contains_key(member) { or_zero(value) } else { value };
                let combined = |(old, times): &mut (f64, usize)| {
                    (*old, *times) = (self.aggregate.of(*old, value), *times + 1);
                };
                result.entry(member).and_modify(combined).or_insert((value, 1));
            }
        }
        let is_in = |times: usize| operation == Operation::Union || times == sources.len();
        let kept = result.into_iter().filter(|(_, (_, times))| is_in(*times));
        kept.map(|(member, (score, _))| (member.clone(), score)).collect()
    }
}

fn aggregate(call: &Call<'_>, at: usize) -> Result<Aggregate, Error> {
    match call.option(at).as_slice() {
        b"SUM" => Ok(Aggregate::Sum),
        b"MIN" => Ok(Aggregate::Min),
        b"MAX" => Ok(Aggregate::Max),
        _ => Err(Error::Syntax),
    }
}

/// A sorted set, or a set whose members all have score 1.
fn source(call: &Call<'_>, key: &[u8]) -> Result<BTreeMap<Vec<u8>, f64>, Error> {
    match call.keyspace.get(call.session.db, key).map(|item| &item.value) {
        None => Ok(BTreeMap::new()),
        Some(Value::Zset(zset)) => Ok(zset.iter().map(|(member, score)| (member.to_vec(), score)).collect()),
        Some(Value::Set(set)) => Ok(Set::members(set).into_iter().map(|member| (member, 1.0)).collect()),
        Some(_) => Err(Error::WrongType),
    }
}

fn combine(call: &mut Call<'_>, operation: Operation, name: &str) -> Outcome {
    let plan = Plan::parse(call, 1, operation, Purpose::Reply, name)?;
    let zset = Zset::collect(plan.combine(operation), &call.keyspace.settings);
    let result: Scored = zset.iter().map(|(member, score)| (member.to_vec(), score)).collect();
    Ok(Answer::Reply(scored(call, &result, plan.with_scores)))
}

fn combine_and_store(call: &mut Call<'_>, operation: Operation, name: &str) -> Outcome {
    let plan = Plan::parse(call, 2, operation, Purpose::Store, name)?;
    let settings = &call.keyspace.settings;
    let zset = Zset::collect(plan.combine(operation), settings).settled(settings);
    let count = zset.len();
    call.store(call.word(1), Some(zset).filter(|_| count > 0), 'z', name);
    Answer::count(count)
}

fn zintercard(call: &mut Call<'_>) -> Outcome {
    let plan = Plan::parse(call, 1, Operation::Intersection, Purpose::Count, "zintercard")?;
    Answer::count(plan.combine(Operation::Intersection).len().min(plan.limit))
}

/// Which members are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Min,
    Max,
}

/// Takes so many members, at most all.
fn take(call: &mut Call<'_>, key: &[u8], end: End, count: usize) -> Result<Scored, Error> {
    let taken = call.keyspace.edit(call.session.db, key, |zset: &mut Zset, _| {
        let all = zset.iter().map(|(member, score)| (member.to_vec(), score));
        let taken: Scored = match end {
            End::Min => all.take(count).collect(),
            End::Max => all.rev().take(count).collect(),
        };
        for (member, _) in &taken {
            zset.remove(member);
        }
        taken
    })?;
    call.notify_shrunk('z', if end == End::Min { "zpopmin" } else { "zpopmax" }, key);
    Ok(taken)
}

fn pop(call: &mut Call<'_>, end: End) -> Outcome {
    if call.argv.len() > 3 {
        return Err(Error::Syntax);
    }
    let has_count = call.argv.len() == 3;
    let count = match has_count {
        true => call.int_in(2, 0..=i64::MAX, "value is out of range, must be positive")?,
        false => 1,
    };
    if call.read::<Zset>(1)?.is_none() || count == 0 {
        return Answer::array([]);
    }
    let taken = take(call, call.word(1), end, count as usize)?;
    let is_nested = has_count && call.session.protocol == Protocol::Resp3;
    match is_nested {
        true => Ok(Answer::Reply(nested(&taken))),
        false => {
            Answer::array(taken.iter().flat_map(|(member, score)| [bulk(member), Reply::Double(*score)]))
        }
    }
}

fn wait_and_pop(call: &mut Call<'_>, end: End) -> Outcome {
    let last = call.argv.len() - 1;
    let deadline = call.deadline(last)?;
    let keys = &call.argv[1..last];
    for key in keys {
        if call.keyspace.read::<Zset>(call.db(), key)?.is_some() {
            let taken = take(call, key, end, 1)?;
            let scored = taken.iter().flat_map(|(member, score)| [bulk(member), Reply::Double(*score)]);
            return Answer::array([bulk(key)].into_iter().chain(scored));
        }
    }
    match call.may_wait() {
        true => wait(call, keys, Awaited::Zset, deadline),
        false => Ok(Answer::Reply(Reply::NullArray)),
    }
}

/// The number of keys is in word `at`; if it waits, the timeout is in word 1.
fn zmpop(call: &mut Call<'_>, at: usize, waits: bool) -> Outcome {
    let keys = counted_keys(call, at)?;
    let end = match call.option(at + 1 + keys.len()).as_slice() {
        b"MIN" => End::Min,
        b"MAX" => End::Max,
        _ => return Err(Error::Syntax),
    };
    let count = count_at_end(call, at + 2 + keys.len())?;
    let deadline = if waits { call.deadline(1)? } else { None };
    for key in keys {
        if call.keyspace.read::<Zset>(call.db(), key)?.is_some() {
            let taken = take(call, key, end, count)?;
            return Answer::array([bulk(key), nested(&taken)]);
        }
    }
    match waits {
        true if call.may_wait() => wait(call, keys, Awaited::Zset, deadline),
        _ => Ok(Answer::Reply(Reply::NullArray)),
    }
}

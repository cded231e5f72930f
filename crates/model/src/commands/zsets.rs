//! Sorted sets: members and their scores.

use crate::answer::{Answer, Outcome, bulk};
use crate::call::{Call, as_bulk, error};
use crate::commands::scan::{ScanOptions, Scanned, cursor, cursor_and_items};
use crate::glob;
use crate::table::{Row, row};
use crate::value::Zset;
use resplay_resp::number::parse_f64;
use resplay_resp::{Error, Protocol, Reply};
use std::collections::BTreeSet;

pub(crate) const ROWS: &[Row] = &[
    row("ZADD", -4, "wm", zadd),
    row("ZCARD", 2, "", |call| Answer::count(call.read::<Zset>(1)?.map_or(0, Zset::len))),
    row("ZINCRBY", 4, "wm", zincrby),
    row("ZMSCORE", -3, "", |call| {
        let zset = call.read::<Zset>(1)?;
        Answer::array(
            call.argv[2..].iter().map(|member| double_or_null(zset.and_then(|zset| zset.score(member)))),
        )
    }),
    row("ZRANDMEMBER", -2, "", zrandmember),
    row("ZRANK", -3, "", |call| rank(call, "zrank", false)),
    row("ZREM", -3, "w", zrem),
    row("ZREVRANK", -3, "", |call| rank(call, "zrevrank", true)),
    row("ZSCAN", -3, "", zscan),
    row("ZSCORE", 3, "", |call| {
        let score = call.read::<Zset>(1)?.and_then(|zset| zset.score(&call.argv[2]));
        Ok(Answer::Reply(double_or_null(score)))
    }),
];

fn double_or_null(score: Option<f64>) -> Reply {
    score.map_or(Reply::Null, Reply::Double)
}

/// Members as a reply; with scores they are pairs in RESP3 and a flat list in RESP2, unless pairs are asked for.
pub(crate) fn scored(call: &Call<'_>, items: &[(Vec<u8>, f64)], with_scores: bool) -> Reply {
    match (with_scores, call.session.protocol) {
        (false, _) => Reply::Array(items.iter().map(|(member, _)| bulk(member)).collect()),
        (true, Protocol::Resp2) => Reply::Array(items.iter().flat_map(pair).collect()),
        (true, Protocol::Resp3) => nested(items),
    }
}

/// Members and scores as pairs.
pub(crate) fn nested(items: &[(Vec<u8>, f64)]) -> Reply {
    Reply::Array(items.iter().map(|item| Reply::Array(pair(item).to_vec())).collect())
}

fn pair((member, score): &(Vec<u8>, f64)) -> [Reply; 2] {
    [bulk(member), Reply::Double(*score)]
}

/// What ZADD is told to do.
#[derive(Clone, Default)]
struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
    ch: bool,
    incr: bool,
}

pub(crate) fn zadd(call: &mut Call<'_>) -> Outcome {
    let mut set = Conditions::default();
    let mut at = 2;
    loop {
        match call.option(at).as_slice() {
            b"NX" => set.nx = true,
            b"XX" => set.xx = true,
            b"GT" => set.gt = true,
            b"LT" => set.lt = true,
            b"CH" => set.ch = true,
            b"INCR" => set.incr = true,
            _ => break,
        }
        at += 1;
    }
    let words = call.argv.len() - at;
    if words == 0 || words % 2 == 1 {
        return Err(Error::Syntax);
    }
    if set.nx && set.xx {
        return Err(error("XX and NX options at the same time are not compatible"));
    }
    if (set.nx && (set.gt || set.lt)) || (set.gt && set.lt) {
        return Err(error("GT, LT, and/or NX options at the same time are not compatible"));
    }
    if set.incr && words > 2 {
        return Err(error("INCR option supports a single increment-element pair"));
    }
    add(call, &set, at)
}

/// As ZADD INCR, whose options it would take if there were room for them.
fn zincrby(call: &mut Call<'_>) -> Outcome {
    match call.option(2).as_slice() {
        b"NX" | b"XX" | b"GT" | b"LT" | b"CH" | b"INCR" => Err(Error::Syntax),
        _ => add(call, &Conditions { incr: true, ..Conditions::default() }, 2),
    }
}

impl Conditions {
    /// The score that a member gets; `None` if it stays as it is.
    fn score(&self, old: Option<f64>, given: f64) -> Result<Option<f64>, Error> {
        let Some(old) = old else { return Ok((!self.xx).then_some(given)) };
        if self.nx {
            return Ok(None);
        }
        let new = if self.incr { old + given } else { given };
        if new.is_nan() {
            return Err(error("resulting score is not a number (NaN)"));
        }
        let is_refused = (self.lt && new >= old) || (self.gt && new <= old);
        Ok((!is_refused).then_some(new))
    }
}

/// Scores and members begin at word `at`.
fn add(call: &mut Call<'_>, set: &Conditions, at: usize) -> Outcome {
    let pairs: Vec<&[Vec<u8>]> = call.argv[at..].chunks_exact(2).collect();
    let scores = pairs.iter().map(|pair| parse_f64(&pair[0]).ok_or(Error::NotAFloat));
    let scores = scores.collect::<Result<Vec<f64>, Error>>()?;
    let nothing = || if set.incr { Answer::null() } else { Answer::int(0) };
    let existing = call.read::<Zset>(1)?.cloned();
    if existing.is_none() && set.xx {
        return nothing();
    }
    let longest = pairs.iter().map(|pair| pair[1].len()).max().unwrap_or(0);
    let settings = call.keyspace.settings.clone();
    let mut zset = existing.clone().unwrap_or_else(|| Zset::create(pairs.len(), longest, &settings));
    zset.widen_for(pairs.len(), longest, &settings);
    let (mut added, mut updated, mut last) = (0, 0, None);
    for (pair, given) in pairs.iter().zip(scores) {
        let old = zset.score(&pair[1]);
        last = match set.score(old, given) {
            Ok(score) => score,
            Err(error) => {
                // What was kept otherwise to make room stays so.
                call.keyspace.alter(call.session.db, call.word(1), |place: &mut Zset, _| *place = zset);
                return Err(error);
            }
        };
        let Some(new) = last else { continue };
        zset.set(&pair[1], new, &settings);
        added += usize::from(old.is_none());
        updated += usize::from(old.is_some_and(|old| old != new));
    }
    let key = call.word(1);
    if added + updated > 0 {
        call.edit(1, |place: &mut Zset, _| *place = zset)?;
        call.notify('z', if set.incr { "zincr" } else { "zadd" }, key);
    } else {
        call.keyspace.alter(call.session.db, key, |place: &mut Zset, _| *place = zset);
    }
    match set.incr {
        true => Ok(Answer::Reply(double_or_null(last))),
        false => Answer::count(if set.ch { added + updated } else { added }),
    }
}

fn zrem(call: &mut Call<'_>) -> Outcome {
    let members = &call.argv[2..];
    let has = |zset: &Zset| members.iter().any(|member| zset.score(member).is_some());
    if !call.read::<Zset>(1)?.is_some_and(has) {
        return Answer::int(0);
    }
    let removed =
        call.edit(1, |zset: &mut Zset, _| members.iter().filter(|member| zset.remove(member)).count())?;
    call.notify_shrunk('z', "zrem", call.word(1));
    Answer::count(removed)
}

fn rank(call: &mut Call<'_>, name: &str, is_reverse: bool) -> Outcome {
    if call.argv.len() > 4 {
        return Err(Error::WrongArity(name.to_owned()));
    }
    let with_score = call.argv.len() > 3;
    if with_score && call.option(3) != b"WITHSCORE" {
        return Err(Error::Syntax);
    }
    let zset = call.read::<Zset>(1)?;
    let found = zset.and_then(|zset| {
        let place = zset.iter().position(|(member, _)| member == call.word(2))?;
        let rank = if is_reverse { zset.len() - 1 - place } else { place };
        Some((Reply::Int(rank as i64), Reply::Double(zset.score(call.word(2))?)))
    });
    match (found, with_score) {
        (None, false) => Answer::null(),
        (None, true) => Ok(Answer::Reply(Reply::NullArray)),
        (Some((rank, _)), false) => Ok(Answer::Reply(rank)),
        (Some((rank, score)), true) => Answer::array([rank, score]),
    }
}

fn zrandmember(call: &mut Call<'_>) -> Outcome {
    if call.argv.len() == 2 {
        return match call.read::<Zset>(1)? {
            None => Answer::null(),
            Some(zset) => call
                .form("a member", |reply| as_bulk(reply).is_some_and(|member| zset.score(member).is_some())),
        };
    }
    let count = match call.int(2)? {
        i64::MIN => return Err(Error::CountOutOfRange),
        count => count,
    };
    let with_scores = call.argv.len() > 3;
    if call.argv.len() > 4 || (with_scores && call.option(3) != b"WITHSCORES") {
        return Err(Error::Syntax);
    }
    if with_scores && count.unsigned_abs() > i64::MAX.unsigned_abs() / 2 {
        return Err(Error::OutOfRange);
    }
    let Some(zset) = call.read::<Zset>(1)? else { return Answer::array([]) };
    let expected = if count < 0 { count.unsigned_abs() as usize } else { zset.len().min(count as usize) };
    let is_right =
        call.chosen().and_then(|reply| picked(&reply, with_scores, call, zset)).is_some_and(|picks| {
            let different: BTreeSet<_> = picks.iter().map(|(member, _)| member).collect();
            picks.len() == expected
                && (count < 0 || different.len() == picks.len())
                && call.is_exactly(&scored(call, &picks, with_scores))
        });
    Answer::judge(is_right, &format!("{expected} members{}", if count < 0 { "" } else { ", all different" }))
}

/// The members that a reply lists, with the scores that they have.
fn picked(reply: &Reply, with_scores: bool, call: &Call<'_>, zset: &Zset) -> Option<Vec<(Vec<u8>, f64)>> {
    let items = reply.as_slice()?;
    let is_flat = with_scores && call.session.protocol == Protocol::Resp2;
    let heads: Vec<&Reply> = match with_scores && !is_flat {
        true => items.iter().map(|item| item.as_slice()?.first()).collect::<Option<_>>()?,
        false => items.iter().step_by(if is_flat { 2 } else { 1 }).collect(),
    };
    heads.into_iter().map(|head| Some((as_bulk(head)?.to_vec(), zset.score(as_bulk(head)?)?))).collect()
}

fn zscan(call: &mut Call<'_>) -> Outcome {
    cursor(call, 2)?;
    let Some(zset) = call.read::<Zset>(1)? else {
        return Answer::array([bulk("0"), Reply::Array(Vec::new())]);
    };
    let options = ScanOptions::parse(call, 3, Scanned::Scored)?;
    let matching: Vec<&[u8]> = zset
        .iter()
        .map(|(member, _)| member)
        .filter(|member| glob::selects(&options.pattern, member))
        .collect();
    let is_small =
        call.keyspace.get(call.db(), call.word(1)).and_then(|item| item.value.encoding()) == Some("listpack");
    call.form(
        "members that fit the pattern, with scores; all of them and cursor 0 from a small set",
        |reply| {
            let Some((next, items)) = cursor_and_items(reply) else { return false };
            let is_right = |item: &[Reply]| {
                let Some(member) = as_bulk(&item[0]) else { return false };
                let score = item.get(1).and_then(as_bulk).and_then(parse_f64);
                matching.contains(&member) && (!options.with_values || zset.score(member) == score)
            };
            let width = if options.with_values { 2 } else { 1 };
            let members: Vec<&[u8]> = items.iter().step_by(width).filter_map(as_bulk).collect();
            items.chunks(width).all(is_right) && (!is_small || (next == b"0" && members == matching))
        },
    )
}

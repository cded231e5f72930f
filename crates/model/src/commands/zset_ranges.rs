//! Sorted sets: parts by rank, by score and in the order of bytes.

use crate::answer::{Answer, Outcome};
use crate::call::{Call, error};
use crate::commands::lists::span;
use crate::commands::zsets::scored;
use crate::table::{Row, row};
use crate::value::Zset;
use resplay_resp::number::parse_f64;
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[
    row("ZCOUNT", 4, "", |call| count(call, By::Score)),
    row("ZLEXCOUNT", 4, "", |call| count(call, By::Lex)),
    row("ZRANGE", -4, "", |call| range(call, None, None)),
    row("ZRANGEBYLEX", -4, "", |call| range(call, Some(By::Lex), Some(false))),
    row("ZRANGEBYSCORE", -4, "", |call| range(call, Some(By::Score), Some(false))),
    row("ZRANGESTORE", -5, "wm", zrangestore),
    row("ZREMRANGEBYLEX", 4, "w", |call| remove(call, By::Lex, "zremrangebylex")),
    row("ZREMRANGEBYRANK", 4, "w", |call| remove(call, By::Rank, "zremrangebyrank")),
    row("ZREMRANGEBYSCORE", 4, "w", |call| remove(call, By::Score, "zremrangebyscore")),
    row("ZREVRANGE", -4, "", |call| range(call, Some(By::Rank), Some(true))),
    row("ZREVRANGEBYLEX", -4, "", |call| range(call, Some(By::Lex), Some(true))),
    row("ZREVRANGEBYSCORE", -4, "", |call| range(call, Some(By::Score), Some(true))),
];

/// By what a part is cut out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Rank,
    Score,
    Lex,
}

/// The two ends of a part.
enum Range {
    Rank(i64, i64),
    Score(ScoreEnd, ScoreEnd),
    Lex(LexEnd, LexEnd),
}

struct ScoreEnd {
    value: f64,
    is_open: bool,
}

enum LexEnd {
    Least,
    Greatest,
    At { word: Vec<u8>, is_open: bool },
}

impl Range {
    fn parse(call: &Call<'_>, by: By, low: usize, high: usize) -> Result<Range, Error> {
        let (min, max) = (call.word(low), call.word(high));
        match by {
            By::Rank => Ok(Range::Rank(call.int(low.min(high))?, call.int(low.max(high))?)),
            By::Score => {
                let end = |word| ScoreEnd::parse(word).ok_or_else(|| error("min or max is not a float"));
                Ok(Range::Score(end(min)?, end(max)?))
            }
            By::Lex => {
                let end =
                    |word| LexEnd::parse(word).ok_or_else(|| error("min or max not valid string range item"));
                Ok(Range::Lex(end(min)?, end(max)?))
            }
        }
    }

    /// The part, lowest first unless reversed.
    fn select(&self, zset: &Zset, is_reverse: bool) -> Vec<(Vec<u8>, f64)> {
        let mut all: Vec<(Vec<u8>, f64)> =
            zset.iter().map(|(member, score)| (member.to_vec(), score)).collect();
        match self {
            Range::Rank(start, end) => {
                if is_reverse {
                    all.reverse();
                }
                return all[span(all.len(), *start, *end)].to_vec();
            }
            Range::Score(min, max) => all.retain(|(_, score)| {
                (if min.is_open { *score > min.value } else { *score >= min.value })
                    && (if max.is_open { *score < max.value } else { *score <= max.value })
            }),
            Range::Lex(min, max) => return select_by_bytes(all, min, max, is_reverse),
        }
        if is_reverse {
            all.reverse();
        }
        all
    }
}

/// Walks as if all scores were equal: from the first that is not too low to the last before one that is too high.
fn select_by_bytes(
    mut all: Vec<(Vec<u8>, f64)>,
    min: &LexEnd,
    max: &LexEnd,
    is_reverse: bool,
) -> Vec<(Vec<u8>, f64)> {
    let reaches = match (all.first(), all.last()) {
        (Some(first), Some(last)) => min.is_below(&last.0) && max.is_above(&first.0),
        _ => false,
    };
    if !reaches {
        return Vec::new();
    }
    let is_low = |(word, _): &(Vec<u8>, f64)| !min.is_below(word);
    let is_high = |(word, _): &(Vec<u8>, f64)| !max.is_above(word);
    if is_reverse {
        all.reverse();
        all.into_iter().skip_while(is_high).take_while(|pair| !is_low(pair)).collect()
    } else {
        all.into_iter().skip_while(is_low).take_while(|pair| !is_high(pair)).collect()
    }
}

impl ScoreEnd {
    fn parse(word: &[u8]) -> Option<ScoreEnd> {
        let (is_open, number) = match word.split_first() {
            Some((b'(', rest)) => (true, rest),
            _ => (false, word),
        };
        Some(ScoreEnd { value: as_strtod(number)?, is_open })
    }
}

/// As `strtod` reads: spaces in front are skipped, what is too great is infinite, nothing at all is zero.
fn as_strtod(text: &[u8]) -> Option<f64> {
    let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
    if text.is_empty() {
        return Some(0.0);
    }
    let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let number = &text[text.iter().take_while(is_space).count()..];
    parse_f64(number).or_else(|| {
        let text = std::str::from_utf8(number).ok()?;
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
        text.parse().ok().filter(|_| is_plain).or_else(|| hexadecimal_out_of_range(text))
    })
}

/// A hexadecimal number that is known to be too great or too small: infinite, or zero.
fn hexadecimal_out_of_range(text: &str) -> Option<f64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X"))?;
    let (mantissa, exponent) = digits.split_once(['p', 'P']).unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_number = !all.is_empty() && all.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_number || unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let first = all.bytes().position(|digit| digit != b'0')?;
    let exponent = match (unsigned.parse::<i64>(), exponent.starts_with('-')) {
        (Ok(exponent), false) => exponent,
        (Ok(exponent), true) => -exponent,
        (Err(_), false) => i64::MAX,
        (Err(_), true) => i64::MIN,
    };
    let power = exponent.saturating_add(4 * (whole.len() as i64 - first as i64));
    Some(sign * if power > 0 { f64::INFINITY } else { 0.0 })
}

impl LexEnd {
    fn parse(word: &[u8]) -> Option<LexEnd> {
        match word.split_first()? {
            // The real servers read these two as C strings.
            (b'-', [] | [0, ..]) => Some(LexEnd::Least),
            (b'+', [] | [0, ..]) => Some(LexEnd::Greatest),
            (b'(', rest) => Some(LexEnd::At { word: rest.to_vec(), is_open: true }),
            (b'[', rest) => Some(LexEnd::At { word: rest.to_vec(), is_open: false }),
            _ => None,
        }
    }

    /// As the lower end: whether the word is not too low.
    fn is_below(&self, other: &[u8]) -> bool {
        match self {
            LexEnd::Least => true,
            LexEnd::Greatest => false,
            LexEnd::At { word, is_open } => other > word.as_slice() || (!is_open && other == word),
        }
    }

    /// As the upper end: whether the word is not too high.
    fn is_above(&self, other: &[u8]) -> bool {
        match self {
            LexEnd::Least => false,
            LexEnd::Greatest => true,
            LexEnd::At { word, is_open } => other < word.as_slice() || (!is_open && other == word),
        }
    }
}

/// Whether the order of bytes says nothing because scores differ, where a skiplist's answer is a matter of luck.
fn is_luck(zset: &Zset, by: By) -> bool {
    let mut scores = zset.iter().map(|(_, score)| score);
    let first = scores.next();
    by == By::Lex && scores.any(|score| Some(score) != first)
}

/// Options of the commands that return a part.
struct Options {
    by: By,
    is_reverse: bool,
    with_scores: bool,
    offset: i64,
    limit: i64,
}

impl Options {
    /// From word `from` on. What the command's name fixes is no option.
    fn parse(
        call: &Call<'_>,
        from: usize,
        mut by: Option<By>,
        mut is_reverse: Option<bool>,
        is_store: bool,
    ) -> Result<Options, Error> {
        let (mut with_scores, mut offset, mut limit, mut at) = (false, 0, -1, from);
        while at < call.argv.len() {
            match call.option(at).as_slice() {
                b"WITHSCORES" if !is_store => with_scores = true,
                b"LIMIT" if call.argv.len() - at > 2 => {
                    (offset, limit) = (call.int(at + 1)?, call.int(at + 2)?);
                    at += 2;
                }
                b"REV" if is_reverse.is_none() => is_reverse = Some(true),
                b"BYLEX" if by.is_none() => by = Some(By::Lex),
                b"BYSCORE" if by.is_none() => by = Some(By::Score),
                _ => return Err(Error::Syntax),
            }
            at += 1;
        }
        let by = by.unwrap_or(By::Rank);
        if limit != -1 && by == By::Rank {
            return Err(error(
                "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
            ));
        }
        if with_scores && by == By::Lex {
            return Err(error("syntax error, WITHSCORES not supported in combination with BYLEX"));
        }
        Ok(Options { by, is_reverse: is_reverse.unwrap_or(false), with_scores, offset, limit })
    }

    fn range(&self, call: &Call<'_>, first: usize) -> Result<Range, Error> {
        match self.is_reverse {
            true => Range::parse(call, self.by, first + 1, first),
            false => Range::parse(call, self.by, first, first + 1),
        }
    }

    /// The part that is asked for.
    fn select(&self, call: &Call<'_>, range: &Range, zset: &Zset) -> Vec<(Vec<u8>, f64)> {
        let all = range.select(zset, self.is_reverse);
        if self.by == By::Rank {
            return all;
        }
        let from_end = self.offset.saturating_add(all.len() as i64);
        let offset = if self.offset < 0 && counts_from_end(call, zset) { from_end } else { self.offset };
        let Ok(offset) = usize::try_from(offset) else { return Vec::new() };
        let count = usize::try_from(self.limit).unwrap_or(usize::MAX);
        all.into_iter().skip(offset).take(count).collect()
    }
}

/// A skiplist counts an offset below zero from the end; the compact form finds nothing there. Which of them a file
/// brought back only the reply tells.
fn counts_from_end(call: &Call<'_>, zset: &Zset) -> bool {
    zset.is_skiplist() || (zset.may_be_skiplist() && !matches!(call.actual, b":0\r\n" | b"*0\r\n"))
}

fn range(call: &mut Call<'_>, by: Option<By>, is_reverse: Option<bool>) -> Outcome {
    let options = Options::parse(call, 4, by, is_reverse, false)?;
    let range = options.range(call, 2)?;
    let Some(zset) = call.read::<Zset>(1)? else { return Answer::array([]) };
    if is_luck(zset, options.by) {
        return call.form("members", |reply| matches!(reply, Reply::Array(_)));
    }
    Ok(Answer::Reply(scored(call, &options.select(call, &range, zset), options.with_scores)))
}

fn zrangestore(call: &mut Call<'_>) -> Outcome {
    let options = Options::parse(call, 5, None, None, true)?;
    let range = options.range(call, 3)?;
    let Some(zset) = call.read::<Zset>(2)? else {
        call.store::<Zset>(call.word(1), None, 'z', "zrangestore");
        return Answer::int(0);
    };
    let part = options.select(call, &range, zset);
    let settings = call.keyspace.settings.clone();
    // By rank the size of the result is known beforehand, otherwise it grows.
    let hint = if options.by == By::Rank { part.len() } else { 0 };
    let mut result = Zset::create(hint, 0, &settings);
    for (member, score) in &part {
        result.set(member, *score, &settings);
    }
    call.store(call.word(1), Some(result).filter(|zset| zset.len() > 0), 'z', "zrangestore");
    Answer::count(part.len())
}

fn count(call: &mut Call<'_>, by: By) -> Outcome {
    let range = Range::parse(call, by, 2, 3)?;
    match call.read::<Zset>(1)? {
        None => Answer::int(0),
        Some(zset) if is_luck(zset, by) => call.form("a number", |reply| reply.as_int().is_some()),
        Some(zset) => Answer::count(range.select(zset, false).len()),
    }
}

fn remove(call: &mut Call<'_>, by: By, event: &str) -> Outcome {
    let range = Range::parse(call, by, 2, 3)?;
    let Some(zset) = call.read::<Zset>(1)? else { return Answer::int(0) };
    let doomed = range.select(zset, false);
    if !doomed.is_empty() {
        call.edit(1, |zset: &mut Zset, _| {
            for (member, _) in &doomed {
                zset.remove(member);
            }
        })?;
        call.notify_shrunk('z', event, call.word(1));
    }
    Answer::count(doomed.len())
}

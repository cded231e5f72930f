//! Ranges: by rank, by score and by member; their words, and ZRANGE with its kin.

use super::{begin, element, store};
use crate::commands::options::integer;
use crate::context::Context;
use resplay_datatypes::zset::{Elements, LexBound, LexRange, ScoreRange};
use resplay_datatypes::{Scratch, Zset};
use resplay_resp::{Args, Error, number};
use std::ops::Range;

/// Two ends of a range of scores; `(` excludes an end.
pub(in crate::commands) fn score_range(min: &[u8], max: &[u8]) -> Result<ScoreRange, Error> {
    let end = |word: &[u8]| {
        let digits = word.strip_prefix(b"(").unwrap_or(word);
        let value = number::parse_f64_bound(digits).ok_or(Error::MinMaxNotAFloat)?;
        Ok((value, digits.len() < word.len()))
    };
    let ((min, min_excluded), (max, max_excluded)) = (end(min)?, end(max)?);
    Ok(ScoreRange { min, min_excluded, max, max_excluded })
}

/// Two ends of a range of members: `-`, `+`, or `[` or `(` before a member.
pub(super) fn lex_range<'a>(min: &'a [u8], max: &'a [u8]) -> Result<LexRange<'a>, Error> {
    let end = |word: &'a [u8]| match word {
        // What the real server looks at ends at a zero byte.
        [b'-'] | [b'-', 0, ..] => Ok(LexBound::Lowest),
        [b'+'] | [b'+', 0, ..] => Ok(LexBound::Highest),
        [b'[', member @ ..] => Ok(LexBound::Including(member)),
        [b'(', member @ ..] => Ok(LexBound::Excluding(member)),
        _ => Err(Error::MinMaxNotAStringRange),
    };
    Ok(LexRange { min: end(min)?, max: end(max)? })
}

/// Ranks from `start` to `stop`, the last included; negative ones count from the end.
pub(super) fn rank_range(start: i64, stop: i64, len: usize) -> Range<usize> {
    let len = len as i64;
    let from_front = |rank: i64| if rank < 0 { rank.saturating_add(len) } else { rank };
    let (start, stop) = (from_front(start).max(0), from_front(stop).min(len - 1));
    if start > stop { 0..0 } else { start as usize..stop as usize + 1 }
}

/// What the ends of a range mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Rank,
    Score,
    Lex,
}

/// What a command's name says already; ZRANGE leaves it to its options.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    /// What the ends mean.
    pub by: Option<By>,
    /// From the end on.
    pub reverse: Option<bool>,
}

/// A range as it was asked for.
struct Request<'a> {
    ends: Ends<'a>,
    reverse: bool,
    offset: i64,
    /// Negative: without limit.
    count: i64,
    with_scores: bool,
}

enum Ends<'a> {
    Rank(i64, i64),
    Score(ScoreRange),
    Lex(LexRange<'a>),
}

/// ZRANGE and its kin, whose words begin with the key.
pub(super) fn run(ctx: &mut Context<'_>, words: Args<'_>, given: Given) -> Result<(), Error> {
    let request = Request::parse(words, given, false)?;
    let Some(zset) = ctx.data.read_as::<Zset>(&words[0])? else {
        ctx.reply.array(0);
        return Ok(());
    };
    let found = request.find(zset);
    let (mut scratch, mut bytes, len) = (Scratch::new(), 0, found.len());
    begin(&mut ctx.reply, len, request.with_scores);
    each(found, request.reverse, |(item, score)| {
        let member = item.bytes(&mut scratch);
        bytes += member.len() as u64;
        element(&mut ctx.reply, member, score, request.with_scores);
    });
    ctx.data.work.elements += len as u64;
    ctx.data.work.bytes += bytes;
    Ok(())
}

/// ZRANGESTORE: what ZRANGE finds goes to another key.
pub(super) fn run_store(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, words) = (&args[1], args.from(2));
    let request = Request::parse(words, Given::default(), true)?;
    let limits = super::limits(ctx);
    let mut result = Zset::with_hint(0, 0, &limits);
    if let Some(zset) = ctx.data.read_as::<Zset>(&words[0])? {
        let (found, mut scratch) = (request.find(zset), Scratch::new());
        if matches!(request.ends, Ends::Rank(..)) {
            // Only here the real server knows how many there will be: a skiplist from the start keeps -0.
            result.expect(found.len(), 0, &limits);
        }
        each(found, request.reverse, |(item, score)| {
            result.insert(item.bytes(&mut scratch), score, &limits);
        });
    }
    ctx.data.work.elements += result.len() as u64;
    store(ctx, key, result, "zrangestore");
    Ok(())
}

fn each<'a>(
    elements: Elements<'a>,
    reverse: bool,
    visit: impl FnMut((resplay_datatypes::listpack::Item<'a>, f64)),
) {
    if reverse { elements.rev().for_each(visit) } else { elements.for_each(visit) }
}

impl<'a> Request<'a> {
    /// The words from the key on; errors in the ends come after those in the options.
    fn parse(words: Args<'a>, given: Given, stores: bool) -> Result<Request<'a>, Error> {
        let Given { mut by, mut reverse } = given;
        let (mut offset, mut count, mut with_scores) = (0, -1, false);
        let mut at = 3;
        while let Some(word) = words.get(at) {
            let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
            if is(b"withscores") && !stores {
                with_scores = true;
            } else if is(b"limit") && at + 2 < words.len() {
                (offset, count) = (integer(&words[at + 1])?, integer(&words[at + 2])?);
                at += 2;
            } else if is(b"rev") && reverse.is_none() {
                reverse = Some(true);
            } else if is(b"bylex") && by.is_none() {
                by = Some(By::Lex);
            } else if is(b"byscore") && by.is_none() {
                by = Some(By::Score);
            } else {
                return Err(Error::Syntax);
            }
            at += 1;
        }
        let (by, reverse) = (by.unwrap_or(By::Rank), reverse.unwrap_or(false));
        if count != -1 && by == By::Rank {
            return Err(Error::LimitByRank);
        }
        if with_scores && by == By::Lex {
            return Err(Error::WithScoresByLex);
        }
        let ends = Ends::parse(by, reverse, words.from(1))?;
        Ok(Request { ends, reverse, offset, count, with_scores })
    }

    fn find<'z>(&self, zset: &'z Zset) -> Elements<'z> {
        let ranks = match &self.ends {
            Ends::Rank(start, stop) => {
                let ranks = rank_range(*start, *stop, zset.len());
                return zset.range(if self.reverse { mirrored(&ranks, zset.len()) } else { ranks });
            }
            Ends::Score(range) => zset.score_range(range),
            Ends::Lex(range) => zset.lex_range(range, self.reverse),
        };
        zset.range(self.window(ranks, zset.encoding() == "skiplist"))
    }

    /// What OFFSET and COUNT leave of a range. An offset below zero counts from the range's end in a skiplist, and
    /// leaves nothing of a compact one, as in the real server.
    fn window(&self, ranks: Range<usize>, is_skiplist: bool) -> Range<usize> {
        let len = ranks.len();
        let skipped = match usize::try_from(self.offset) {
            Ok(offset) => offset,
            Err(_) if is_skiplist => {
                let from_end = usize::try_from(self.offset.unsigned_abs()).unwrap_or(usize::MAX);
                len.checked_sub(from_end).unwrap_or(len)
            }
            Err(_) => len,
        };
        let left = len.saturating_sub(skipped);
        let taken = usize::try_from(self.count).unwrap_or(left).min(left);
        let start = if self.reverse { ranks.start + left - taken } else { ranks.end - left };
        start..start + taken
    }
}

/// The same ranks, counted from the other end.
fn mirrored(ranks: &Range<usize>, len: usize) -> Range<usize> {
    len - ranks.end..len - ranks.start
}

impl<'a> Ends<'a> {
    /// By score and by member, a reverse range begins with its greater end.
    fn parse(by: By, reverse: bool, words: Args<'a>) -> Result<Ends<'a>, Error> {
        let mut words = words.iter();
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (min, max) = if reverse { (second, first) } else { (first, second) };
        match by {
            By::Rank => Ok(Ends::Rank(integer(first)?, integer(second)?)),
            By::Score => score_range(min, max).map(Ends::Score),
            By::Lex => lex_range(min, max).map(Ends::Lex),
        }
    }
}

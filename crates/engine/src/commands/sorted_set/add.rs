//! ZADD and its kin: members get scores, under conditions.

use super::limits;
use crate::context::Context;
use crate::keyspace::notify::class;
use resplay_datatypes::Zset;
use resplay_resp::{Args, Error, number};

/// The options of ZADD.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "six words, each there or not")]
pub(in crate::commands) struct AddOptions {
    /// Only members that are not there.
    pub nx: bool,
    /// Only members that are there.
    pub xx: bool,
    /// Members that are there only get a greater score.
    pub gt: bool,
    /// Members that are there only get a lesser score.
    pub lt: bool,
    /// The reply counts changed scores too.
    pub ch: bool,
    /// The score is added to the one that is there; the reply is the sum.
    pub incr: bool,
}

impl AddOptions {
    /// The options at the beginning, and how many words they are.
    fn parse(words: Args<'_>) -> (AddOptions, usize) {
        let mut options = AddOptions::default();
        for (at, word) in words.iter().enumerate() {
            let option = match word.to_ascii_lowercase().as_slice() {
                b"nx" => &mut options.nx,
                b"xx" => &mut options.xx,
                b"gt" => &mut options.gt,
                b"lt" => &mut options.lt,
                b"ch" => &mut options.ch,
                b"incr" => &mut options.incr,
                _ => return (options, at),
            };
            *option = true;
        }
        (options, words.len())
    }

    fn check(self, pairs: usize) -> Result<(), Error> {
        if self.nx && self.xx {
            return Err(Error::ZaddXxAndNx);
        }
        if (self.nx && (self.gt || self.lt)) || (self.gt && self.lt) {
            return Err(Error::ZaddGtLtAndNx);
        }
        if self.incr && pairs > 1 {
            return Err(Error::ZaddIncrPairs);
        }
        Ok(())
    }

    /// The score that a member gets, `None` if it is left alone.
    fn decide(self, old: Option<f64>, given: f64) -> Result<Option<f64>, Error> {
        let Some(old) = old else { return Ok(Some(given).filter(|_| !self.xx)) };
        if self.nx {
            return Ok(None);
        }
        let score = if self.incr { old + given } else { given };
        if score.is_nan() {
            return Err(Error::ScoreNan);
        }
        let is_refused = (self.lt && score >= old) || (self.gt && score <= old);
        Ok(Some(score).filter(|_| !is_refused))
    }
}

/// ZADD's words, or ZINCRBY's: a key, options, scores with members. Replies as they do.
pub(super) fn run(ctx: &mut Context<'_>, args: Args<'_>, is_increment: bool) -> Result<(), Error> {
    let (mut options, words) = AddOptions::parse(args.from(2));
    options.incr |= is_increment;
    let pairs = args.from(2 + words);
    if pairs.is_empty() || !pairs.len().is_multiple_of(2) {
        return Err(Error::Syntax);
    }
    options.check(pairs.len() / 2)?;
    let pairs: Result<Vec<(f64, &[u8])>, Error> = (0..pairs.len())
        .step_by(2)
        .map(|at| Ok((number::parse_f64(&pairs[at]).ok_or(Error::NotAFloat)?, &pairs[at + 1])))
        .collect();
    add(ctx, &args[1], options, &pairs?)
}

/// Gives members their scores (none of them NaN) and replies as ZADD.
pub(in crate::commands) fn add(
    ctx: &mut Context<'_>,
    key: &[u8],
    options: AddOptions,
    pairs: &[(f64, &[u8])],
) -> Result<(), Error> {
    let limits = limits(ctx);
    let longest = pairs.iter().map(|(_, member)| member.len()).max().unwrap_or_default();
    let found = ctx.data.write_as::<Zset>(key)?;
    let mut changes = Changes::default();
    if found.is_some() || !options.xx {
        let new = || Zset::with_hint(pairs.len(), longest, &limits).into();
        let id = found.unwrap_or_else(|| ctx.data.insert(key, new()));
        let outcome = ctx.data.edit_as(id, |zset: &mut Zset| {
            zset.expect(pairs.len(), longest, &limits);
            pairs.iter().try_for_each(|(score, member)| {
                let (old, new) = zset.update(member, &limits, |old| options.decide(old, *score))?;
                changes.note(old, new);
                Ok(())
            })
        });
        outcome?;
    }
    if changes.added + changes.updated > 0 {
        ctx.data.changed(key);
        ctx.data.dirty += changes.added + changes.updated - 1;
        ctx.data.notify(class::ZSET, if options.incr { "zincr" } else { "zadd" }, key);
    }
    ctx.data.work.elements += pairs.len() as u64 - 1;
    ctx.data.work.bytes += pairs.iter().map(|(_, member)| member.len() as u64).sum::<u64>();
    match changes.last {
        Some(score) if options.incr => ctx.reply.double(score),
        None if options.incr => ctx.reply.null(),
        _ if options.ch => ctx.reply.int((changes.added + changes.updated) as i64),
        _ => ctx.reply.int(changes.added as i64),
    }
    Ok(())
}

#[derive(Default)]
struct Changes {
    added: u64,
    updated: u64,
    /// The score of the last member that was not left alone.
    last: Option<f64>,
}

impl Changes {
    fn note(&mut self, old: Option<f64>, new: Option<f64>) {
        let Some(score) = new else { return };
        self.last = new;
        match old {
            None => self.added += 1,
            Some(old) => self.updated += u64::from(old != score),
        }
    }
}

//! Taking the least or the greatest elements away: ZPOPMIN, ZMPOP, and those of them that wait.

use super::element;
use crate::commands::options::{self, Unit};
use crate::context::Context;
use crate::keyspace::blocking::Awaited;
use crate::keyspace::notify::class;
use resplay_datatypes::{EntryId, Scratch, Zset};
use resplay_resp::{Args, Error, number};

/// Where to take elements away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The least scores.
    Min,
    /// The greatest scores.
    Max,
}

impl End {
    fn parse(word: &[u8]) -> Result<End, Error> {
        match word.to_ascii_lowercase().as_slice() {
            b"min" => Ok(End::Min),
            b"max" => Ok(End::Max),
            _ => Err(Error::Syntax),
        }
    }

    /// The command that takes elements away there, which is the event's name too.
    fn name(self) -> &'static str {
        match self {
            End::Min => "zpopmin",
            End::Max => "zpopmax",
        }
    }
}

/// How the elements are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// One element, member and score.
    One,
    /// A list of elements, as ZRANGE tells them.
    Many,
    /// The key, member and score.
    KeyAndOne,
    /// The key, then a list of pairs.
    KeyAndMany,
}

/// ZPOPMIN and ZPOPMAX.
pub(super) fn run(ctx: &mut Context<'_>, args: Args<'_>, end: End) -> Result<(), Error> {
    if args.len() > 3 {
        return Err(Error::Syntax);
    }
    let count = match args.get(2) {
        Some(count) => Some(number(count, 0, Error::NotPositive)?),
        None => None,
    };
    let form = if count.is_some() { Form::Many } else { Form::One };
    let count = count.unwrap_or(1);
    match ctx.data.write_as::<Zset>(&args[1])? {
        Some(id) if count > 0 => drop(pop(ctx, &args[1], id, end, count, form)),
        _ => ctx.reply.array(0),
    }
    Ok(())
}

/// BZPOPMIN and BZPOPMAX.
pub(super) fn run_blocking(ctx: &mut Context<'_>, args: Args<'_>, end: End) -> Result<(), Error> {
    let keys = args.upto(args.len() - 1).from(1);
    let deadline = options::deadline(&args[args.len() - 1], Unit::Seconds, ctx.now)?;
    let Some((key, id)) = first(ctx, keys)? else {
        wait(ctx, keys, deadline);
        return Ok(());
    };
    pop(ctx, key, id, end, 1, Form::KeyAndOne);
    ctx.rewrite(&[end.name().to_ascii_uppercase().as_bytes(), key]);
    Ok(())
}

/// ZMPOP and BZMPOP; `at` is where the number of keys stands. What waits has its timeout before that.
pub(super) fn run_multiple(ctx: &mut Context<'_>, args: Args<'_>, at: usize) -> Result<(), Error> {
    let keys = number(&args[at], 1, Error::NumkeysNotPositive)?;
    let place = keys.saturating_add(at + 1);
    let end = End::parse(args.get(place).ok_or(Error::Syntax)?)?;
    let count = match args.from(place + 1) {
        words if words.is_empty() => 1,
        words if words.len() >= 2 && words[0].eq_ignore_ascii_case(b"count") => {
            let count = number(&words[1], 1, Error::CountNotPositive)?;
            if words.len() > 2 {
                return Err(Error::Syntax);
            }
            count
        }
        _ => return Err(Error::Syntax),
    };
    let keys = args.upto(place).from(at + 1);
    let deadline = match at {
        1 => None,
        _ => Some(options::deadline(&args[1], Unit::Seconds, ctx.now)?),
    };
    match (first(ctx, keys)?, deadline) {
        (Some((key, id)), _) => {
            let popped = pop(ctx, key, id, end, count, Form::KeyAndMany);
            let (name, popped) = (end.name().to_ascii_uppercase(), popped.to_string());
            ctx.rewrite(&[name.as_bytes(), key, popped.as_bytes()]);
        }
        (None, Some(deadline)) => wait(ctx, keys, deadline),
        (None, None) => ctx.reply.null_array(),
    }
    Ok(())
}

/// A number that is at least so great; whatever else it is gives the same error.
fn number(word: &[u8], least: usize, error: Error) -> Result<usize, Error> {
    let number = number::parse_i64(word).and_then(|number| usize::try_from(number).ok());
    number.filter(|number| *number >= least).ok_or(error)
}

/// The first of the keys that is there.
fn first<'a>(ctx: &mut Context<'_>, keys: Args<'a>) -> Result<Option<(&'a [u8], EntryId)>, Error> {
    for key in keys.iter() {
        if let Some(id) = ctx.data.write_as::<Zset>(key)? {
            return Ok(Some((key, id)));
        }
    }
    Ok(None)
}

fn wait(ctx: &mut Context<'_>, keys: Args<'_>, deadline: Option<resplay_base::Mono>) {
    if ctx.may_block() {
        ctx.block_on_keys(Awaited::Zset, keys.iter(), deadline, None);
    } else {
        ctx.reply.null_array();
    }
}

/// Takes up to `count` elements away and replies with them; how many they were.
fn pop(ctx: &mut Context<'_>, key: &[u8], id: EntryId, end: End, count: usize, form: Form) -> usize {
    let zset = ctx.data.value_as::<Zset>(id);
    let len = zset.len();
    let count = count.min(len);
    let ranks = if end == End::Min { 0..count } else { len - count..len };
    match form {
        Form::One => ctx.reply.array(2),
        Form::Many => super::begin(&mut ctx.reply, count, true),
        Form::KeyAndOne => {
            ctx.reply.array(3);
            ctx.reply.bulk(key);
        }
        Form::KeyAndMany => {
            ctx.reply.array(2);
            ctx.reply.bulk(key);
            ctx.reply.array(count);
        }
    }
    let (mut scratch, mut elements) = (Scratch::new(), zset.range(ranks.clone()));
    while let Some((item, score)) = if end == End::Min { elements.next() } else { elements.next_back() } {
        let member = item.bytes(&mut scratch);
        if form == Form::Many {
            element(&mut ctx.reply, member, score, true);
            continue;
        }
        if form == Form::KeyAndMany {
            ctx.reply.array(2);
        }
        ctx.reply.bulk(member);
        ctx.reply.double(score);
    }
    ctx.data.edit_as(id, |zset: &mut Zset| zset.remove_ranks(ranks));
    ctx.data.notify(class::ZSET, end.name(), key);
    if count == len {
        ctx.data.remove(key);
        ctx.data.notify(class::GENERIC, "del", key);
    }
    ctx.data.changed(key);
    ctx.data.dirty += count as u64 - 1;
    ctx.data.work.elements += count as u64;
    count
}

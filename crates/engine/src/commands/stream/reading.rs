//! The options of XREAD and XREADGROUP.

use crate::commands::options::{self, Unit, integer};
use crate::context::Context;
use resplay_base::Mono;
use resplay_resp::{Args, Error, OwnedArgs, Protocol, Writer};

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    /// COUNT; zero: no limit.
    pub(super) count: usize,
    /// BLOCK: until when; inside `None`: without end.
    pub(super) block: Option<Option<Mono>>,
    /// The streams.
    pub(super) keys: Args<'a>,
    /// After which id in each.
    pub(super) ids: Args<'a>,
    /// GROUP: the group and the consumer.
    pub(super) group: Option<(&'a [u8], &'a [u8])>,
    /// NOACK.
    pub(super) no_ack: bool,
}

impl<'a> Reading<'a> {
    /// Reads the words of XREAD, or of XREADGROUP.
    pub(super) fn parse(ctx: &Context<'_>, args: Args<'a>, is_group: bool) -> Result<Reading<'a>, Error> {
        let none = args.upto(0);
        let mut reading =
            Reading { count: 0, block: None, keys: none, ids: none, group: None, no_ack: false };
        let mut at = 1;
        while let Some(word) = args.get(at) {
            let more = args.len() - at - 1;
            let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
            if is(b"block") && more > 0 {
                reading.block = Some(options::deadline(&args[at + 1], Unit::Milliseconds, ctx.now)?);
                at += 1;
            } else if is(b"count") && more > 0 {
                reading.count = integer(&args[at + 1])?.max(0) as usize;
                at += 1;
            } else if is(b"streams") && more > 0 {
                reading.streams(args.from(at + 1), is_group)?;
                break;
            } else if is(b"group") && more > 1 {
                for_groups_only("GROUP", is_group)?;
                reading.group = args.get(at + 1).zip(args.get(at + 2));
                at += 2;
            } else if is(b"noack") {
                for_groups_only("NOACK", is_group)?;
                reading.no_ack = true;
            } else {
                return Err(Error::Syntax);
            }
            at += 1;
        }
        if reading.keys.is_empty() {
            return Err(Error::Syntax);
        }
        Ok(reading)
    }

    fn streams(&mut self, words: Args<'a>, is_group: bool) -> Result<(), Error> {
        if !words.len().is_multiple_of(2) {
            let (command, ids) = if is_group { ("xreadgroup", "ID or '>'") } else { ("xread", "ID or '$'") };
            return Err(Error::Custom(format!(
                "ERR Unbalanced '{command}' list of streams: for each stream key an {ids} must be specified."
            )));
        }
        self.keys = words.upto(words.len() / 2);
        self.ids = words.from(words.len() / 2);
        Ok(())
    }
}

fn for_groups_only(option: &str, is_group: bool) -> Result<(), Error> {
    if is_group {
        return Ok(());
    }
    let text = format!("ERR The {option} option is only supported by XREADGROUP. You called XREAD instead.");
    Err(Error::Custom(text))
}

/// The words of the command with other ids at its end.
pub(super) fn with_ids(args: Args<'_>, ids: &[Vec<u8>]) -> OwnedArgs {
    let mut words: Vec<&[u8]> = args.iter().collect();
    let first = words.len() - ids.len();
    for (word, id) in words[first..].iter_mut().zip(ids) {
        *word = id;
    }
    OwnedArgs::from_words(&words)
}

/// The head of a stream in the reply: a pair of its own in RESP2, a key of the map in RESP3.
pub(super) fn reply_key(key: &[u8], reply: &mut Writer<'_>) {
    if reply.protocol == Protocol::Resp2 {
        reply.array(2);
    }
    reply.bulk(key);
}

/// The head of the whole reply, unless nothing is there.
pub(super) fn reply_head(reply: &mut Writer<'_>, streams: usize) {
    match reply.protocol {
        _ if streams == 0 => {}
        Protocol::Resp2 => reply.array(streams),
        Protocol::Resp3 => reply.map(streams),
    }
}

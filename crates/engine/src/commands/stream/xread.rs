//! XREAD: Returns messages from multiple streams with IDs greater than the ones requested. Blocks until a message is available otherwise.

use super::ids;
use super::reading::{self, Reading};
use crate::context::Context;
use crate::keyspace::blocking::Awaited;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Stream;
use resplay_datatypes::stream::{Id, Log};
use resplay_resp::{Args, Error};

/// What the server knows of XREAD.
pub(super) const ROW: Row = Row {
    summary: "Returns messages from multiple streams with IDs greater than the ones requested. Blocks until a message is available otherwise.",
    group: "stream",
    since: "5.0.0",
    arity: -4,
    flags: flag::BLOCKING | flag::READONLY,
    acl: &["stream"],
    keys: &[KeySpec {
        begin: Begin::Keyword("STREAMS", 1),
        find: Find::Range { last: -1, step: 1, limit: 2 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    movable_keys: true,
    arguments: &[
        Arg::new("count", Kind::Integer).token("COUNT").optional(),
        Arg::new("milliseconds", Kind::Integer).token("BLOCK").optional(),
        Arg::new("streams", Kind::Block)
            .token("STREAMS")
            .of(&[Arg::key("key", 0).multiple(), Arg::new("ID", Kind::String).multiple()]),
    ],
    ..Row::new("xread", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let reading = Reading::parse(ctx, args, false)?;
    let mut after = Vec::with_capacity(reading.keys.len());
    for (key, text) in reading.keys.iter().zip(reading.ids.iter()) {
        let log = ctx.data.read_as::<Stream>(key)?.map(Stream::log);
        after.push(starting_point(log, text)?);
    }
    if serve(ctx, &reading, &after) > 0 {
        return Ok(());
    }
    match reading.block {
        Some(deadline) if ctx.may_block() => {
            let texts =
                reading.ids.iter().zip(&after).map(|(text, id)| concrete(text, *id)).collect::<Vec<_>>();
            let argv = reading::with_ids(args, &texts);
            ctx.block_on_keys(Awaited::Stream, reading.keys.iter(), deadline, Some(argv));
        }
        _ => ctx.reply.null_array(),
    }
    Ok(())
}

/// The id that a client has read up to.
fn starting_point(log: Option<&Log>, text: &[u8]) -> Result<Id, Error> {
    match text {
        b"$" => Ok(log.map_or(Id::MIN, Log::last_id)),
        b"+" => match log.map(|log| log.last_id().prev()) {
            Some(None) => Err(Error::Custom("ERR the stream last element ID is 0-0".to_string())),
            before => Ok(before.flatten().unwrap_or_default()),
        },
        b">" => Err(Error::Custom(
            "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."
                .to_string(),
        )),
        text => ids::strict(text, 0),
    }
}

/// Who waits for what comes after `$` must know where that was.
fn concrete(text: &[u8], id: Id) -> Vec<u8> {
    if text == b"$" { id.to_string().into_bytes() } else { text.to_vec() }
}

/// Sends what is there; of how many streams.
fn serve(ctx: &mut Context<'_>, reading: &Reading<'_>, after: &[Id]) -> usize {
    let (data, mut sent) = (&mut *ctx.data, 0);
    let streams = super::behind(&mut ctx.reply, reading::reply_head, |reply| {
        let mut streams = 0;
        for (key, after) in reading.keys.iter().zip(after) {
            let Ok(Some(stream)) = data.read_as::<Stream>(key) else { continue };
            let log = stream.log();
            let has_news = log.edge(true).is_some_and(|last| last.id > *after);
            if let Some(start) = after.next().filter(|_| has_news) {
                reading::reply_key(key, reply);
                sent += super::reply_entries(log.walk(start, Id::MAX, false), reading.count, reply);
                streams += 1;
            }
        }
        streams
    });
    ctx.data.work.elements += sent as u64;
    streams
}

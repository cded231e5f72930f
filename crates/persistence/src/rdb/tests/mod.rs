//! Values go out and come back; files are cut up, cut off and damaged; old forms are read.

mod damage;
mod forms;
mod round_trip;

use super::*;
use crate::arbitrary::LIMITS;
use resplay_datatypes::stream::Id;
use resplay_datatypes::{Scratch, Value};
use std::fmt::Write;

/// All that can be told of a value: its encoding, its size, and what is in it.
pub(super) fn facts(value: &Value) -> String {
    let mut text = format!("{} {}", value.encoding(), value.logical_bytes());
    let mut say = |bytes: &[u8]| write!(text, " {}", bytes.escape_ascii()).expect("a string takes all");
    match value {
        Value::Str(string) => say(string.bytes(&mut Scratch::new())),
        Value::List(list) => list.nodes().for_each(|node| match node {
            list::Node::Packed(pack) => say(pack.as_bytes()),
            list::Node::Plain(bytes) => say(bytes),
        }),
        Value::Set(set) => {
            let mut members: Vec<Vec<u8>> = set.iter().map(|member| member.to_vec()).collect();
            members.sort();
            members.iter().for_each(|member| say(member));
        }
        Value::Zset(zset) => zset.iter().for_each(|(member, score)| {
            say(&member.to_vec());
            say(&score.to_bits().to_le_bytes());
        }),
        Value::Hash(hash) => {
            let mut pairs: Vec<_> = hash.iter().collect();
            if !hash.is_compact() {
                pairs.sort();
            }
            pairs.iter().for_each(|(field, value)| [field, value].into_iter().for_each(|word| say(word)));
        }
        Value::Stream(stream) => text.push_str(&stream_facts(stream)),
    }
    text
}

fn stream_facts(stream: &resplay_datatypes::Stream) -> String {
    let log = stream.log();
    let mut text = format!(
        " {} {} {} {} {}",
        log.len(),
        log.last_id(),
        log.first_id(),
        log.max_deleted_id(),
        log.entries_added()
    );
    let mut say = |words: std::fmt::Arguments<'_>| text.write_fmt(words).expect("a string takes all");
    log.packs().for_each(|(id, pack)| say(format_args!(" {id} {}", pack.escape_ascii())));
    for (name, group) in stream.groups() {
        say(format_args!(" group {} {} {}", name.escape_ascii(), group.last_id(), group.entries_read()));
        for (id, pending) in group.pending(Id::MIN) {
            let owner = group.owner(pending).name.escape_ascii();
            say(format_args!(" {id} {} {} {owner}", pending.delivered_ms, pending.deliveries));
        }
        for consumer in group.consumers() {
            let (name, seen_ms, active_ms) =
                (consumer.name.escape_ascii(), consumer.seen_ms, consumer.active_ms);
            say(format_args!(" consumer {name} {seen_ms} {active_ms:?}"));
            consumer.pending(Id::MIN).for_each(|id| say(format_args!(" {id}")));
        }
    }
    text
}

/// Reads a file in pieces of that size, a line for each item.
pub(super) fn read(file: &[u8], piece: usize) -> Result<Vec<String>, Error> {
    let mut reader = Reader::new(&LIMITS, true);
    let mut lines = Vec::new();
    for piece in file.chunks(piece) {
        reader.feed(piece);
        while let Some(item) = reader.next_item()? {
            lines.push(line(&item));
        }
    }
    reader.finish()?;
    assert!(reader.rest().is_empty());
    assert_eq!(reader.consumed(), file.len() as u64);
    Ok(lines)
}

fn line(item: &Item) -> String {
    match item {
        Item::Aux { name, value } => format!("aux {} {}", name.escape_ascii(), value.escape_ascii()),
        Item::SelectDb(number) => format!("select {number}"),
        Item::ResizeDb { keys, expires } => format!("resize {keys} {expires}"),
        Item::Key(key) => {
            let (name, facts) = (key.key.escape_ascii(), facts(&key.value));
            format!("key {name} {:?} {:?} {:?}: {facts}", key.expire_ms, key.idle_s, key.freq)
        }
        Item::EmptyKey(key) => format!("empty {}", key.escape_ascii()),
        Item::Function(source) => format!("function {}", source.escape_ascii()),
        Item::End(checksum) => format!("end {checksum:?}"),
    }
}

/// A file of that version with this between its magic word and its end.
pub(super) fn file(version: u16, parts: &[&[u8]]) -> Vec<u8> {
    let mut file = format!("REDIS{version:04}").into_bytes();
    parts.iter().for_each(|part| file.extend_from_slice(part));
    file.push(codes::EOF);
    if version >= 5 {
        let sum = super::sum::Sum::of(&file);
        file.extend(sum.to_le_bytes());
    }
    file
}

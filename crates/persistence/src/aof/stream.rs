//! The commands that make a stream: its entries, its ids, then each group with its consumers.

use super::commands::Sink;
use super::word::Word::{self, Bytes, Count, Int};
use resplay_datatypes::Stream;
use resplay_datatypes::stream::{Consumer, Group, Id, Log};
use std::mem::take;
use std::ops::ControlFlow;

/// Where in a stream the writer stands.
#[derive(Clone)]
pub(super) struct StreamCommands(At);

/// Where an id stands, what comes next has it or a greater one; `None`: nothing has.
#[derive(Clone)]
enum At {
    Entries(Option<Id>),
    Ids,
    /// Behind that group.
    Groups(Option<Box<[u8]>>),
    /// In a group, behind that consumer.
    Consumers(Box<[u8]>, Option<Box<[u8]>>),
    /// In a group, at what that consumer has pending.
    Owned(Box<[u8]>, Box<[u8]>, Option<Id>),
    End,
}

impl StreamCommands {
    pub fn new() -> StreamCommands {
        StreamCommands(At::Entries(Some(Id::MIN)))
    }

    /// Gives commands until the sink breaks or there are no more, which is then what it says.
    pub fn write(&mut self, key: &[u8], stream: &Stream, sink: &mut Sink<'_>) -> ControlFlow<()> {
        while !matches!(self.0, At::End) {
            self.0.step(key, stream, sink)?;
        }
        ControlFlow::Continue(())
    }
}

impl At {
    /// Goes on by a part; it is behind each command that was given, whatever the sink said to that.
    fn step(&mut self, key: &[u8], stream: &Stream, sink: &mut Sink<'_>) -> ControlFlow<()> {
        match self {
            At::Entries(next) => {
                add_entries(key, stream.log(), next, sink)?;
                *self = At::Ids;
                if stream.log().is_empty() { add_no_entry(key, sink) } else { ControlFlow::Continue(()) }
            }
            At::Ids => {
                *self = At::Groups(None);
                set_ids(key, stream.log(), sink)
            }
            At::Groups(after) => {
                let Some((name, group)) = stream.group_after(after.as_deref()) else {
                    *self = At::End;
                    return ControlFlow::Continue(());
                };
                *self = At::Consumers(name.into(), None);
                create_group(key, name, group, sink)
            }
            At::Consumers(name, after) => {
                let Some(consumer) = group(stream, name).consumer_after(after.as_deref()) else {
                    *self = At::Groups(Some(take(name)));
                    return ControlFlow::Continue(());
                };
                let flow = create_consumer(key, name, consumer, sink);
                *self = At::Owned(take(name), consumer.name.clone(), Some(Id::MIN));
                flow
            }
            At::Owned(name, owner, next) => {
                claim(key, (name, group(stream, name)), owner, next, sink)?;
                *self = At::Consumers(take(name), Some(take(owner)));
                ControlFlow::Continue(())
            }
            At::End => ControlFlow::Continue(()),
        }
    }
}

fn group<'a>(stream: &'a Stream, name: &[u8]) -> &'a Group {
    stream.group(name).expect("the stream does not change while it is written")
}

/// One walk for as many entries as the sink takes: each beginning is a search within a node.
fn add_entries(key: &[u8], log: &Log, next: &mut Option<Id>, sink: &mut Sink<'_>) -> ControlFlow<()> {
    let Some(start) = *next else { return ControlFlow::Continue(()) };
    let mut words = Vec::new();
    for entry in log.walk(start, Id::MAX, false) {
        words.clear();
        words.extend([Bytes(b"XADD"), Bytes(key), Word::Id(entry.id)]);
        words.extend(entry.pairs().flat_map(|(field, value)| [Word::from(field), value.into()]));
        *next = entry.id.next();
        sink(&words)?;
    }
    ControlFlow::Continue(())
}

/// There is no other command that makes a stream without entries.
fn add_no_entry(key: &[u8], sink: &mut Sink<'_>) -> ControlFlow<()> {
    sink(&[
        Bytes(b"XADD"),
        Bytes(key),
        Bytes(b"MAXLEN"),
        Bytes(b"0"),
        Bytes(b"0-1"),
        Bytes(b"x"),
        Bytes(b"y"),
    ])
}

fn set_ids(key: &[u8], log: &Log, sink: &mut Sink<'_>) -> ControlFlow<()> {
    sink(&[
        Bytes(b"XSETID"),
        Bytes(key),
        Word::Id(log.last_id()),
        Bytes(b"ENTRIESADDED"),
        Count(log.entries_added()),
        Bytes(b"MAXDELETEDID"),
        Word::Id(log.max_deleted_id()),
    ])
}

fn create_group(key: &[u8], name: &[u8], group: &Group, sink: &mut Sink<'_>) -> ControlFlow<()> {
    sink(&[
        Bytes(b"XGROUP"),
        Bytes(b"CREATE"),
        Bytes(key),
        Bytes(name),
        Word::Id(group.last_id()),
        Bytes(b"ENTRIESREAD"),
        Int(group.entries_read()),
    ])
}

/// A consumer that has something pending comes into being with that.
fn create_consumer(key: &[u8], group: &[u8], consumer: &Consumer, sink: &mut Sink<'_>) -> ControlFlow<()> {
    if consumer.pending_len() > 0 {
        return ControlFlow::Continue(());
    }
    sink(&[Bytes(b"XGROUP"), Bytes(b"CREATECONSUMER"), Bytes(key), Bytes(group), Bytes(&consumer.name)])
}

/// Also of entries that are deleted, as the real servers do: who reads the command leaves those out.
fn claim(
    key: &[u8],
    (name, group): (&[u8], &Group),
    owner: &[u8],
    next: &mut Option<Id>,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    let Some(start) = *next else { return ControlFlow::Continue(()) };
    let number = group.find(owner).expect("the stream does not change while it is written");
    for id in group.consumer(number).pending(start) {
        *next = id.next();
        let Some(pending) = group.get(id) else { continue };
        sink(&[
            Bytes(b"XCLAIM"),
            Bytes(key),
            Bytes(name),
            Bytes(owner),
            Bytes(b"0"),
            Word::Id(id),
            Bytes(b"TIME"),
            Int(pending.delivered_ms),
            Bytes(b"RETRYCOUNT"),
            Count(pending.deliveries),
            Bytes(b"JUSTID"),
            Bytes(b"FORCE"),
        ])?;
    }
    ControlFlow::Continue(())
}

//! Streams, in both directions.
//!
//! | part | bytes |
//! | --- | --- |
//! | nodes | how many; for each its id (a string of 16 bytes) and its listpack |
//! | the stream | how many entries, the last id; from the second form on the first id, the greatest deleted one, how many were added |
//! | groups | how many; for each its name, last id, and from the second form on how many it has read |
//! | what a group has pending | how many; for each its id (16 bytes), when it was delivered (8), how often |
//! | a group's consumers | how many; for each its name, when it was seen (8), in the third form when it was active (8), and the ids (16) of what it has pending, with their number |

use super::Version;
use super::codes;
use super::error::Why;
use super::source::{Source, Stop};
use super::strings::{Strings, put_len};
use resplay_datatypes::stream::{BadNode, Consumer, Counters, Group, Id, Stream};
use resplay_datatypes::{Listpack, Value};
use std::collections::BTreeMap;

/// Where in a stream the writer stands.
#[derive(Clone)]
pub(super) struct StreamWriter {
    version: Version,
    at: At,
}

#[derive(Clone)]
enum At {
    /// Behind that node; whether the id of the next one is written.
    Nodes(Option<Id>, bool),
    /// Behind that group.
    Groups(Option<Box<[u8]>>),
    /// In a group, behind that pending entry.
    Pending(Box<[u8]>, Option<Id>),
    /// In a group, behind that consumer.
    Consumers(Box<[u8]>, Option<Box<[u8]>>),
    /// In a group, at that consumer, behind that pending entry.
    Owned(Box<[u8]>, Box<[u8]>, Option<Id>),
    End,
}

impl StreamWriter {
    pub fn new(version: Version) -> StreamWriter {
        StreamWriter { version, at: At::Nodes(None, false) }
    }

    /// Appends more of the stream, as long as `out` is shorter than `full`; whether it is finished.
    pub fn write(
        &mut self,
        stream: &Stream,
        strings: &mut Strings,
        out: &mut Vec<u8>,
        full: usize,
        is_first: bool,
    ) -> bool {
        if is_first {
            put_len(out, stream.log().nodes() as u64);
        }
        while !matches!(self.at, At::End) {
            if out.len() >= full {
                return false;
            }
            let at = std::mem::replace(&mut self.at, At::End);
            self.at = self.step(at, stream, strings, out, full);
        }
        true
    }

    fn step(&self, at: At, stream: &Stream, strings: &mut Strings, out: &mut Vec<u8>, full: usize) -> At {
        match at {
            At::Nodes(after, has_id) => match stream.log().pack_after(after) {
                Some((id, pack)) => {
                    if !has_id {
                        strings.put(out, &id.to_bytes());
                    }
                    let is_done = strings.put_some(out, full, pack);
                    if is_done { At::Nodes(Some(id), false) } else { At::Nodes(after, true) }
                }
                None => {
                    put_ids(stream, out);
                    put_len(out, stream.groups().len() as u64);
                    At::Groups(None)
                }
            },
            At::Groups(after) => match stream.group_after(after.as_deref()) {
                Some((name, group)) => {
                    put_group(name, group, strings, out);
                    At::Pending(name.into(), None)
                }
                None => At::End,
            },
            At::Pending(name, after) => {
                let after = put_pending(group(stream, &name), after, out, full);
                match after {
                    Some(id) => At::Pending(name, Some(id)),
                    None => {
                        put_len(out, group(stream, &name).consumers().len() as u64);
                        At::Consumers(name, None)
                    }
                }
            }
            At::Consumers(name, after) => match group(stream, &name).consumer_after(after.as_deref()) {
                Some(consumer) => {
                    self.put_consumer(consumer, strings, out);
                    At::Owned(name, consumer.name.clone(), None)
                }
                None => At::Groups(Some(name)),
            },
            At::Owned(name, owner, after) => {
                let group = group(stream, &name);
                let number = group.find(&owner).expect("the stream does not change");
                match put_owned(group.consumer(number), after, out, full) {
                    Some(id) => At::Owned(name, owner, Some(id)),
                    None => At::Consumers(name, Some(owner)),
                }
            }
            At::End => At::End,
        }
    }

    fn put_consumer(&self, consumer: &Consumer, strings: &mut Strings, out: &mut Vec<u8>) {
        strings.put(out, &consumer.name);
        out.extend(consumer.seen_ms.to_le_bytes());
        if self.version == Version::V11 {
            out.extend(consumer.active_ms.unwrap_or(NEVER).to_le_bytes());
        }
        put_len(out, consumer.pending_len() as u64);
    }
}

/// When a consumer was active that never was.
const NEVER: i64 = -1;

fn group<'a>(stream: &'a Stream, name: &[u8]) -> &'a Group {
    stream.group(name).expect("the stream does not change while it is written")
}

fn put_id(out: &mut Vec<u8>, id: Id) {
    put_len(out, id.ms);
    put_len(out, id.seq);
}

fn put_ids(stream: &Stream, out: &mut Vec<u8>) {
    let log = stream.log();
    put_len(out, log.len());
    put_id(out, log.last_id());
    put_id(out, log.first_id());
    put_id(out, log.max_deleted_id());
    put_len(out, log.entries_added());
}

fn put_group(name: &[u8], group: &Group, strings: &mut Strings, out: &mut Vec<u8>) {
    strings.put(out, name);
    put_id(out, group.last_id());
    put_len(out, group.entries_read() as u64);
    put_len(out, group.pending_len() as u64);
}

/// The id to begin with behind that one.
fn start(after: Option<Id>) -> Option<Id> {
    after.map_or(Some(Id::MIN), Id::next)
}

/// Appends pending entries behind that one, at least one if there is any; the last of them, if more may follow.
fn put_pending(group: &Group, after: Option<Id>, out: &mut Vec<u8>, full: usize) -> Option<Id> {
    let mut after = after;
    for (id, pending) in group.pending(start(after)?) {
        if out.len() >= full {
            return after;
        }
        out.extend(id.to_bytes());
        out.extend(pending.delivered_ms.to_le_bytes());
        put_len(out, pending.deliveries);
        after = Some(id);
    }
    None
}

/// The same with the ids of what a consumer has pending.
fn put_owned(consumer: &Consumer, after: Option<Id>, out: &mut Vec<u8>, full: usize) -> Option<Id> {
    let mut after = after;
    for id in consumer.pending(start(after)?) {
        if out.len() >= full {
            return after;
        }
        out.extend(id.to_bytes());
        after = Some(id);
    }
    None
}

/// A stream that is being read.
#[derive(Clone)]
pub(super) struct StreamBuild {
    form: u8,
    stream: Stream,
    next: Next,
}

/// What comes next.
#[derive(Clone)]
enum Next {
    Node { left: u64 },
    Ids,
    Group { left: u64 },
    Pending { left: u64, group: GroupBuild },
    Consumers { group: GroupBuild },
    Consumer { left: u64, group: GroupBuild },
    Owned { left: u64, consumers: u64, number: u32, group: GroupBuild },
    Done,
}

/// A group that is being read.
#[derive(Clone)]
struct GroupBuild {
    /// How many groups follow.
    others: u64,
    name: Vec<u8>,
    /// When and how often entries were delivered whose owner is not known yet.
    unowned: BTreeMap<Id, (i64, u64)>,
}

impl StreamBuild {
    pub fn begin(form: u8, source: &mut Source<'_>) -> Result<StreamBuild, Stop> {
        let left = source.len()?;
        Ok(StreamBuild { form, stream: Stream::new(), next: Next::Node { left } })
    }

    /// Reads the next part; the stream if that was the last one.
    pub fn step(&mut self, source: &mut Source<'_>) -> Result<Option<Value>, Stop> {
        // A part that is not whole changes nothing: what comes next is put back.
        let mut next = std::mem::replace(&mut self.next, Next::Done);
        let result = self.read(&mut next, source);
        self.next = next;
        result?;
        match self.next {
            Next::Done => Ok(Some(std::mem::take(&mut self.stream).into())),
            _ => Ok(None),
        }
    }

    fn read(&mut self, next: &mut Next, source: &mut Source<'_>) -> Result<(), Stop> {
        match next {
            Next::Node { left: 0 } => *next = Next::Ids,
            Next::Node { left } => {
                self.node(source)?;
                *left -= 1;
            }
            Next::Ids => *next = Next::Group { left: self.ids(source)? },
            Next::Group { left: 0 } => *next = Next::Done,
            Next::Group { left } => *next = self.group(source, *left - 1)?,
            Next::Pending { left, group } if *left > 0 => {
                pending(source, group)?;
                *left -= 1;
            }
            Next::Pending { group, .. } => *next = Next::Consumers { group: group.take() },
            Next::Consumers { group } => {
                let left = source.len()?;
                *next = Next::Consumer { left, group: group.take() };
            }
            Next::Consumer { left: 0, group } => *next = group.finish()?,
            Next::Consumer { left, group } => *next = self.consumer(source, *left - 1, group)?,
            Next::Owned { left, number, group, .. } if *left > 0 => {
                self.owned(source, *number, group)?;
                *left -= 1;
            }
            Next::Owned { consumers, group, .. } => {
                *next = Next::Consumer { left: *consumers, group: group.take() };
            }
            Next::Done => {}
        }
        Ok(())
    }

    fn node(&mut self, source: &mut Source<'_>) -> Result<(), Stop> {
        let id = source.string()?;
        let id: [u8; 16] = (*id)
            .try_into()
            .map_err(|_| Why::corrupt("Stream node key entry is not the size of a stream ID"))?;
        let pack = source.string()?.into_owned();
        let pack = Listpack::from_bytes(pack)
            .ok_or_else(|| Why::corrupt("Stream listpack integrity check failed."))?;
        if pack.is_empty() {
            return Err(Why::corrupt("Empty listpack inside stream").into());
        }
        match self.stream.log_mut().restore_node(Id::from_bytes(id), pack) {
            Ok(()) => Ok(()),
            Err(BadNode::Malformed) => Err(Why::corrupt("Stream listpack integrity check failed.").into()),
            Err(BadNode::Twice) => Err(Why::corrupt("Listpack re-added with existing key").into()),
        }
    }

    /// Reads what the stream remembers, and how many groups there are.
    fn ids(&mut self, source: &mut Source<'_>) -> Result<u64, Stop> {
        let len = source.len()?;
        let last_id = id(source)?;
        let counters = if self.form == codes::STREAM_LISTPACKS {
            None
        } else {
            let (first_id, max_deleted_id) = (id(source)?, id(source)?);
            Some(Counters { first_id, max_deleted_id, entries_added: source.len()? })
        };
        let groups = source.len()?;
        if len != self.stream.log().len() {
            return Err(Why::corrupt("Stream length inconsistent with rax entries").into());
        }
        self.stream.log_mut().restore_ids(last_id, counters);
        Ok(groups)
    }

    fn group(&mut self, source: &mut Source<'_>, others: u64) -> Result<Next, Stop> {
        let name = source.string()?.into_owned();
        let last_id = id(source)?;
        let entries_read = if self.form == codes::STREAM_LISTPACKS {
            self.stream.log().count_up_to(last_id).unwrap_or(Group::UNKNOWN)
        } else {
            source.len()? as i64
        };
        let left = source.len()?;
        if !self.stream.create_group(&name, last_id, entries_read) {
            let name = String::from_utf8_lossy(&name);
            return Err(Why::told(format!("Duplicated consumer group name {name}")).into());
        }
        Ok(Next::Pending { left, group: GroupBuild { others, name, unowned: BTreeMap::new() } })
    }

    fn consumer(
        &mut self,
        source: &mut Source<'_>,
        consumers: u64,
        group: &mut GroupBuild,
    ) -> Result<Next, Stop> {
        let name = source.string()?;
        let seen_ms = source.i64()?;
        let active_ms = if self.form == codes::STREAM_LISTPACKS_3 { source.i64()? } else { seen_ms };
        let left = source.len()?;
        let number = self.stream.edit_group(&group.name, |_, group| {
            if group.find(&name).is_some() {
                return None;
            }
            let number = group.create(&name, seen_ms);
            group.consumer_mut(number).active_ms = (active_ms != NEVER).then_some(active_ms);
            Some(number)
        });
        let number = number.flatten().ok_or_else(|| Why::corrupt("Duplicate stream consumer detected."))?;
        Ok(Next::Owned { left, consumers, number, group: group.take() })
    }

    fn owned(&mut self, source: &mut Source<'_>, number: u32, group: &mut GroupBuild) -> Result<(), Stop> {
        let id = Id::from_bytes(source.array()?);
        let Some((delivered_ms, deliveries)) = group.unowned.remove(&id) else {
            let owner = self.stream.group(&group.name).and_then(|group| {
                let pending = group.get(id)?;
                Some(group.owner(&pending).name == group.consumer(number).name)
            });
            return Err(Stop::from(Why::corrupt(match owner {
                None => "Consumer entry not found in group global PEL",
                Some(true) => "Duplicated consumer PEL entry  loading a stream consumer group",
                Some(false) => {
                    "NACK already assigned to a different consumer, shared NACKs across consumers are not valid"
                }
            })));
        };
        self.stream.edit_group(&group.name, |_, group| group.give(id, number, delivered_ms, deliveries));
        Ok(())
    }
}

impl GroupBuild {
    fn take(&mut self) -> GroupBuild {
        GroupBuild {
            others: self.others,
            name: std::mem::take(&mut self.name),
            unowned: std::mem::take(&mut self.unowned),
        }
    }

    /// All consumers were read.
    fn finish(&mut self) -> Result<Next, Stop> {
        if !self.unowned.is_empty() {
            return Err(Why::corrupt("Stream CG PEL entry without consumer").into());
        }
        Ok(Next::Group { left: self.others })
    }
}

fn pending(source: &mut Source<'_>, group: &mut GroupBuild) -> Result<(), Stop> {
    let id = Id::from_bytes(source.array()?);
    let delivered_ms = source.i64()?;
    let deliveries = source.len()?;
    match group.unowned.insert(id, (delivered_ms, deliveries)) {
        None => Ok(()),
        Some(_) => Err(Why::corrupt("Duplicated global PEL entry loading stream consumer group").into()),
    }
}

fn id(source: &mut Source<'_>) -> Result<Id, Stop> {
    Ok(Id::new(source.len()?, source.len()?))
}

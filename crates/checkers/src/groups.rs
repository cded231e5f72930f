//! Consumer groups as a journal shows them: which entries are pending, whose they are and how often they were
//! delivered, followed from the replies alone, without the reference model.

use resplay_base::journal::{Entry, Event};
use resplay_resp::{Reply, decode};
use std::collections::BTreeMap;

/// A stream's key and a group's name.
type Place = (Vec<u8>, Vec<u8>);

/// What is pending in a group, by entry.
type Pending = BTreeMap<Vec<u8>, Delivery>;

/// The groups of a node.
#[derive(Default)]
pub(crate) struct Groups {
    pending: BTreeMap<Place, Pending>,
    /// Commands that wait, by session.
    waiting: BTreeMap<u64, Vec<Vec<u8>>>,
    /// Replies that do not fit what happened before.
    pub objections: Vec<String>,
}

struct Delivery {
    consumer: Vec<u8>,
    count: i64,
}

impl Groups {
    /// Follows a journal to its end.
    pub fn replay(journal: &[Entry]) -> Groups {
        let mut groups = Groups::default();
        journal.iter().for_each(|entry| groups.see(&entry.event));
        groups
    }

    /// What is pending, a sentence each.
    pub fn pending(&self) -> impl Iterator<Item = String> {
        self.pending.iter().flat_map(|((stream, group), entries)| {
            entries.iter().map(move |(id, delivery)| {
                let times = match delivery.count {
                    1 => "once".to_owned(),
                    count => format!("{count} times"),
                };
                format!(
                    "{}, group {}: {} is still pending, delivered to {} {times}",
                    stream.escape_ascii(),
                    group.escape_ascii(),
                    id.escape_ascii(),
                    delivery.consumer.escape_ascii(),
                )
            })
        })
    }

    fn see(&mut self, event: &Event) {
        match event {
            Event::Booted { .. } => {
                *self = Groups { objections: std::mem::take(&mut self.objections), ..Groups::default() }
            }
            Event::Blocked { session, argv } => drop(self.waiting.insert(*session, argv.clone())),
            Event::Woken { session, reply, .. } => {
                if let Some(argv) = self.waiting.remove(session) {
                    self.command(&argv, reply);
                }
            }
            Event::Command { argv, reply, .. } => self.command(argv, reply),
            // From a file: claims tell whose an entry is, and their reply is not known.
            Event::Loaded { argv, .. } => self.loaded(argv),
            _ => {}
        }
    }

    fn command(&mut self, argv: &[Vec<u8>], reply: &[u8]) {
        let Ok(Some((reply, _))) = decode(reply) else { return };
        if reply.is_error() {
            return;
        }
        match argv[0].to_ascii_uppercase().as_slice() {
            b"XREADGROUP" => self.read(argv, &reply),
            b"XCLAIM" => self.claimed(argv, &reply),
            b"XAUTOCLAIM" => self.autoclaimed(argv, &reply),
            b"XACK" => self.acknowledged(argv),
            b"XPENDING" => self.told(argv, &reply),
            b"XGROUP" => self.changed(argv),
            b"DEL" | b"UNLINK" => {
                argv[1..].iter().for_each(|key| self.pending.retain(|(stream, _), _| stream != key));
            }
            b"FLUSHALL" | b"FLUSHDB" => self.pending.clear(),
            _ => {}
        }
    }

    fn loaded(&mut self, argv: &[Vec<u8>]) {
        match argv[0].to_ascii_uppercase().as_slice() {
            b"XACK" => self.acknowledged(argv),
            b"XCLAIM" if argv.len() > 5 => {
                let at = argv.iter().position(|word| word.eq_ignore_ascii_case(b"RETRYCOUNT"));
                let count = at.and_then(|at| integer(argv.get(at + 1)?)).unwrap_or(1);
                let delivery = Delivery { consumer: argv[3].clone(), count };
                self.of(&argv[1], &argv[2]).insert(argv[5].clone(), delivery);
            }
            b"XGROUP" => self.changed(argv),
            _ => {}
        }
    }

    fn of(&mut self, stream: &[u8], group: &[u8]) -> &mut Pending {
        self.pending.entry((stream.to_vec(), group.to_vec())).or_default()
    }

    /// New entries, or a consumer's own once more: either counts as a delivery.
    fn read(&mut self, argv: &[Vec<u8>], reply: &Reply) {
        let is = |word: &Vec<u8>, name: &[u8]| word.eq_ignore_ascii_case(name);
        if argv.len() < 4
            || argv.iter().take_while(|word| !is(word, b"STREAMS")).any(|word| is(word, b"NOACK"))
        {
            return;
        }
        let streams: Vec<(&Reply, &Reply)> = match reply {
            Reply::Map(pairs) => pairs.iter().map(|(stream, entries)| (stream, entries)).collect(),
            Reply::Array(items) => items.iter().filter_map(pair).collect(),
            _ => return,
        };
        for (stream, entries) in streams {
            let Some(stream) = stream.as_bytes() else { continue };
            for id in ids(entries) {
                self.deliver(stream, &argv[2], &argv[3], id, 1);
            }
        }
    }

    fn deliver(&mut self, stream: &[u8], group: &[u8], consumer: &[u8], id: &[u8], more: i64) {
        let entries = self.of(stream, group);
        let delivery =
            entries.entry(id.to_vec()).or_insert(Delivery { consumer: consumer.to_vec(), count: 0 });
        delivery.consumer = consumer.to_vec();
        delivery.count += more;
    }

    fn claimed(&mut self, argv: &[Vec<u8>], reply: &Reply) {
        let is_plain = argv[4..].iter().all(|word| {
            !["JUSTID", "RETRYCOUNT", "FORCE", "LASTID"]
                .iter()
                .any(|option| word.eq_ignore_ascii_case(option.as_bytes()))
        });
        // With further options the count is the client's own business.
        if is_plain {
            ids(reply).for_each(|id| self.deliver(&argv[1], &argv[2], &argv[3], id, 1));
        }
    }

    fn autoclaimed(&mut self, argv: &[Vec<u8>], reply: &Reply) {
        let [_, entries, deleted] = reply.as_slice().unwrap_or_default() else { return };
        let just_id = argv.last().is_some_and(|word| word.eq_ignore_ascii_case(b"JUSTID"));
        let claimed: Vec<&[u8]> = match just_id {
            true => entries.as_slice().unwrap_or_default().iter().filter_map(Reply::as_bytes).collect(),
            false => ids(entries).collect(),
        };
        claimed
            .into_iter()
            .for_each(|id| self.deliver(&argv[1], &argv[2], &argv[3], id, i64::from(!just_id)));
        for id in deleted.as_slice().unwrap_or_default().iter().filter_map(Reply::as_bytes) {
            self.of(&argv[1], &argv[2]).remove(id);
        }
    }

    fn acknowledged(&mut self, argv: &[Vec<u8>]) {
        let entries = self.of(&argv[1], &argv[2]);
        argv[3..].iter().for_each(|id| drop(entries.remove(id)));
    }

    /// XPENDING in its long form.
    fn told(&mut self, argv: &[Vec<u8>], reply: &Reply) {
        if argv.len() < 6 {
            return;
        }
        for entry in reply.as_slice().unwrap_or_default() {
            let [id, consumer, _, count] = entry.as_slice().unwrap_or_default() else { continue };
            let (Some(id), Some(consumer), Some(count)) =
                (id.as_bytes(), consumer.as_bytes(), count.as_int())
            else {
                continue;
            };
            let known = self.of(&argv[1], &argv[2]).get(id);
            let fits = known.is_some_and(|known| known.count == count && known.consumer == consumer);
            if !fits {
                let seen = known.map_or(0, |known| known.count);
                let id = id.escape_ascii();
                self.objections
                    .push(format!("XPENDING says that {id} was delivered {count} times; it was {seen}"));
            }
        }
    }

    fn changed(&mut self, argv: &[Vec<u8>]) {
        let [_, verb, stream, group, rest @ ..] = argv else { return };
        if verb.eq_ignore_ascii_case(b"DESTROY") {
            self.pending.remove(&(stream.clone(), group.clone()));
        } else if let (true, [consumer, ..]) = (verb.eq_ignore_ascii_case(b"DELCONSUMER"), rest) {
            self.of(stream, group).retain(|_, delivery| delivery.consumer != *consumer);
        }
    }
}

fn pair(reply: &Reply) -> Option<(&Reply, &Reply)> {
    match reply.as_slice()? {
        [first, second] => Some((first, second)),
        _ => None,
    }
}

/// The ids of a list of entries.
fn ids(entries: &Reply) -> impl Iterator<Item = &[u8]> {
    let entries = entries.as_slice().unwrap_or_default().iter();
    entries.filter_map(|entry| entry.as_slice()?.first()?.as_bytes())
}

fn integer(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

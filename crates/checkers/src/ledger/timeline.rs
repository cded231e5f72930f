//! What a node held at each moment of a life, and the moment that a restart brought back.

use super::acknowledged::Acknowledgements;
use resplay_base::journal::{Entry, Event};
use resplay_base::map::Seed;
use resplay_model::{Item, Mismatch, Model};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

/// A key of a database.
type Place = (u32, Vec<u8>);

/// A digest of what a key holds, without what only the server's memory knows (encodings), and when it expires; `None`:
/// nothing.
type Content = Option<(u64, Option<i64>)>;

/// Everything that came back.
pub(super) type State = BTreeMap<Place, Content>;

/// Every change of every key in one life.
pub(super) struct Timeline<'e> {
    /// For each key the positions in the journal at which it changed, and what it held from then on. Before the first
    /// it did not exist.
    versions: BTreeMap<Place, Vec<(usize, Content)>>,
    writes: Vec<Write<'e>>,
}

/// The node held this after the first `from` entries of the life, and until entry `to` changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Of all keys with what they hold.
    pub(super) digest: u64,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A client's command.
pub(super) struct Write<'e> {
    /// Its position in the journal of the life.
    pub(super) position: usize,
    /// Its words; EXEC stands for its transaction.
    pub(super) argv: &'e [Vec<u8>],
    /// Its reply.
    pub(super) reply: &'e [u8],
    /// Whether it changed something.
    has_changed: bool,
}

impl<'e> Timeline<'e> {
    /// Replays a life with a model that has seen nothing.
    pub(super) fn of(life: &'e [Entry], mut model: Model) -> Result<Timeline<'e>, Mismatch> {
        let mut timeline = Timeline { versions: BTreeMap::new(), writes: Vec::new() };
        let mut queued = Queued::default();
        let mut waiting: BTreeMap<u64, &'e [Vec<u8>]> = BTreeMap::new();
        for (position, entry) in life.iter().enumerate() {
            let suspects = queued.suspects(&model, &entry.event);
            model.apply(entry)?;
            let has_changed = timeline.note(position, &model, suspects);
            let write = match &entry.event {
                Event::Command { argv, reply, .. } => Some((argv.as_slice(), reply)),
                Event::Blocked { session, argv } => {
                    waiting.insert(*session, argv);
                    None
                }
                Event::Woken { session, reply, .. } => waiting.remove(session).map(|argv| (argv, reply)),
                _ => None,
            };
            timeline.writes.extend(write.map(|(argv, reply)| Write { position, argv, reply, has_changed }));
        }
        Ok(timeline)
    }

    /// Notes which of these keys hold something else than before.
    fn note(&mut self, position: usize, model: &Model, suspects: Suspects) -> bool {
        let mut has_changed = false;
        let is_used = |db: &u32| model.keys(*db).next().is_some() || self.has_used(*db);
        let used: Vec<u32> = (0..model.databases()).filter(is_used).collect();
        for place in suspects.places(model, &used) {
            let now = content(model, &place);
            let before = self.versions.get(&place).and_then(|versions| versions.last());
            if before.and_then(|(_, held)| *held) != now {
                self.versions.entry(place).or_default().push((position, now));
                has_changed = true;
            }
        }
        has_changed
    }

    /// Whether a key of this database was ever there.
    fn has_used(&self, db: u32) -> bool {
        self.versions.range((db, Vec::new())..).next().is_some_and(|((first, _), _)| *first == db)
    }

    /// What the node held, span by span, in order.
    pub(super) fn spans(&self) -> Vec<Span> {
        let mut changes: Vec<(usize, u64)> = Vec::new();
        for (place, versions) in &self.versions {
            let mut before = fingerprint(place, &None);
            for (position, held) in versions {
                let after = fingerprint(place, held);
                changes.push((*position, before ^ after));
                before = after;
            }
        }
        changes.sort_unstable();
        let (mut spans, mut from, mut digest) = (Vec::new(), 0, 0);
        for at in changes.chunk_by(|one, other| one.0 == other.0) {
            let position = at[0].0;
            spans.push(Span { digest, from, to: position });
            from = position + 1;
            digest = at.iter().fold(digest, |digest, (_, change)| digest ^ change);
        }
        spans.push(Span { digest, from, to: usize::MAX });
        spans
    }

    /// The digest of what the node held after so many entries, but for keys whose time was over by then: milliseconds of
    /// its wall clock.
    pub(super) fn digest_after(&self, entries: usize, now_ms: i64) -> u64 {
        let held = self.versions.iter().filter_map(|(place, versions)| {
            let (_, held) = versions[..versions.partition_point(|(at, _)| *at < entries)].last()?;
            let expires_at = held.as_ref()?.1;
            expires_at.is_none_or(|at_ms| at_ms >= now_ms).then(|| fingerprint(place, held))
        });
        held.fold(0, |digest, part| digest ^ part)
    }

    /// The times between these at which a key expires, in milliseconds of the node's wall clock.
    pub(super) fn expiries(&self, from_ms: i64, to_ms: i64) -> BTreeSet<i64> {
        let held = self.versions.values().flatten().filter_map(|(_, held)| held.as_ref()?.1);
        held.filter(|at_ms| (from_ms..=to_ms).contains(at_ms)).collect()
    }

    /// The clients' writes that were heard of, in order, and when. The same command may have changed nothing before, and
    /// been heard of: then that is not the reply to this one.
    pub(super) fn heard<'t>(
        &'t self,
        heard: &'t mut Acknowledgements,
    ) -> impl Iterator<Item = (&'t Write<'e>, u64)> {
        let lasting: BTreeSet<&[Vec<u8>]> =
            self.writes.iter().filter(|write| write.has_changed).map(|write| write.argv).collect();
        let of_such = self.writes.iter().filter(move |write| lasting.contains(write.argv));
        let heard = of_such.filter_map(|write| Some((write, heard.next_of(write.argv, write.reply)?)));
        heard.filter(|(write, _)| write.has_changed)
    }

    /// How much of the journal is in what came back: the greatest position before which every key held just that.
    /// A key that disagrees if there is no such moment.
    pub(super) fn kept(&self, came_back: &State) -> Result<usize, Place> {
        if let Some(place) = came_back.keys().find(|place| !self.versions.contains_key(*place)) {
            return Err(place.clone());
        }
        let mut kept = usize::MAX;
        loop {
            let limits = self.versions.iter().map(|(place, versions)| {
                let target = came_back.get(place).unwrap_or(&None);
                last_agreement(versions, target, kept).ok_or_else(|| place.clone())
            });
            let lowest =
                limits.collect::<Result<Vec<usize>, Place>>()?.into_iter().min().unwrap_or(usize::MAX);
            if lowest == kept {
                return Ok(kept);
            }
            kept = lowest;
        }
    }
}

/// The greatest position not beyond `kept` before which the key held the target.
fn last_agreement(versions: &[(usize, Content)], target: &Content, kept: usize) -> Option<usize> {
    let starts =
        std::iter::once((0, &None)).chain(versions.iter().map(|(position, held)| (position + 1, held)));
    let ends = versions.iter().map(|(position, _)| *position).chain([usize::MAX]);
    let spans = starts.zip(ends).filter(|((start, held), _)| *start <= kept && *held == target);
    spans.map(|(_, end)| end.min(kept)).max()
}

/// Whether it is the start of a process, or comes from one of its files.
pub(super) fn is_of_file(entry: &&Entry) -> bool {
    matches!(entry.event, Event::Booted { .. } | Event::Loaded { .. })
}

/// What a restart found in its files, by a model that has seen nothing.
pub(super) fn loaded(loading: &[Entry], mut model: Model) -> Result<Model, Mismatch> {
    loading.iter().filter(is_of_file).try_for_each(|entry| model.apply(entry))?;
    Ok(model)
}

/// All that a server like this holds.
pub(super) fn state(model: &Model) -> State {
    all_places(model).into_iter().map(|place| (place.clone(), content(model, &place))).collect()
}

/// The digest of all that a server like this holds, as [`Span::digest`] has it.
pub(super) fn digest(model: &Model) -> u64 {
    let places = all_places(model);
    places.iter().fold(0, |digest, place| digest ^ fingerprint(place, &content(model, place)))
}

/// The part of one key in a digest; nothing, for a key that is not there.
fn fingerprint(place: &Place, held: &Content) -> u64 {
    held.as_ref().map_or(0, |held| Seed(0).hash_one((place, held)))
}

fn content(model: &Model, (db, key): &Place) -> Content {
    let Item { value, expires_at } = model.key(*db, key)?;
    Some((Seed(0).hash_one(value.content()), *expires_at))
}

fn all_places(model: &Model) -> BTreeSet<Place> {
    (0..model.databases()).flat_map(|db| model.keys(db).map(move |(key, _)| (db, key.to_vec()))).collect()
}

/// What transactions under way, and commands that wait, will touch: by session.
#[derive(Default)]
struct Queued(BTreeMap<u64, BTreeSet<Vec<u8>>>);

impl Queued {
    /// The keys that an event may change: every word might be one, in any database.
    fn suspects(&mut self, model: &Model, event: &Event) -> Suspects {
        match event {
            Event::Loaded { argv, .. } => Suspects::of(model, argv),
            Event::Evicted { db, key, .. } | Event::Expired { db, key } => {
                Suspects { places: vec![(*db, key.clone())], ..Suspects::default() }
            }
            Event::Command { session, argv, reply } => self.command(model, *session, argv, reply),
            Event::Blocked { session, argv } => {
                self.0.insert(*session, argv.iter().cloned().collect());
                // A command may change something before it waits: XREADGROUP makes its consumer.
                Suspects::of(model, argv)
            }
            Event::Woken { session, .. } => self.end(model, *session),
            _ => Suspects::default(),
        }
    }

    fn command(&mut self, model: &Model, session: u64, argv: &[Vec<u8>], reply: &[u8]) -> Suspects {
        if reply == b"+QUEUED\r\n" {
            self.0.entry(session).or_default().extend(argv.iter().cloned());
            return Suspects::default();
        }
        match argv[0].to_ascii_uppercase().as_slice() {
            b"EXEC" => self.end(model, session),
            b"DISCARD" | b"RESET" | b"MULTI" => {
                self.0.remove(&session);
                Suspects::default()
            }
            b"GET" | b"HGET" | b"HGETALL" | b"PING" | b"TTL" | b"PTTL" | b"INFO" => Suspects::default(),
            _ => Suspects::of(model, argv),
        }
    }

    /// What a session had queued, or waited with, takes place.
    fn end(&mut self, model: &Model, session: u64) -> Suspects {
        let words: Vec<_> = self.0.remove(&session).unwrap_or_default().into_iter().collect();
        Suspects::of(model, &words)
    }
}

/// Keys that an event may change.
#[derive(Default)]
struct Suspects {
    places: Vec<Place>,
    /// Names of keys in any database.
    names: BTreeSet<Vec<u8>>,
    /// It is FLUSHALL or its kin: whatever is there afterwards may have changed, too.
    are_all: bool,
}

impl Suspects {
    fn of(model: &Model, words: &[Vec<u8>]) -> Suspects {
        match words.iter().any(|word| touches_all(word)) {
            true => {
                let places = all_places(model).into_iter().collect();
                Suspects { places, are_all: true, ..Suspects::default() }
            }
            false => Suspects { names: words.iter().cloned().collect(), ..Suspects::default() },
        }
    }

    /// All of them, when it has happened, where only these databases hold or held something.
    fn places(self, model: &Model, used: &[u32]) -> BTreeSet<Place> {
        let mut places: BTreeSet<Place> = self.places.into_iter().collect();
        for name in self.names {
            places.extend(used.iter().map(|db| (*db, name.clone())));
        }
        if self.are_all {
            places.extend(all_places(model));
        }
        places
    }
}

fn touches_all(word: &[u8]) -> bool {
    [b"FLUSHALL".as_slice(), b"FLUSHDB", b"SWAPDB"].contains(&word.to_ascii_uppercase().as_slice())
}

//! What a fresh server restored: its loading replayed by the model, and its own answers about the data.

use super::bench::Fresh;
use resplay_base::Random;
use resplay_base::journal::{Entry, Event};
use resplay_checkers::Found;
use resplay_model::{Model, Value};
use resplay_world::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// Of the keys that the newest commands name, so many are read back.
const NEW_KEYS: usize = 48;
/// And so many drawn ones.
const DRAWN_KEYS: usize = 16;

/// Replays what servers load. Most files of one run are beginnings of one another, so the model goes on from what it
/// replayed last, and equal loadings are replayed once.
pub(super) struct Loader {
    known: BTreeMap<u64, Result<Found, String>>,
    /// What `model` has replayed: the digest after each entry.
    replayed: Vec<u64>,
    model: Model,
    /// A model that has seen nothing.
    fresh: Model,
    random: Random,
    password: Option<String>,
}

impl Loader {
    /// A loader that has seen nothing, and judges by this model. `password`: what clients have to give.
    pub(super) fn new(fresh: Model, random: Random, password: Option<String>) -> Loader {
        let model = fresh.clone();
        Loader { known: BTreeMap::new(), replayed: Vec::new(), model, fresh, random, password }
    }

    /// What the server restored; an error if that, or what it answers about it, is not what the real server would have.
    pub(super) fn found(&mut self, fresh: &mut Fresh) -> Result<Found, String> {
        let digests = digests(fresh.journal());
        let whole = digests.last().copied().unwrap_or_default();
        if let Some(known) = self.known.get(&whole) {
            return known.clone().map(|found| found.again(fresh.journal()));
        }
        let goes_on = digests.starts_with(&self.replayed);
        let from = if goes_on { self.replayed.len() } else { 0 };
        let found = self.replay(fresh.journal(), from).and_then(|found| {
            self.read_back(fresh, from)?;
            Ok(found)
        });
        self.replayed = digests;
        if found.is_err() {
            (self.model, self.replayed) = (self.fresh.clone(), Vec::new());
        }
        self.known.insert(whole, found.clone());
        found
    }

    fn replay(&mut self, journal: &[Entry], from: usize) -> Result<Found, String> {
        if from == 0 {
            self.model = self.fresh.clone();
        }
        for entry in &journal[from..] {
            let legal = self.model.apply(entry);
            legal.map_err(|mismatch| format!("it loads what cannot be loaded: {mismatch}"))?;
        }
        Ok(Found::of(&self.model, journal))
    }

    /// Asks the server about keys that what it loaded last names, and about some others.
    fn read_back(&mut self, fresh: &mut Fresh, from: usize) -> Result<(), String> {
        let requests = self.requests(&fresh.journal()[from..]);
        let mut model = self.model.clone();
        let answered = fresh.ask(&requests);
        for entry in &answered {
            let legal = model.apply(entry);
            legal.map_err(|mismatch| format!("it answers what is not in its files: {mismatch}"))?;
        }
        let is_command = |entry: &&Entry| matches!(entry.event, Event::Command { .. });
        let count = answered.iter().filter(is_command).count();
        match count == requests.len() {
            true => Ok(()),
            false => Err(format!("it answers {count} of {} questions about its data", requests.len())),
        }
    }

    fn requests(&mut self, loaded: &[Entry]) -> Vec<Vec<Vec<u8>>> {
        let words: BTreeSet<&[u8]> = loaded.iter().rev().flat_map(words).take(8 * NEW_KEYS).collect();
        let mut requests = Vec::new();
        if let Some(password) = &self.password {
            requests.push(request(&["AUTH", password], &[]));
        }
        for db in 0..self.model.databases() {
            let keys: Vec<(&[u8], &Value)> =
                self.model.keys(db).map(|(key, item)| (key, &item.value)).collect();
            if keys.is_empty() {
                continue;
            }
            requests.push(request(&["SELECT", &db.to_string()], &[]));
            requests.push(request(&["DBSIZE"], &[]));
            let new = keys.iter().filter(|(key, _)| words.contains(key)).take(NEW_KEYS).copied();
            let drawn: Vec<_> = (0..DRAWN_KEYS).map(|_| keys[self.random.index(keys.len())]).collect();
            let asked: BTreeMap<&[u8], &Value> = new.chain(drawn).collect();
            requests.extend(asked.into_iter().flat_map(|(key, value)| questions(key, value)));
        }
        requests
    }
}

/// What shows all that a key holds.
fn questions(key: &[u8], value: &Value) -> Vec<Vec<Vec<u8>>> {
    let content = match value {
        Value::Text(_) => request(&["GET"], &[key]),
        Value::Hash(_) => request(&["HGETALL"], &[key]),
        Value::List(_) => request(&["LRANGE"], &[key, b"0", b"-1"]),
        Value::Set(_) => request(&["SMEMBERS"], &[key]),
        Value::Zset(_) => request(&["ZRANGE"], &[key, b"0", b"-1", b"WITHSCORES"]),
        Value::Stream(_) => request(&["XRANGE"], &[key, b"-", b"+"]),
    };
    let mut questions = vec![content, request(&["PEXPIRETIME"], &[key])];
    if matches!(value, Value::Stream(_)) {
        questions.push(request(&["XINFO", "GROUPS"], &[key]));
    }
    questions
}

fn request(words: &[&str], more: &[&[u8]]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.as_bytes()).chain(more.iter().copied()).map(<[u8]>::to_vec).collect()
}

fn words(entry: &Entry) -> impl Iterator<Item = &[u8]> {
    let argv = match &entry.event {
        Event::Loaded { argv, .. } => argv.as_slice(),
        _ => &[],
    };
    argv.iter().map(Vec::as_slice)
}

/// After each entry, a hash of all so far.
fn digests(journal: &[Entry]) -> Vec<u64> {
    let mut digest = Digest::new(0);
    let after = |entry: &Entry| {
        match &entry.event {
            Event::Loaded { db, argv, is_retold } => {
                digest.word(u64::from(*is_retold));
                digest.word(u64::from(*db));
                argv.iter().for_each(|word| digest.bytes(word));
                digest.word(argv.len() as u64);
            }
            Event::Booted { databases, .. } => digest.word(u64::from(*databases)),
            other => digest.bytes(format!("{other:?}").as_bytes()),
        }
        digest.value()
    };
    journal.iter().map(after).collect()
}

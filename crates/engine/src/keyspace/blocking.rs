//! Who waits for which key, and which keys became worth a look. Serving those who wait is [`crate::blocking`]'s.

use super::Dataset;
use resplay_datatypes::Value;
use std::collections::BTreeMap;

/// What a client waits for at a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A list.
    List,
    /// A sorted set.
    Zset,
    /// A stream with news.
    Stream,
    /// The same for a member of a consumer group: it is told as well when the stream is gone.
    StreamOrGone,
}

impl Awaited {
    /// Whether a value of this type is what is waited for.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            Awaited::List => matches!(value, Value::List(_)),
            Awaited::Zset => matches!(value, Value::Zset(_)),
            Awaited::Stream | Awaited::StreamOrGone => matches!(value, Value::Stream(_)),
        }
    }
}

/// A key of a database.
pub type Place = (u32, Box<[u8]>);

/// Clients by the keys that they wait for, those who came first in front.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    by_key: BTreeMap<Place, Vec<(u64, Awaited)>>,
    ready: Vec<Place>,
}

impl Waiting {
    /// Whether nobody waits for any key.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// How many keys are waited for.
    pub fn keys(&self) -> usize {
        self.by_key.len()
    }

    /// How many keys somebody waits for who must also hear that one is gone.
    pub fn keys_on_nokey(&self) -> usize {
        let waits = |clients: &&Vec<(u64, Awaited)>| {
            clients.iter().any(|(_, awaited)| *awaited == Awaited::StreamOrGone)
        };
        self.by_key.values().filter(waits).count()
    }

    /// A client waits for a key from now on, behind those who wait already.
    pub fn add(&mut self, client: u64, awaited: Awaited, db: u32, key: &[u8]) {
        self.by_key.entry((db, key.into())).or_default().push((client, awaited));
    }

    /// A client no longer waits for a key.
    pub fn remove(&mut self, client: u64, db: u32, key: &[u8]) {
        let place = (db, Box::from(key));
        let Some(clients) = self.by_key.get_mut(&place) else { return };
        clients.retain(|(waiter, _)| *waiter != client);
        if clients.is_empty() {
            self.by_key.remove(&place);
        }
    }

    /// Who waits for a key, in order.
    pub fn at(&self, place: &Place) -> Vec<(u64, Awaited)> {
        self.by_key.get(place).cloned().unwrap_or_default()
    }

    /// Whether a key became ready since the last call of [`Waiting::take_ready`].
    #[inline]
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The keys that became ready, in that order.
    pub fn take_ready(&mut self) -> Vec<Place> {
        std::mem::take(&mut self.ready)
    }

    /// A key of this database may be what somebody waits for.
    pub fn signal(&mut self, db: u32, key: &[u8]) {
        let place = (db, Box::from(key));
        if self.by_key.contains_key(&place) && !self.ready.contains(&place) {
            self.ready.push(place);
        }
    }

    /// A key was removed: members of consumer groups must hear of it.
    pub fn notice_removal(&mut self, db: u32, key: &[u8]) {
        let place = (db, Box::from(key));
        let clients = self.by_key.get(&place);
        if clients.into_iter().flatten().any(|(_, awaited)| *awaited == Awaited::StreamOrGone) {
            self.signal(db, key);
        }
    }

    /// A database is emptied: the same for all its keys.
    pub fn notice_flush(&mut self, db: u32) {
        for key in self.keys_of(db) {
            self.notice_removal(db, &key);
        }
    }

    fn keys_of(&self, db: u32) -> Vec<Box<[u8]>> {
        self.by_key.keys().filter(|(other, _)| *other == db).map(|(_, key)| key.clone()).collect()
    }
}

impl Dataset {
    /// A key of the selected database holds something new for those who wait for it.
    pub fn signal(&mut self, key: &[u8]) {
        if !self.waiting.is_empty() {
            self.waiting.signal(self.db, key);
        }
    }

    /// A value is about to be put under a key: what was there goes, or something comes that was waited for.
    pub(super) fn notice_insertion(&mut self, key: &[u8], value: &Value) {
        let db = self.db;
        if self.current().find(key).is_some() {
            self.waiting.notice_removal(db, key);
        } else if matches!(value, Value::List(_) | Value::Zset(_) | Value::Stream(_)) {
            self.waiting.signal(db, key);
        }
    }

    /// Another database took this one's place.
    pub(super) fn notice_swap(&mut self, db: u32) {
        for key in self.waiting.keys_of(db) {
            match self.database(db).find(&key) {
                Some(_) => self.waiting.signal(db, &key),
                None => self.waiting.notice_removal(db, &key),
            }
        }
    }
}

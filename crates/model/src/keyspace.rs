//! All databases, and when their keys die.

use crate::pubsub::PubSub;
use crate::settings::Settings;
use crate::value::{Item, Kind, Value};
use crate::waiting::{Awaited, Waiting};
use crate::watch::Watches;
use resplay_resp::Error;
use std::collections::BTreeMap;
use std::mem;

/// One database: what is physically there, dead or alive.
pub(crate) type Database = BTreeMap<Vec<u8>, Item>;

/// Everything that commands work on beside their own session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keyspace {
    /// The databases, by number.
    pub(crate) databases: Vec<Database>,
    /// The configuration.
    pub(crate) settings: Settings,
    /// Who watches what.
    pub(crate) watches: Watches,
    /// Who is subscribed to what, and what they are due to hear.
    pub(crate) pubsub: PubSub,
    /// Who waits for what.
    pub(crate) waiting: Waiting,
    /// What happened to which key (event, database, key) since it was last told to those who subscribe.
    pub(crate) events: Vec<(String, u32, Vec<u8>)>,
    /// What was in every payload that DUMP has given.
    pub(crate) payloads: BTreeMap<Vec<u8>, Value>,
    /// The clock at the start of the command, in milliseconds since 1970.
    pub(crate) now: i64,
    /// A file is being replayed: nothing dies meanwhile.
    pub(crate) is_loading: bool,
    /// What is replayed is no command of a file, but tells of a key that was in it.
    pub(crate) is_retold: bool,
}

/// What becomes of a key's time to live when it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ttl {
    /// Forgotten.
    Clear,
    /// As it was.
    Keep,
    /// The key dies after this time, in milliseconds since 1970.
    At(i64),
}

impl Keyspace {
    /// Whether a moment has passed: at the very millisecond a key still lives.
    pub(crate) fn is_past(&self, when: i64) -> bool {
        !self.is_loading && self.now > when
    }

    /// Whether an item's time has passed.
    pub(crate) fn is_dead(&self, item: &Item) -> bool {
        item.expires_at.is_some_and(|when| self.is_past(when))
    }

    /// Whether a command that sets this time should delete the key instead.
    pub(crate) fn is_over(&self, when: i64) -> bool {
        !self.is_loading && when <= self.now
    }

    /// A key that lives.
    pub(crate) fn get(&self, db: u32, key: &[u8]) -> Option<&Item> {
        self.databases[db as usize].get(key).filter(|item| !self.is_dead(item))
    }

    /// A key that lives, to change it in place. Say so with [`Keyspace::changed`].
    pub(crate) fn get_mut(&mut self, db: u32, key: &[u8]) -> Option<&mut Item> {
        self.bury(db, key);
        self.databases[db as usize].get_mut(key)
    }

    /// A file brought this key's value, in whatever form.
    pub(crate) fn forget_form(&mut self, db: u32, key: &[u8]) {
        self.bury(db, key);
        if let Some(item) = self.databases[db as usize].get_mut(key) {
            item.value.forget_form(&self.settings);
        }
    }

    /// A key as it lies there, dead or alive.
    pub(crate) fn physical(&self, db: u32, key: &[u8]) -> Option<&Item> {
        self.databases[db as usize].get(key)
    }

    /// A key's value as this type; an error if it is of another.
    pub(crate) fn read<T: Kind>(&self, db: u32, key: &[u8]) -> Result<Option<&T>, Error> {
        self.get(db, key).map(|item| T::of(&item.value).ok_or(Error::WrongType)).transpose()
    }

    /// Runs `change` on a value, a new one if there is none; an empty result is no key. Counts as a change of the key.
    pub(crate) fn edit<T: Kind, R>(
        &mut self,
        db: u32,
        key: &[u8],
        change: impl FnOnce(&mut T, &Settings) -> R,
    ) -> Result<R, Error> {
        self.edit_or(db, key, |_| T::default(), change)
    }

    /// The same; `create` makes the new value.
    pub(crate) fn edit_or<T: Kind, R>(
        &mut self,
        db: u32,
        key: &[u8],
        create: impl FnOnce(&Settings) -> T,
        change: impl FnOnce(&mut T, &Settings) -> R,
    ) -> Result<R, Error> {
        self.bury(db, key);
        let items = &mut self.databases[db as usize];
        let (result, is_gone) = match items.get_mut(key) {
            Some(item) => {
                let value = T::of_mut(&mut item.value).ok_or(Error::WrongType)?;
                (change(value, &self.settings), value.is_gone())
            }
            None => {
                let mut value = create(&self.settings);
                let result = change(&mut value, &self.settings);
                items.insert(key.to_vec(), Item { value: value.into_value(), expires_at: None });
                self.added(db, key);
                (result, false)
            }
        };
        if is_gone {
            self.databases[db as usize].remove(key);
            self.waiting.removed(db, key);
        }
        self.changed(db, key);
        Ok(result)
    }

    /// Changes how a value is kept, which is no change of the key.
    pub(crate) fn alter<T: Kind>(&mut self, db: u32, key: &[u8], change: impl FnOnce(&mut T, &Settings)) {
        if let Some(value) =
            self.databases[db as usize].get_mut(key).and_then(|item| T::of_mut(&mut item.value))
        {
            change(value, &self.settings);
        }
    }

    /// A key came into being. Only a type that somebody can wait for counts as news to those who wait.
    fn added(&mut self, db: u32, key: &[u8]) {
        let value = self.databases[db as usize].get(key).map(|item| &item.value);
        if [Awaited::List, Awaited::Zset, Awaited::Stream].iter().any(|awaited| awaited.fits(value)) {
            self.waiting.signal(db, key);
        }
        self.notify('n', "new", db, key);
    }

    /// Tells those who subscribe what happened to keys.
    pub(crate) fn publish_events(&mut self) {
        for (event, db, key) in mem::take(&mut self.events) {
            let by_key =
                ([format!("__keyspace@{db}__:").as_bytes(), &key].concat(), event.clone().into_bytes());
            let by_event = (format!("__keyevent@{db}__:{event}").into_bytes(), key);
            let told = [(self.settings.tells_by_key(), by_key), (self.settings.tells_by_event(), by_event)];
            for (channel, text) in
                told.into_iter().filter(|(is_told, _)| *is_told).map(|(_, message)| message)
            {
                if matches!(event.as_str(), "expired" | "evicted") {
                    self.pubsub.publish_somewhere(&channel, &text);
                } else {
                    self.pubsub.publish(&channel, &text);
                }
            }
        }
    }

    /// Something happened to a key, which those who subscribe to it are told.
    pub(crate) fn notify(&mut self, class: char, event: &str, db: u32, key: &[u8]) {
        if self.settings.tells(class) {
            self.events.push((event.to_owned(), db, key.to_vec()));
        }
    }

    /// Writes a value over whatever the key holds.
    pub(crate) fn put(&mut self, db: u32, key: &[u8], value: Value, ttl: Ttl) {
        self.bury(db, key);
        let items = &mut self.databases[db as usize];
        let expires_at = match ttl {
            Ttl::Clear => None,
            Ttl::Keep => items.get(key).and_then(|item| item.expires_at),
            Ttl::At(when) => Some(when),
        };
        match items.insert(key.to_vec(), Item { value, expires_at }) {
            Some(_) => self.waiting.removed(db, key),
            None => self.added(db, key),
        }
        self.changed(db, key);
    }

    /// Deletes a key that lives.
    pub(crate) fn remove(&mut self, db: u32, key: &[u8]) -> Option<Item> {
        self.bury(db, key);
        let item = self.databases[db as usize].remove(key)?;
        self.waiting.removed(db, key);
        self.changed(db, key);
        Some(item)
    }

    /// Reclaims a key if it is dead: any write to it does so first.
    fn bury(&mut self, db: u32, key: &[u8]) {
        if self.physical(db, key).is_some_and(|item| self.is_dead(item)) {
            self.reclaim(db, key);
        }
    }

    /// Removes a key whose time has passed.
    pub(crate) fn reclaim(&mut self, db: u32, key: &[u8]) {
        self.databases[db as usize].remove(key);
        self.waiting.removed(db, key);
        self.watches.reclaimed(db, key);
    }

    /// A key was written.
    pub(crate) fn changed(&mut self, db: u32, key: &[u8]) {
        self.watches.changed(db, key);
    }

    /// Empties a database.
    pub(crate) fn flush(&mut self, db: u32) {
        self.notice_exchange(db, None);
        let keys: Vec<Vec<u8>> = self.databases[db as usize].keys().cloned().collect();
        keys.iter().for_each(|key| self.waiting.removed(db, key));
        self.databases[db as usize].clear();
    }

    /// Exchanges two databases under their watchers.
    pub(crate) fn swap(&mut self, a: u32, b: u32) {
        if a == b {
            return;
        }
        self.notice_exchange(a, Some(b));
        self.notice_exchange(b, Some(a));
        let taken = mem::take(&mut self.databases[a as usize]);
        self.databases[a as usize] = mem::replace(&mut self.databases[b as usize], taken);
        for (db, key) in [self.waiting.keys_of(a), self.waiting.keys_of(b)].concat() {
            match self.physical(db, &key) {
                Some(_) => self.waiting.signal(db, &key),
                None => self.waiting.removed(db, &key),
            }
        }
    }

    /// Tells the watchers of `db` that what `other` holds (or nothing) is about to take its place.
    fn notice_exchange(&mut self, db: u32, other: Option<u32>) {
        for (key, watchers) in self.watches.of_database(db) {
            let was_there = self.physical(db, &key).is_some();
            let incoming = other.and_then(|other| self.physical(other, &key));
            let (comes, comes_dead) = (incoming.is_some(), incoming.is_some_and(|item| self.is_dead(item)));
            if !was_there && !comes {
                continue;
            }
            for (session, was_dead) in watchers {
                match (was_dead, comes) {
                    (true, false) => self.watches.set_dead(session, db, &key, false),
                    (true, true) if comes_dead => {}
                    (false, true) if !was_there && comes_dead => {
                        self.watches.set_dead(session, db, &key, true)
                    }
                    _ => self.watches.break_for(session),
                }
            }
        }
    }

    /// Whether a key that the session watches has changed or died meanwhile.
    pub(crate) fn is_watch_broken(&self, session: u64) -> bool {
        let died =
            |(db, key): &(u32, Vec<u8>)| self.physical(*db, key).is_some_and(|item| self.is_dead(item));
        self.watches.is_broken(session) || self.watches.alive_when_watched(session).any(died)
    }
}

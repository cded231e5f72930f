//! All databases, and when their keys die.

use crate::settings::Settings;
use crate::value::{Hash, Item, Text, Value};
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
    /// The clock at the start of the command, in milliseconds since 1970.
    pub(crate) now: i64,
    /// A file is being replayed: nothing dies meanwhile.
    pub(crate) is_loading: bool,
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

    /// A key as it lies there, dead or alive.
    pub(crate) fn physical(&self, db: u32, key: &[u8]) -> Option<&Item> {
        self.databases[db as usize].get(key)
    }

    /// A string; an error if the key holds something else.
    pub(crate) fn text(&self, db: u32, key: &[u8]) -> Result<Option<&Text>, Error> {
        match self.get(db, key).map(|item| &item.value) {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Hash(_)) => Err(Error::WrongType),
            None => Ok(None),
        }
    }

    /// A hash; an error if the key holds something else.
    pub(crate) fn hash(&self, db: u32, key: &[u8]) -> Result<Option<&Hash>, Error> {
        match self.get(db, key).map(|item| &item.value) {
            Some(Value::Hash(hash)) => Ok(Some(hash)),
            Some(Value::Text(_)) => Err(Error::WrongType),
            None => Ok(None),
        }
    }

    /// Runs `change` on a hash, a new one if there is none; an empty result is no key. Counts as a change of the key.
    pub(crate) fn edit_hash<T>(
        &mut self,
        db: u32,
        key: &[u8],
        change: impl FnOnce(&mut Hash, &Settings) -> T,
    ) -> Result<T, Error> {
        self.bury(db, key);
        let items = &mut self.databases[db as usize];
        let (result, is_empty) = match items.get_mut(key).map(|item| &mut item.value) {
            Some(Value::Hash(hash)) => (change(hash, &self.settings), hash.is_empty()),
            Some(Value::Text(_)) => return Err(Error::WrongType),
            None => {
                let mut hash = Hash::default();
                let result = change(&mut hash, &self.settings);
                items.insert(key.to_vec(), Item { value: Value::Hash(hash), expires_at: None });
                (result, false)
            }
        };
        if is_empty {
            items.remove(key);
        }
        self.changed(db, key);
        Ok(result)
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
        items.insert(key.to_vec(), Item { value, expires_at });
        self.changed(db, key);
    }

    /// Deletes a key that lives.
    pub(crate) fn remove(&mut self, db: u32, key: &[u8]) -> Option<Item> {
        self.bury(db, key);
        let item = self.databases[db as usize].remove(key)?;
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
        self.watches.reclaimed(db, key);
    }

    /// A key was written.
    pub(crate) fn changed(&mut self, db: u32, key: &[u8]) {
        self.watches.changed(db, key);
    }

    /// Empties a database.
    pub(crate) fn flush(&mut self, db: u32) {
        self.notice_exchange(db, None);
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

//! WATCH: who must be told when a key changes.

use super::Dataset;

/// What became of a watched key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A command wrote or removed it, or its time was noticed to be over.
    Written,
    /// Its database was emptied, or took the place of another.
    Exchanged {
        /// Something lay there before.
        was_there: bool,
        /// What lies there now.
        comes: Comes,
    },
}

/// What an exchange of databases puts under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comes {
    /// Nothing.
    Nothing,
    /// A value whose time is over.
    Dead,
    /// A value.
    Living,
}

/// A watched key changed: this client's transaction is in question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// What happened.
    pub change: Change,
    /// The client id.
    pub client: u64,
    /// The key's database.
    pub db: u32,
    /// The key.
    pub key: Box<[u8]>,
}

impl Dataset {
    /// The client wants to know about changes of this key in the selected database.
    pub fn watch(&mut self, client: u64, key: &[u8]) {
        let watchers = self.watchers.entry((self.db, key.into())).or_default();
        if !watchers.contains(&client) {
            watchers.push(client);
        }
    }

    /// The client no longer wants to know.
    pub fn unwatch(&mut self, client: u64, db: u32, key: &[u8]) {
        let place = (db, Box::from(key));
        let Some(watchers) = self.watchers.get_mut(&place) else { return };
        watchers.retain(|watcher| *watcher != client);
        if watchers.is_empty() {
            self.watchers.remove(&place);
        }
    }

    /// Whether somebody watches a key.
    pub fn is_watched(&self) -> bool {
        !self.watchers.is_empty()
    }

    /// Notes that a key of the selected database changed.
    pub fn touch(&mut self, key: &[u8]) {
        if self.watchers.is_empty() {
            return;
        }
        let place = (self.db, Box::from(key));
        for &client in self.watchers.get(&place).into_iter().flatten() {
            let (db, key) = place.clone();
            self.touched.push(Touched { change: Change::Written, client, db, key });
        }
    }

    /// Notes that every key of a database changed that is in it now, or will be when `other` takes its place.
    pub fn touch_all(&mut self, db: u32, other: Option<u32>) {
        let mut touched = Vec::new();
        for ((watched_db, key), clients) in self.watchers.iter().filter(|((watched, _), _)| *watched == db) {
            let was_there = self.database(db).find(key).is_some();
            let comes = other.map_or(Comes::Nothing, |other| self.comes_from(other, key));
            if was_there || comes != Comes::Nothing {
                let change = Change::Exchanged { was_there, comes };
                let notes = clients.iter();
                touched.extend(notes.map(|&client| Touched {
                    change,
                    client,
                    db: *watched_db,
                    key: key.clone(),
                }));
            }
        }
        self.touched.extend(touched);
    }

    fn comes_from(&self, db: u32, key: &[u8]) -> Comes {
        let database = self.database(db);
        match database.find(key).map(|id| database.expire_ms(database.entry(id))) {
            None => Comes::Nothing,
            Some(Some(at_ms)) if self.now_ms > at_ms => Comes::Dead,
            Some(_) => Comes::Living,
        }
    }

    /// What was noted since the last call.
    pub fn take_touched(&mut self) -> Vec<Touched> {
        std::mem::take(&mut self.touched)
    }
}

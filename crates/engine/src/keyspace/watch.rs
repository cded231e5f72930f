//! WATCH: who must be told when a key changes.

use super::Dataset;

/// A watched key changed: this client's transaction is in question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
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
            self.touched.push(Touched { client, db: place.0, key: place.1.clone() });
        }
    }

    /// Notes that every key of a database changed that is in it now, or will be when `other` takes its place.
    pub fn touch_all(&mut self, db: u32, other: Option<u32>) {
        let holds = |key: &[u8], db: u32| self.database(db).find(key).is_some();
        let hit = self.watchers.iter().filter(|((watched_db, key), _)| {
            *watched_db == db && (holds(key, db) || other.is_some_and(|other| holds(key, other)))
        });
        let touched: Vec<Touched> = hit
            .flat_map(|((db, key), clients)| {
                clients.iter().map(move |client| Touched { client: *client, db: *db, key: key.clone() })
            })
            .collect();
        self.touched.extend(touched);
    }

    /// What was noted since the last call.
    pub fn take_touched(&mut self) -> Vec<Touched> {
        std::mem::take(&mut self.touched)
    }
}

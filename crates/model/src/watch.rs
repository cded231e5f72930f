//! WATCH: who wants to know whether a key has changed.

use std::collections::{BTreeMap, BTreeSet};

/// Sessions that watch a key, each with whether the key was already dead when it looked.
pub(crate) type Watchers = Vec<(u64, bool)>;

/// Keys under watch, and the sessions whose watched keys have changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watches {
    /// By database and key: each watching session, and whether the key was already dead when it looked.
    watched: BTreeMap<(u32, Vec<u8>), BTreeMap<u64, bool>>,
    broken: BTreeSet<u64>,
}

impl Watches {
    /// A session wants to know of this key from now on; `is_dead`: its time has passed but it is still there.
    pub(crate) fn add(&mut self, session: u64, db: u32, key: &[u8], is_dead: bool) {
        self.watched.entry((db, key.to_vec())).or_default().entry(session).or_insert(is_dead);
    }

    /// A session watches nothing any more.
    pub(crate) fn forget(&mut self, session: u64) {
        self.broken.remove(&session);
        self.watched.retain(|_, sessions| {
            sessions.remove(&session);
            !sessions.is_empty()
        });
    }

    /// Whether nobody watches anything: the common case, kept fast.
    pub(crate) fn is_idle(&self) -> bool {
        self.watched.is_empty()
    }

    /// A key was written or deleted.
    pub(crate) fn changed(&mut self, db: u32, key: &[u8]) {
        if self.is_idle() {
            return;
        }
        if let Some(sessions) = self.watched.get(&(db, key.to_vec())) {
            self.broken.extend(sessions.keys());
        }
    }

    /// A dead key was reclaimed, which is no news to those who found it dead.
    pub(crate) fn reclaimed(&mut self, db: u32, key: &[u8]) {
        if self.is_idle() {
            return;
        }
        for (&session, was_dead) in self.watched.get_mut(&(db, key.to_vec())).into_iter().flatten() {
            match *was_dead {
                true => *was_dead = false,
                false => {
                    self.broken.insert(session);
                }
            }
        }
    }

    /// The watched keys of a database, with their watchers.
    pub(crate) fn of_database(&self, db: u32) -> Vec<(Vec<u8>, Watchers)> {
        let in_db = self.watched.range((db, Vec::new())..(db + 1, Vec::new()));
        let watchers =
            |sessions: &BTreeMap<u64, bool>| sessions.iter().map(|(&id, &dead)| (id, dead)).collect();
        in_db.map(|((_, key), sessions)| (key.clone(), watchers(sessions))).collect()
    }

    /// Notes anew whether a session found a key dead.
    pub(crate) fn set_dead(&mut self, session: u64, db: u32, key: &[u8], is_dead: bool) {
        if let Some(was_dead) =
            self.watched.get_mut(&(db, key.to_vec())).and_then(|all| all.get_mut(&session))
        {
            *was_dead = is_dead;
        }
    }

    /// A key that a session watches has changed.
    pub(crate) fn break_for(&mut self, session: u64) {
        self.broken.insert(session);
    }

    /// Whether a key that the session watches has changed.
    pub(crate) fn is_broken(&self, session: u64) -> bool {
        self.broken.contains(&session)
    }

    /// The keys a session watches that it did not find dead.
    pub(crate) fn alive_when_watched(&self, session: u64) -> impl Iterator<Item = &(u32, Vec<u8>)> {
        self.watched.iter().filter(move |(_, all)| all.get(&session) == Some(&false)).map(|(place, _)| place)
    }
}

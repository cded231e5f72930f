//! Who waits for which key, and which keys became ready.

use crate::value::Value;
use std::collections::BTreeMap;

/// What a client waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    /// The database.
    pub(crate) db: u32,
    /// What must be there.
    pub(crate) awaited: Awaited,
    /// Under one of these keys.
    pub(crate) keys: Vec<Vec<u8>>,
    /// Until when, in milliseconds since 1970; `None` without end.
    pub(crate) deadline: Option<i64>,
    /// The command that runs when a key is ready, if not the one that was sent.
    pub(crate) again: Option<Vec<Vec<u8>>>,
}

/// What must be there for a client to be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// A list.
    List,
    /// A sorted set.
    Zset,
    /// A stream with news.
    Stream,
    /// The same for a member of a consumer group, who is also told when the stream is gone.
    StreamOrGone,
    /// No key at all: replicas, which never come.
    Replicas,
    /// No key at all: that a file is on disk.
    File,
}

impl Awaited {
    /// Whether a key with this value, or without one, is worth running the command again.
    pub(crate) fn fits(self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Awaited::List, Some(value)) => value.type_name() == "list",
            (Awaited::Zset, Some(value)) => value.type_name() == "zset",
            (Awaited::Stream, Some(value)) => value.type_name() == "stream",
            (Awaited::StreamOrGone, _) => true,
            (_, None) | (Awaited::Replicas | Awaited::File, _) => false,
        }
    }
}

/// A key of a database.
pub(crate) type Place = (u32, Vec<u8>);

/// Clients by what they wait for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting {
    /// By key, those who came first in front.
    queues: BTreeMap<Place, Vec<(u64, Awaited)>>,
    /// Keys in the order in which they became ready.
    ready: Vec<Place>,
    /// Who waits, and for what.
    waits: BTreeMap<u64, Wait>,
    /// Those whom CLIENT UNBLOCK has ended, but who have not heard yet; whether with an error.
    unblocked: BTreeMap<u64, (bool, Awaited)>,
}

impl Waiting {
    /// A client begins to wait, behind all others.
    pub(crate) fn add(&mut self, client: u64, wait: Wait) {
        for key in &wait.keys {
            let queue = self.queues.entry((wait.db, key.clone())).or_default();
            if !queue.iter().any(|(other, _)| *other == client) {
                queue.push((client, wait.awaited));
            }
        }
        self.waits.insert(client, wait);
    }

    /// A client waits for nothing any more.
    pub(crate) fn forget(&mut self, client: u64) -> Option<Wait> {
        self.queues.values_mut().for_each(|queue| queue.retain(|(other, _)| *other != client));
        self.queues.retain(|_, queue| !queue.is_empty());
        self.waits.remove(&client)
    }

    /// What a client waits for.
    pub(crate) fn of(&self, client: u64) -> Option<&Wait> {
        self.waits.get(&client)
    }

    /// CLIENT UNBLOCK; false if the client does not wait.
    pub(crate) fn unblock(&mut self, client: u64, with_error: bool) -> bool {
        let wait = self.forget(client);
        let is_blocked = wait.is_some();
        self.unblocked.extend(wait.map(|wait| (client, (with_error, wait.awaited))));
        is_blocked
    }

    /// A client that CLIENT UNBLOCK has ended hears of it: whether with an error, and what it waited for.
    pub(crate) fn take_unblocked(&mut self, client: u64) -> Option<(bool, Awaited)> {
        self.unblocked.remove(&client)
    }

    /// A client that has not heard that it was unblocked.
    pub(crate) fn first_unblocked(&self) -> Option<u64> {
        self.unblocked.keys().next().copied()
    }

    /// A key may be what somebody waits for.
    pub(crate) fn signal(&mut self, db: u32, key: &[u8]) {
        let place = (db, key.to_vec());
        if !self.queues.is_empty() && self.queues.contains_key(&place) && !self.ready.contains(&place) {
            self.ready.push(place);
        }
    }

    /// A key is gone, which members of a consumer group must hear.
    pub(crate) fn removed(&mut self, db: u32, key: &[u8]) {
        if self.queues.is_empty() {
            return;
        }
        let queue = self.queues.get(&(db, key.to_vec()));
        if queue.into_iter().flatten().any(|(_, awaited)| *awaited == Awaited::StreamOrGone) {
            self.signal(db, key);
        }
    }

    /// The keys of a database that somebody waits for.
    pub(crate) fn keys_of(&self, db: u32) -> Vec<Place> {
        self.queues.keys().filter(|(other, _)| *other == db).cloned().collect()
    }

    /// The keys that became ready since the last call, in order.
    pub(crate) fn take_ready(&mut self) -> Vec<Place> {
        std::mem::take(&mut self.ready)
    }

    /// Who waits for a key, in order.
    pub(crate) fn queue(&self, place: &Place) -> Vec<(u64, Awaited)> {
        self.queues.get(place).cloned().unwrap_or_default()
    }
}

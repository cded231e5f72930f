//! Publish and subscribe: who listens to what, and messages on their way.
//!
//! What is published while a command runs is collected here and delivered when the command is over: a client that
//! publishes to itself gets its reply first, as from the real servers, and never a message within the reply of its
//! EXEC. Only what happened before the command ran (a key evicted to make room for it) comes before its reply.
//!
//! The real servers' order among receivers is that of hash tables with a random seed; here it is by client id, and
//! by pattern.

use crate::context::Context;
use crate::glob;
use crate::keyspace::Dataset;
use crate::keyspace::notify::{Notifications, class};
use crate::output;
use crate::server::Server;
use crate::session::{Client, Sessions};
use crate::state::State;
use resplay_base::journal::Event;
use resplay_base::{Host, Now};
use resplay_resp::{Protocol, Writer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one can subscribe to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SUBSCRIBE.
    Channel,
    /// PSUBSCRIBE.
    Pattern,
    /// SSUBSCRIBE.
    Shard,
}

/// What a client listens to.
#[derive(Clone, Debug, Default)]
pub struct Subscriptions([BTreeSet<Box<[u8]>>; 3]);

impl Subscriptions {
    /// Whether it listens to nothing at all.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(BTreeSet::is_empty)
    }

    /// How many names of a kind it listens to.
    pub fn len(&self, kind: Kind) -> usize {
        self.0[kind as usize].len()
    }

    /// The count that the replies of a kind's commands hold: channels and patterns are counted together.
    pub fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Shard => self.len(Kind::Shard),
            Kind::Channel | Kind::Pattern => self.len(Kind::Channel) + self.len(Kind::Pattern),
        }
    }

    /// The names of a kind, in order.
    pub fn names(&self, kind: Kind) -> Vec<Box<[u8]>> {
        self.0[kind as usize].iter().cloned().collect()
    }
}

/// Names and the ids of the clients that listen to them.
type Listeners = BTreeMap<Box<[u8]>, BTreeSet<u64>>;

/// All subscriptions of a server, and what was published since the last delivery.
#[derive(Clone, Debug, Default)]
pub struct PubSub {
    listeners: [Listeners; 3],
    outbox: Vec<Delivery>,
    /// So many of the outbox were published before the running command began.
    early: usize,
}

/// A message for one client.
#[derive(Clone, Debug)]
struct Delivery {
    receiver: u64,
    /// As a push of RESP3; in RESP2 it is an array, which differs in its first byte only.
    bytes: Arc<[u8]>,
}

impl Delivery {
    fn bytes(&self, protocol: Protocol) -> Vec<u8> {
        let mut bytes = self.bytes.to_vec();
        if protocol == Protocol::Resp2 {
            bytes[0] = b'*';
        }
        bytes
    }
}

impl PubSub {
    /// The client listens to this name; whether it did not before.
    pub fn subscribe(&mut self, client: &mut Client, kind: Kind, name: &[u8]) -> bool {
        let is_new = client.subscriptions.0[kind as usize].insert(name.into());
        if is_new {
            self.listeners[kind as usize].entry(name.into()).or_default().insert(client.id);
        }
        is_new
    }

    /// The client listens to this name no longer.
    pub fn unsubscribe(&mut self, client: &mut Client, kind: Kind, name: &[u8]) {
        if client.subscriptions.0[kind as usize].remove(name) {
            self.forget(client.id, kind, name);
        }
    }

    /// The client listens to nothing any more.
    pub fn leave(&mut self, client: &mut Client) {
        for kind in [Kind::Channel, Kind::Pattern, Kind::Shard] {
            for name in std::mem::take(&mut client.subscriptions.0[kind as usize]) {
                self.forget(client.id, kind, &name);
            }
        }
    }

    fn forget(&mut self, client: u64, kind: Kind, name: &[u8]) {
        let listeners = &mut self.listeners[kind as usize];
        if let Some(clients) = listeners.get_mut(name) {
            clients.remove(&client);
            if clients.is_empty() {
                listeners.remove(name);
            }
        }
    }

    /// How many names of a kind somebody listens to.
    pub fn len(&self, kind: Kind) -> usize {
        self.listeners[kind as usize].len()
    }

    /// The names of a kind that somebody listens to and that match the pattern.
    pub fn names(&self, kind: Kind, pattern: Option<&[u8]>) -> Vec<&[u8]> {
        let names = self.listeners[kind as usize].keys().map(|name| &**name);
        names.filter(|name| pattern.is_none_or(|pattern| glob::matches(pattern, name, false))).collect()
    }

    /// How many clients listen to a name.
    pub fn listeners(&self, kind: Kind, name: &[u8]) -> usize {
        self.listeners[kind as usize].get(name).map_or(0, BTreeSet::len)
    }

    /// Publishes on a channel; how many clients receive it, those by pattern once a pattern.
    pub fn publish(&mut self, channel: &[u8], message: &[u8]) -> usize {
        let PubSub { listeners, outbox, .. } = self;
        let before = outbox.len();
        if let Some(clients) = listeners[Kind::Channel as usize].get(channel) {
            post(outbox, clients, &[b"message", channel, message]);
        }
        for (pattern, clients) in &listeners[Kind::Pattern as usize] {
            if glob::matches(pattern, channel, false) {
                post(outbox, clients, &[b"pmessage", pattern, channel, message]);
            }
        }
        outbox.len() - before
    }

    /// Publishes on a shard channel; how many clients receive it.
    pub fn publish_shard(&mut self, channel: &[u8], message: &[u8]) -> usize {
        let clients = self.listeners[Kind::Shard as usize].get(channel);
        clients.map_or(0, |clients| {
            post(&mut self.outbox, clients, &[b"smessage", channel, message]);
            clients.len()
        })
    }

    /// Publishes keyspace notifications on their channels.
    pub fn publish_notifications(&mut self, notifications: &mut Notifications) {
        let selected = notifications.selected;
        for happened in notifications.take() {
            let (db, event, key) = (happened.db, happened.event, &*happened.key);
            if selected & class::KEYSPACE != 0 {
                let channel = [format!("__keyspace@{db}__:").as_bytes(), key].concat();
                self.publish(&channel, event.as_bytes());
            }
            if selected & class::KEYEVENT != 0 {
                self.publish(format!("__keyevent@{db}__:{event}").as_bytes(), key);
            }
        }
    }

    /// Whether something waits to be delivered.
    #[inline]
    pub fn has_mail(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// A command begins: what was published before goes before its reply.
    #[inline]
    pub fn command_begins(&mut self) {
        self.early = self.outbox.len();
    }
}

fn post(outbox: &mut Vec<Delivery>, clients: &BTreeSet<u64>, words: &[&[u8]]) {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, Protocol::Resp3);
    writer.push(words.len());
    words.iter().for_each(|word| writer.bulk(word));
    let bytes: Arc<[u8]> = bytes.into();
    outbox.extend(clients.iter().map(|&receiver| Delivery { receiver, bytes: Arc::clone(&bytes) }));
}

impl Context<'_> {
    /// Puts what happened to keys on its way to those who subscribe to it.
    #[inline]
    pub fn publish_notifications(&mut self) {
        if !self.data.notifications.is_empty() {
            self.server.pubsub.publish_notifications(&mut self.data.notifications);
        }
    }

    /// Something for the asking client that is no reply: it comes after the reply, even if replies are switched off.
    pub fn push_to_self(&mut self, write: impl FnOnce(&mut Writer<'_>)) {
        let mut bytes = Vec::new();
        write(&mut Writer::new(&mut bytes, self.client.protocol));
        self.server.pubsub.outbox.push(Delivery { receiver: self.client.id, bytes: bytes.into() });
    }

    /// Tells the client of a change of its subscriptions: `word`, the name (or that there is none), and the count.
    pub fn confirm(&mut self, word: &str, kind: Kind, name: Option<&[u8]>) {
        let count = self.client.subscriptions.count(kind) as i64;
        let write = |writer: &mut Writer<'_>| {
            writer.push(3);
            writer.bulk(word.as_bytes());
            match name {
                Some(name) => writer.bulk(name),
                None => writer.null(),
            }
            writer.int(count);
        };
        if self.client.replies.is_muted() {
            self.push_to_self(write);
        } else {
            write(&mut self.reply);
        }
    }

    /// The command is over, its reply begins at `start`: delivers what was published meanwhile.
    pub fn deliver(&mut self, start: usize) {
        let outbox = std::mem::take(&mut self.server.pubsub.outbox);
        let early = std::mem::take(&mut self.server.pubsub.early);
        let mut front = start.min(self.reply.out.len());
        for (at, delivery) in outbox.iter().enumerate() {
            if delivery.receiver != self.client.id {
                hand_over(self.host, self.now, self.data, self.clients, self.server, delivery);
                continue;
            }
            if self.client.is_closing {
                continue;
            }
            let bytes = delivery.bytes(self.client.protocol);
            if at < early {
                self.reply.out.splice(front..front, bytes.iter().copied());
                front += bytes.len();
            } else {
                self.reply.out.extend_from_slice(&bytes);
            }
            let session = self.client.id;
            self.data.record(|| Event::Pushed { session, bytes });
        }
    }
}

/// Appends a message to the output of a client that runs no command now.
fn hand_over(
    host: &mut dyn Host,
    now: Now,
    data: &mut Dataset,
    clients: &mut Sessions,
    server: &mut State,
    delivery: &Delivery,
) {
    let id = delivery.receiver;
    let Some(session) = clients.by_id(id).filter(|session| !session.client.hangs_up()) else { return };
    let bytes = delivery.bytes(session.client.protocol);
    clients.push(id, &bytes);
    data.record(|| Event::Pushed { session: id, bytes });
    if let Some(session) = clients.by_id(id)
        && output::is_over_limit(host, now, session, server)
    {
        clients.doom(id);
    }
}

impl Server {
    /// Delivers what was published, and what happened to keys, outside of any command.
    pub(crate) fn publish_outside(&mut self, host: &mut dyn Host) {
        self.state.pubsub.publish_notifications(&mut self.data.notifications);
        self.state.pubsub.early = 0;
        let now = host.now();
        for delivery in std::mem::take(&mut self.state.pubsub.outbox) {
            hand_over(host, now, &mut self.data, &mut self.clients, &mut self.state, &delivery);
        }
    }
}

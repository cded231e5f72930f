//! Subscriptions, and the messages that subscribers are due to receive.

use crate::answer::bulk;
use crate::glob;
use resplay_resp::{Protocol, Reply, Writer, decode};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What one can subscribe to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// SUBSCRIBE.
    Channel,
    /// PSUBSCRIBE.
    Pattern,
    /// SSUBSCRIBE.
    Shard,
}

/// A message as bytes.
type Message = Vec<u8>;

/// Who is subscribed to what.
#[derive(Clone, Debug, Default)]
pub(crate) struct PubSub {
    subscriptions: BTreeMap<u64, BTreeSet<(Topic, Vec<u8>)>>,
    protocols: BTreeMap<u64, Protocol>,
    /// What each client has still to be sent: groups one after the other, within a group in any order.
    due: BTreeMap<u64, VecDeque<Vec<Message>>>,
    /// The same, but at any place among the others: keys that expire within a command are told of then.
    floating: BTreeMap<u64, Vec<Message>>,
    /// Channels and texts of those: who subscribes in the same transaction may hear of them too.
    optional: Vec<[Vec<u8>; 2]>,
    /// What it was sent before the cause was known.
    early: BTreeMap<u64, VecDeque<Message>>,
    /// Those who said QUIT and wanted no replies: they stay subscribed, and are sent nothing more.
    deaf: BTreeSet<u64>,
}

impl PubSub {
    /// A client's connection speaks this protocol.
    pub(crate) fn speaks(&mut self, client: u64, protocol: Protocol) {
        self.protocols.insert(client, protocol);
    }

    /// A client is gone, or begins anew.
    pub(crate) fn forget(&mut self, client: u64) {
        self.subscriptions.remove(&client);
        self.due.remove(&client);
        self.floating.remove(&client);
        self.early.remove(&client);
        self.deaf.remove(&client);
    }

    /// A client is sent no messages any more, though it counts as a subscriber.
    pub(crate) fn deafen(&mut self, client: u64) {
        self.deaf.insert(client);
    }

    /// Every client but one is gone, or about to be, that is subscribed to anything.
    pub(crate) fn forget_all_but(&mut self, client: u64) {
        let subscribers = self.subscriptions.keys().copied().filter(|other| self.is_subscriber(*other));
        let others: Vec<u64> = subscribers.filter(|other| *other != client).collect();
        others.into_iter().for_each(|other| self.forget(other));
    }

    /// Subscribes; nothing happens if the client is subscribed already.
    pub(crate) fn add(&mut self, client: u64, topic: Topic, name: &[u8]) {
        self.subscriptions.entry(client).or_default().insert((topic, name.to_vec()));
    }

    /// Ends a subscription, if there is one.
    pub(crate) fn remove(&mut self, client: u64, topic: Topic, name: &[u8]) {
        if let Some(all) = self.subscriptions.get_mut(&client) {
            all.remove(&(topic, name.to_vec()));
        }
    }

    /// What a client is subscribed to.
    pub(crate) fn names(&self, client: u64, topic: Topic) -> Vec<Vec<u8>> {
        let all = self.subscriptions.get(&client).into_iter().flatten();
        all.filter(|(other, _)| *other == topic).map(|(_, name)| name.clone()).collect()
    }

    /// The number that replies about subscriptions tell: shard channels are counted on their own.
    pub(crate) fn count(&self, client: u64, topic: Topic) -> usize {
        let is_shard = topic == Topic::Shard;
        let all = self.subscriptions.get(&client).into_iter().flatten();
        all.filter(|(other, _)| (*other == Topic::Shard) == is_shard).count()
    }

    /// Whether the client is subscribed to anything.
    pub(crate) fn is_subscriber(&self, client: u64) -> bool {
        self.subscriptions.get(&client).is_some_and(|all| !all.is_empty())
    }

    /// Everything of a kind that anybody is subscribed to, with the number of subscribers.
    pub(crate) fn topics(&self, topic: Topic) -> BTreeMap<Vec<u8>, usize> {
        let mut topics = BTreeMap::new();
        for (_, name) in self.subscriptions.values().flatten().filter(|(other, _)| *other == topic) {
            *topics.entry(name.clone()).or_default() += 1;
        }
        topics
    }

    /// How many replies a command gives inside a transaction: one for each channel that it subscribes to or leaves.
    pub(crate) fn replies_of(&self, argv: &[Vec<u8>], client: u64) -> usize {
        let topic = match argv[0].to_ascii_uppercase().as_slice() {
            b"SUBSCRIBE" | b"UNSUBSCRIBE" => Topic::Channel,
            b"PSUBSCRIBE" | b"PUNSUBSCRIBE" => Topic::Pattern,
            b"SUNSUBSCRIBE" => Topic::Shard,
            b"CLIENT" if argv[1..].join(&b' ').eq_ignore_ascii_case(b"REPLY SKIP") => return 0,
            _ => return 1,
        };
        if argv.len() > 1 { argv.len() - 1 } else { self.names(client, topic).len().max(1) }
    }

    /// Sends a message to a channel; how many deliveries that makes.
    pub(crate) fn publish(&mut self, channel: &[u8], text: &[u8]) -> usize {
        let mut deliveries = 0;
        for client in self.subscriptions.keys().copied().collect::<Vec<_>>() {
            if self.names(client, Topic::Channel).iter().any(|name| name == channel) {
                let words = [bulk("message"), bulk(channel), bulk(text)];
                deliveries += self.deliver(client, [words.to_vec()]);
            }
            let patterns = self.names(client, Topic::Pattern).into_iter();
            let matching = patterns.filter(|pattern| glob::matches(pattern, channel));
            let words =
                matching.map(|pattern| vec![bulk("pmessage"), bulk(pattern), bulk(channel), bulk(text)]);
            deliveries += self.deliver(client, words.collect::<Vec<_>>());
        }
        deliveries
    }

    /// Sends a message whose place among others is not known.
    pub(crate) fn publish_somewhere(&mut self, channel: &[u8], text: &[u8]) {
        self.optional.push([channel.to_vec(), text.to_vec()]);
        let mut before = std::mem::take(&mut self.due);
        self.publish(channel, text);
        for (client, groups) in std::mem::replace(&mut self.due, std::mem::take(&mut before)) {
            self.floating.entry(client).or_default().extend(groups.into_iter().flatten());
        }
    }

    /// As [`PubSub::publish`], for a shard channel.
    pub(crate) fn publish_to_shard(&mut self, channel: &[u8], text: &[u8]) -> usize {
        let mut deliveries = 0;
        for client in self.subscriptions.keys().copied().collect::<Vec<_>>() {
            if self.names(client, Topic::Shard).iter().any(|name| name == channel) {
                let words = [bulk("smessage"), bulk(channel), bulk(text)];
                deliveries += self.deliver(client, [words.to_vec()]);
            }
        }
        deliveries
    }

    /// A group of messages for a client; how many they are.
    pub(crate) fn deliver(&mut self, client: u64, messages: impl IntoIterator<Item = Vec<Reply>>) -> usize {
        let protocol = self.protocols.get(&client).copied().unwrap_or_default();
        let encode = |words: Vec<Reply>| {
            let mut bytes = Vec::new();
            Writer::new(&mut bytes, protocol).reply(&Reply::Push(words));
            bytes
        };
        let group: Vec<Message> = messages.into_iter().map(encode).collect();
        let count = group.len();
        if count == 0 || self.deaf.contains(&client) {
            return count;
        }
        self.due.entry(client).or_default().push_back(group);
        let early = self.early.remove(&client).unwrap_or_default();
        for message in early {
            // What does not fit now is found to be too much after the command.
            let _ = self.take(client, message);
        }
        count
    }

    /// A client was sent these bytes; what should have been sent instead, if they are wrong.
    pub(crate) fn sent(&mut self, client: u64, bytes: &[u8]) -> Result<(), Option<Message>> {
        let mut at = 0;
        while at < bytes.len() {
            let Ok(Some((_, used))) = decode(&bytes[at..]) else { return Err(None) };
            self.take(client, bytes[at..at + used].to_vec())?;
            at += used;
        }
        Ok(())
    }

    fn take(&mut self, client: u64, message: Message) -> Result<(), Option<Message>> {
        // A client that changes its protocol in a transaction is sent messages in that which it speaks at the end.
        let head = match self.protocols.get(&client) {
            Some(Protocol::Resp3) => b'>',
            _ => b'*',
        };
        let is_same = |expected: &Message| {
            *expected == message || (message.first() == Some(&head) && expected.get(1..) == message.get(1..))
        };
        let floating = self.floating.entry(client).or_default();
        if let Some(place) = floating.iter().position(is_same) {
            floating.remove(place);
            return Ok(());
        }
        let is_optional = self.is_optional(&message);
        let due = self.due.entry(client).or_default();
        let Some(group) = due.front_mut() else {
            if !is_optional {
                self.early.entry(client).or_default().push_back(message);
            }
            return Ok(());
        };
        let Some(place) = group.iter().position(is_same) else {
            return if is_optional { Ok(()) } else { Err(group.first().cloned()) };
        };
        group.remove(place);
        if group.is_empty() {
            due.pop_front();
        }
        Ok(())
    }

    fn is_optional(&self, message: &[u8]) -> bool {
        let Ok(Some((reply, _))) = decode(message) else { return false };
        let words: Vec<&[u8]> =
            reply.as_slice().unwrap_or_default().iter().filter_map(Reply::as_bytes).collect();
        self.optional.iter().any(|pair| words.ends_with(&[&pair[0], &pair[1]]))
    }

    /// A message that a client should have been sent by now. A new command begins after that.
    pub(crate) fn overdue(&mut self) -> Option<(u64, Message)> {
        self.optional.clear();
        let floating = self.floating.iter().find_map(|(client, all)| Some((*client, all.first()?.clone())));
        let due =
            || self.due.iter().find_map(|(client, groups)| Some((*client, groups.front()?.first()?.clone())));
        floating.or_else(due)
    }

    /// A message that nobody sent.
    pub(crate) fn surplus(&self) -> Option<(u64, &[u8])> {
        self.early.iter().find_map(|(client, messages)| Some((*client, messages.front()?.as_slice())))
    }
}

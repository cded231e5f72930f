//! Publish and subscribe.

use crate::answer::{Answer, Outcome, bulk};
use crate::call::{Call, as_bulk, error, sorted_bulks};
use crate::glob;
use crate::pubsub::Topic;
use crate::table::{Row, container, row};
use resplay_resp::{Reply, decode};
use std::collections::BTreeSet;

pub(crate) const ROWS: &[Row] = &[
    row("PSUBSCRIBE", -2, "l", |call| subscribe(call, Topic::Pattern, "psubscribe")),
    row("PUBLISH", 3, "l", |call| Answer::count(call.keyspace.pubsub.publish(call.word(1), call.word(2)))),
    container("PUBSUB"),
    row("PUBSUB|CHANNELS", -2, "l", |call| channels(call, Topic::Channel)),
    row("PUBSUB|HELP", 2, "l", |call| call.help()),
    row("PUBSUB|NUMPAT", 2, "l", |call| Answer::count(call.keyspace.pubsub.topics(Topic::Pattern).len())),
    row("PUBSUB|NUMSUB", -2, "l", |call| numbers(call, Topic::Channel)),
    row("PUBSUB|SHARDCHANNELS", -2, "l", |call| channels(call, Topic::Shard)),
    row("PUBSUB|SHARDNUMSUB", -2, "l", |call| numbers(call, Topic::Shard)),
    row("PUNSUBSCRIBE", -1, "l", |call| unsubscribe(call, Topic::Pattern, "punsubscribe")),
    row("SPUBLISH", 3, "l", |call| {
        Answer::count(call.keyspace.pubsub.publish_to_shard(call.word(1), call.word(2)))
    }),
    row("SSUBSCRIBE", -2, "l", |call| subscribe(call, Topic::Shard, "ssubscribe")),
    row("SUBSCRIBE", -2, "l", |call| subscribe(call, Topic::Channel, "subscribe")),
    row("SUNSUBSCRIBE", -1, "l", |call| unsubscribe(call, Topic::Shard, "sunsubscribe")),
    row("UNSUBSCRIBE", -1, "l", |call| unsubscribe(call, Topic::Channel, "unsubscribe")),
];

/// What the client is told about one subscription.
fn notice(call: &Call<'_>, kind: &str, name: Reply, topic: Topic) -> [Reply; 3] {
    let count = call.keyspace.pubsub.count(call.session.id, topic);
    [bulk(kind), name, Reply::Int(count as i64)]
}

fn subscribe(call: &mut Call<'_>, topic: Topic, kind: &str) -> Outcome {
    if call.is_in_exec && topic == Topic::Shard {
        return Err(error("SSUBSCRIBE isn't allowed for a DENY BLOCKING client"));
    }
    let mut notices = Vec::new();
    for name in &call.argv[1..] {
        call.keyspace.pubsub.add(call.session.id, topic, name);
        notices.push(notice(call, kind, bulk(name), topic));
    }
    told(call, notices)
}

fn unsubscribe(call: &mut Call<'_>, topic: Topic, kind: &str) -> Outcome {
    let id = call.session.id;
    let mut names = call.argv[1..].to_vec();
    if names.is_empty() {
        let held = call.keyspace.pubsub.names(id, topic);
        // The real server goes through them in an order of its own.
        names = names_told(call.actual);
        let is_all = names.iter().collect::<BTreeSet<_>>() == held.iter().collect::<BTreeSet<_>>();
        if !is_all || held.is_empty() {
            names = held;
        }
    }
    if names.is_empty() {
        let notice = notice(call, kind, Reply::Null, topic);
        return told(call, vec![notice]);
    }
    let mut notices = Vec::new();
    for name in &names {
        call.keyspace.pubsub.remove(id, topic, name);
        notices.push(notice(call, kind, bulk(name), topic));
    }
    told(call, notices)
}

/// Notices stand where the reply does; CLIENT REPLY, which holds back replies, holds back no notices.
fn told(call: &mut Call<'_>, notices: Vec<[Reply; 3]>) -> Outcome {
    if call.session.is_heard() {
        return Ok(Answer::Replies(notices.into_iter().map(|words| Reply::Push(words.to_vec())).collect()));
    }
    call.keyspace.pubsub.deliver(call.session.id, notices.into_iter().map(|words| words.to_vec()));
    Ok(Answer::Replies(Vec::new()))
}

/// The names in the notices that were sent.
fn names_told(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    while let Ok(Some((reply, used))) = decode(bytes) {
        names.extend(reply.as_slice().and_then(|parts| Some(as_bulk(parts.get(1)?)?.to_vec())));
        bytes = &bytes[used..];
    }
    names
}

fn channels(call: &mut Call<'_>, topic: Topic) -> Outcome {
    if call.argv.len() > 3 {
        return call.form("an error", Reply::is_error);
    }
    let fits = |name: &&[u8]| call.argv.get(2).is_none_or(|pattern| glob::matches(pattern, name));
    let topics = call.keyspace.pubsub.topics(topic);
    let expected: Vec<&[u8]> = topics.keys().map(Vec::as_slice).filter(fits).collect();
    call.form(&format!("the {} channels that fit, in any order", expected.len()), |reply| match reply {
        Reply::Array(items) => sorted_bulks(items).as_ref() == Some(&expected),
        _ => false,
    })
}

fn numbers(call: &mut Call<'_>, topic: Topic) -> Outcome {
    let topics = call.keyspace.pubsub.topics(topic);
    let count = |name: &Vec<u8>| topics.get(name).copied().unwrap_or(0) as i64;
    Answer::array(call.argv[2..].iter().flat_map(|name| [bulk(name), Reply::Int(count(name))]))
}

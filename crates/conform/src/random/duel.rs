//! Two servers, and several clients of each that say the same.

use super::choice::{self, Choice};
use super::generate::{CLIENTS, Step, name};
use super::{Words, agree, is_undetermined, normal_form};
use crate::divergences::Divergences;
use crate::escape::escape;
use crate::play::Mismatch;
use crate::target::{Connection, Target};
use crate::transcript::{Content, command_name};
use resplay_resp::{Protocol, Reply, decode, encode_request};
use std::collections::BTreeSet;
use std::{fmt, io, iter};

/// How many commands go to a server at once.
const BATCH_MAX: usize = 50;
/// How often, and how long each time, a reply that is due is waited for.
const REPLY_TRIES: usize = 200;
const REPLY_WAIT_MS: u64 = 5;
/// A command that waits for a time waits less than this, or for ever as far as a history is concerned.
const TIMEOUT_MAX_MS: u64 = 5_000;
/// This client waits for nobody, or all of them could wait for each other.
const BUSY: usize = 0;
/// How much longer everybody then waits at most, in milliseconds.
const TIMEOUT_SLACK_MS: u64 = 150;

/// The commands that both servers have, in upper case.
pub type Known = BTreeSet<String>;

/// Two servers that are compared.
pub struct Duel<'a> {
    targets: [&'a mut dyn Target; 2],
    /// What `divergences.toml` calls them.
    ledger: [&'a str; 2],
    divergences: &'a Divergences,
    /// Whether somebody hears more than the replies that are due to them.
    must_settle: bool,
}

/// What the servers differ in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// Its place in the history, from 0; the history's length if only the data differ at the end.
    pub index: usize,
    /// The client that heard it; `None` for whoever looked at the data.
    pub client: Option<usize>,
    /// The command.
    pub words: Words,
    /// What each said.
    pub replies: [Vec<u8>; 2],
}

/// How much of a reply is shown, in bytes.
const SHOWN_MAX: usize = 400;

impl Disagreement {
    /// The replies, each after its server's name.
    pub fn told_by(&self, names: [&str; 2]) -> String {
        let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
        let line = |(name, reply): (&str, &Vec<u8>)| {
            let shown = reply[..reply.len().min(SHOWN_MAX)].escape_ascii().to_string();
            format!("    {name:width$}  {}\n", if shown.is_empty() { "(nothing)" } else { &shown })
        };
        let lines: String = names.into_iter().zip(&self.replies).map(line).collect();
        format!("{self}\n{lines}")
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.words.iter().map(|word| word.escape_ascii().to_string()).collect();
        match self.client {
            Some(client) => write!(f, "client {} hears on {}:", name(client), words.join(" ")),
            None => write!(f, "the data differ, {}:", words.join(" ")),
        }
    }
}

/// A command, and two replies that do not agree.
pub(super) type Clash = (Words, [Vec<u8>; 2]);

/// A connection to each server.
pub(super) type Pair = [Connection; 2];

/// A client, of both servers.
struct Client {
    pair: Pair,
    /// The command that it waits in.
    blocked: Option<Words>,
    is_queueing: bool,
    is_subscribed: bool,
    /// What came and is not a whole reply yet.
    inbox: [Vec<u8>; 2],
}

/// What came on a connection of each server.
#[derive(Default)]
struct Heard {
    /// Replies, one by one.
    replies: [Vec<Vec<u8>>; 2],
    /// Pushes, one by one.
    pushes: [Vec<Reply>; 2],
    closed: [bool; 2],
}

impl<'a> Duel<'a> {
    /// Of these servers, which the ledger calls so.
    pub fn new(
        targets: [&'a mut dyn Target; 2],
        ledger: [&'a str; 2],
        divergences: &'a Divergences,
    ) -> Duel<'a> {
        Duel { targets, ledger, divergences, must_settle: false }
    }

    /// The commands that both have.
    pub fn known(&mut self) -> io::Result<Known> {
        let mut known = Vec::new();
        for target in &mut self.targets {
            let reply = target.control(&["COMMAND", "LIST"])?;
            let Ok(Some((reply, _))) = decode(&reply) else { return Ok(Known::new()) };
            let names = reply.as_slice().unwrap_or_default().iter().filter_map(Reply::as_bytes);
            known.push(names.map(|name| String::from_utf8_lossy(name).to_uppercase()).collect::<Known>());
        }
        Ok(known[0].intersection(&known[1]).cloned().collect())
    }

    /// Sends a history to both servers, each emptied before, and compares their data at its end; the first disagreement.
    pub fn play(&mut self, history: &[Step], protocol: Protocol) -> io::Result<Option<Disagreement>> {
        for target in &mut self.targets {
            target.control(&["FLUSHALL"])?;
        }
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(self.client(protocol)?);
        }
        let mut found = self.steps(history, protocol, &mut clients)?;
        clients.iter().for_each(|client| self.close(client.pair));
        if found.is_none() {
            found = self.compare_data()?.map(|(words, replies)| Disagreement {
                index: history.len(),
                client: None,
                words,
                replies,
            });
        }
        Ok(found)
    }

    fn steps(
        &mut self,
        history: &[Step],
        protocol: Protocol,
        clients: &mut [Client],
    ) -> io::Result<Option<Disagreement>> {
        let mut index = 0;
        while let Some(step) = history.get(index) {
            let client = step.client;
            self.must_settle = clients.iter().any(Client::is_listening);
            let is_left_out =
                client == BUSY && !clients[client].is_queueing && timeout_ms(&step.words) == Some(u64::MAX);
            let (len, clash) = match turn(&clients[client], step) {
                _ if is_left_out => (1, None),
                Turn::Skipped => (1, None),
                Turn::Chosen(choice) => (1, self.choose(&mut clients[client], choice, &step.words)?),
                Turn::Sent => {
                    let len = batch(&history[index..], &clients[client]);
                    (len, self.send(&mut clients[client], &history[index..index + len])?)
                }
            };
            if let Some((place, (words, replies))) = clash {
                return Ok(Some(Disagreement { index: index + place, client: Some(client), words, replies }));
            }
            let is_anybody_listening = self.must_settle || clients.iter().any(Client::is_listening);
            let clash = if is_anybody_listening { self.hear_others(clients, protocol)? } else { None };
            if let Some((other, (words, replies))) = clash {
                return Ok(Some(Disagreement {
                    index: index + len - 1,
                    client: Some(other),
                    words,
                    replies,
                }));
            }
            index += len;
        }
        Ok(None)
    }

    /// Sends commands of a client, and compares what it hears.
    fn send(&mut self, client: &mut Client, steps: &[Step]) -> io::Result<Option<(usize, Clash)>> {
        let batch: Vec<Words> = steps.iter().map(|step| step.words.clone()).collect();
        let last = &batch[batch.len() - 1];
        let is_loose = is_subscription(last) || client.is_subscribed;
        let expected = if is_loose { 0 } else { batch.len() };
        let can_block = timeout_ms(last).is_some();
        self.must_settle |= is_loose || can_block;
        self.tell(client.pair, &batch)?;
        self.wait(steps[steps.len() - 1].wait_ms)?;
        let mut heard = self.hear(client, if can_block { expected - 1 } else { expected })?;
        if let Some(ms) = timeout_ms(last).filter(|ms| *ms <= TIMEOUT_MAX_MS) {
            self.wait_out(client, ms, expected, &mut heard)?;
        }
        if is_loose {
            return Ok(client.hear_loosely(last, heard).map(|clash| (0, clash)));
        }
        if can_block && heard.replies.iter().all(|replies| replies.len() == batch.len() - 1) {
            client.blocked = Some(last.clone());
        }
        let clash = self.compare(client, &batch, &heard);
        Ok(clash.or_else(|| heard.pushes_clash().map(|clash| (batch.len() - 1, clash))))
    }

    /// Lets a command's time run out on both servers: no longer than they need, since a long history has thousands of these.
    fn wait_out(
        &mut self,
        client: &mut Client,
        ms: u64,
        expected: usize,
        heard: &mut Heard,
    ) -> io::Result<()> {
        let rounds = TIMEOUT_SLACK_MS / REPLY_WAIT_MS;
        for wait_ms in iter::once(ms).chain(iter::repeat_n(REPLY_WAIT_MS, rounds as usize)) {
            if !heard.are_short_of(expected) {
                break;
            }
            self.wait(wait_ms)?;
            heard.extend(self.hear(client, 0)?);
        }
        Ok(())
    }

    fn compare(&self, client: &mut Client, batch: &[Words], heard: &Heard) -> Option<(usize, Clash)> {
        for (place, words) in batch.iter().enumerate() {
            let reply = |server: usize| heard.replies[server].get(place).cloned().unwrap_or_default();
            let replies = [reply(0), reply(1)];
            client.take_note(words, &replies[0]);
            if !agree(words, &replies) && !self.is_known(words, &replies) {
                return Some((place, (words.clone(), replies)));
            }
        }
        None
    }

    /// Commands on connections of their own; the first server's replies, and the first that do not agree.
    pub(super) fn exchange(
        &mut self,
        pair: Pair,
        batch: &[Words],
    ) -> io::Result<(Vec<Vec<u8>>, Option<Clash>)> {
        let mut client = Client::on(pair);
        let mut all = Vec::new();
        for batch in batch.chunks(BATCH_MAX) {
            self.tell(pair, batch)?;
            let mut heard = self.hear(&mut client, batch.len())?;
            if let Some((_, clash)) = self.compare(&mut client, batch, &heard) {
                return Ok((all, Some(clash)));
            }
            all.append(&mut heard.replies[0]);
        }
        Ok((all, None))
    }

    /// A command that chooses: what it could choose from, what it chose, and whether it might have.
    fn choose(
        &mut self,
        client: &mut Client,
        choice: &Choice,
        words: &Words,
    ) -> io::Result<Option<(usize, Clash)>> {
        let (there, clash) = self.exchange(client.pair, &[choice.question(words)])?;
        self.tell(client.pair, std::slice::from_ref(words))?;
        let heard = self.hear(client, 1)?;
        let bytes = |server: usize| heard.replies[server].first().cloned().unwrap_or_default();
        let replies = [bytes(0), bytes(1)];
        let decoded = |bytes: &[u8]| decode(bytes).ok().flatten().map(|(reply, _)| reply);
        let [Some(one), Some(other)] = [decoded(&replies[0]), decoded(&replies[1])] else {
            return Ok(Some((0, (words.clone(), replies))));
        };
        let there = there.first().and_then(|bytes| decoded(bytes)).unwrap_or(Reply::Null);
        let is_right = match one.is_error() || other.is_error() || clash.is_some() {
            true => replies[0] == replies[1] || self.is_known(words, &replies),
            false => choice.allows(words, &there, &one) && choice.allows(words, &there, &other),
        };
        if !is_right {
            return Ok(Some((0, (words.clone(), replies))));
        }
        if choice.takes && !one.is_error() {
            for words in choice::amends(words, &one, &other) {
                self.tell_one(1, client.pair, &[words])?;
            }
            self.targets[1].settle()?;
            self.targets[1].receive(client.pair[1])?;
        }
        Ok(None)
    }

    /// Clients that wait, or that were sent something unasked.
    fn hear_others(
        &mut self,
        clients: &mut [Client],
        protocol: Protocol,
    ) -> io::Result<Option<(usize, Clash)>> {
        for (index, client) in clients.iter_mut().enumerate() {
            if client.is_closed() {
                *client = self.client(protocol)?;
            }
            let mut heard = self.hear(client, 0)?;
            if client.blocked.is_some() && heard.replies.iter().any(|replies| !replies.is_empty()) {
                heard.extend(self.hear_both(client, &heard)?);
                let words = client.blocked.take().unwrap_or_default();
                if let Some((_, clash)) = self.compare(client, &[words], &heard) {
                    return Ok(Some((index, clash)));
                }
                heard.replies.iter_mut().for_each(|replies| drop(replies.drain(..replies.len().min(1))));
            }
            if let Some(clash) = client.hear_loosely(&vec![b"(unasked)".to_vec()], heard) {
                return Ok(Some((index, clash)));
            }
        }
        Ok(None)
    }

    /// One server has woken a client: the other gets some time to do it too.
    fn hear_both(&mut self, client: &mut Client, before: &Heard) -> io::Result<Heard> {
        let mut more = Heard::default();
        for _ in 0..REPLY_TRIES {
            if (0..2).all(|server| before.replies[server].len() + more.replies[server].len() > 0) {
                break;
            }
            self.wait(REPLY_WAIT_MS)?;
            more.extend(self.hear(client, 0)?);
        }
        Ok(more)
    }

    /// Whether a row of the ledger names this difference, for either server.
    fn is_known(&self, words: &[Vec<u8>], replies: &[Vec<u8>; 2]) -> bool {
        let mismatch = Mismatch {
            case: String::new(),
            line: 0,
            step: String::new(),
            command: command_name(words),
            protocol: Protocol::Resp2,
            client: 'a',
            expected: Vec::new(),
            observed: replies.iter().map(|reply| Content::Line(escape(reply))).collect(),
        };
        self.ledger.iter().any(|server| self.divergences.covering(server, "", &mismatch).is_some())
    }

    fn client(&mut self, protocol: Protocol) -> io::Result<Client> {
        let pair = self.open()?;
        if protocol == Protocol::Resp3 {
            self.tell(pair, &[vec![b"HELLO".to_vec(), b"3".to_vec()]])?;
            self.hear(&mut Client::on(pair), 1)?;
        }
        Ok(Client::on(pair))
    }

    pub(super) fn open(&mut self) -> io::Result<Pair> {
        Ok([self.targets[0].connect()?, self.targets[1].connect()?])
    }

    pub(super) fn close(&mut self, pair: Pair) {
        self.targets.iter_mut().zip(pair).for_each(|(target, connection)| target.disconnect(connection));
    }

    /// Sends commands to both; lets both answer if somebody may hear more than their replies.
    fn tell(&mut self, pair: Pair, batch: &[Words]) -> io::Result<()> {
        self.tell_one(0, pair, batch)?;
        self.tell_one(1, pair, batch)?;
        if self.must_settle {
            self.targets[0].settle()?;
            self.targets[1].settle()?;
        }
        Ok(())
    }

    fn tell_one(&mut self, server: usize, pair: Pair, batch: &[Words]) -> io::Result<()> {
        let mut bytes = Vec::new();
        batch.iter().for_each(|words| encode_request(&mut bytes, words));
        self.targets[server].send(pair[server], &bytes)
    }

    fn wait(&mut self, ms: u64) -> io::Result<()> {
        if ms > 0 {
            self.targets[0].wait(ms)?;
            self.targets[1].wait(ms)?;
            self.targets[0].settle()?;
            self.targets[1].settle()?;
        }
        Ok(())
    }

    /// What has come on a client's connections; replies that are due are waited for.
    fn hear(&mut self, client: &mut Client, due: usize) -> io::Result<Heard> {
        let mut heard = Heard::default();
        for (server, target) in self.targets.iter_mut().enumerate() {
            for _ in 0..REPLY_TRIES {
                if heard.replies[server].len() < due && !self.must_settle {
                    target.expect(client.pair[server])?;
                }
                let received = target.receive(client.pair[server])?;
                heard.closed[server] |= received.closed;
                client.inbox[server].extend_from_slice(&received.bytes);
                heard.take(server, &mut client.inbox[server]);
                if heard.replies[server].len() >= due || heard.closed[server] {
                    break;
                }
                if self.must_settle {
                    target.wait(REPLY_WAIT_MS)?;
                    target.settle()?;
                } else if received.bytes.is_empty() {
                    break;
                }
            }
        }
        Ok(heard)
    }
}

/// What is done with a step.
enum Turn {
    /// Its client waits, or it cannot be said in the client's state.
    Skipped,
    /// It chooses.
    Chosen(&'static Choice),
    /// It is sent.
    Sent,
}

fn turn(client: &Client, step: &Step) -> Turn {
    let words = &step.words;
    // A key that is to die while everybody waits would only begin to at EXEC, and nobody waits then.
    let is_too_early = client.is_queueing && (is_subscription(words) || step.wait_ms > 0);
    let is_unfit = is_too_early || is_undetermined(words);
    if client.blocked.is_some() || client.is_closed() || is_unfit {
        return Turn::Skipped;
    }
    match choice::find(words) {
        Some(_) if client.is_queueing || client.is_subscribed => Turn::Skipped,
        Some(choice) => Turn::Chosen(choice),
        None => Turn::Sent,
    }
}

/// How many of the steps can go to a server at once, as far as the order in which it takes them is certain.
fn batch(steps: &[Step], client: &Client) -> usize {
    if client.is_subscribed {
        return 1;
    }
    let mut len = 0;
    for step in steps.iter().take(BATCH_MAX) {
        let is_alone = is_subscription(&step.words)
            || choice::find(&step.words).is_some()
            || is_undetermined(&step.words)
            || step.wait_ms > 0
            || step.client == BUSY && timeout_ms(&step.words).is_some();
        if step.client != steps[0].client || is_alone && len > 0 {
            break;
        }
        len += 1;
        if is_alone || timeout_ms(&step.words).is_some() {
            break;
        }
    }
    len
}

impl Client {
    fn on(pair: Pair) -> Client {
        Client { pair, blocked: None, is_queueing: false, is_subscribed: false, inbox: Default::default() }
    }

    /// Both servers have closed its connections: there is nobody to speak.
    fn is_closed(&self) -> bool {
        self.pair[0] == GONE
    }

    /// Whether it may hear something unasked, or must be replaced.
    fn is_listening(&self) -> bool {
        self.blocked.is_some() || self.is_subscribed || self.is_closed()
    }

    /// What a reply says of the client's state.
    fn take_note(&mut self, words: &[Vec<u8>], reply: &[u8]) {
        match words[0].to_ascii_uppercase().as_slice() {
            b"MULTI" if reply.starts_with(b"+") => self.is_queueing = true,
            b"EXEC" => self.is_queueing = false,
            // With a word too many they are refused, and the transaction goes on.
            b"DISCARD" | b"RESET" if reply.starts_with(b"+") => self.is_queueing = false,
            _ => {}
        }
    }

    /// Compares whatever came, in whatever order: messages to subscribers, and what subscribing answers.
    fn hear_loosely(&mut self, words: &Words, heard: Heard) -> Option<Clash> {
        let frames = |server: usize| {
            let replies = heard.replies[server].iter().filter_map(|bytes| decode(bytes).ok().flatten());
            let replies = replies.map(|(reply, _)| reply);
            replies.chain(heard.pushes[server].iter().cloned()).collect::<Vec<_>>()
        };
        let frames = [frames(0), frames(1)];
        for frame in &frames[0] {
            self.is_subscribed = subscriptions(frame).map_or(self.is_subscribed, |left| left > 0);
        }
        if heard.closed == [true, true] {
            self.pair = [GONE, GONE];
        }
        let told = frames.map(|frames| in_any_order(&frames));
        (told[0] != told[1] || heard.closed[0] != heard.closed[1]).then(|| (words.clone(), told))
    }
}

/// A connection that both servers have closed.
const GONE: Connection = Connection(usize::MAX);

impl Heard {
    /// Takes whole replies from an inbox.
    fn take(&mut self, server: usize, inbox: &mut Vec<u8>) {
        let mut at = 0;
        while let Ok(Some((reply, len))) = decode(&inbox[at..]) {
            match reply {
                Reply::Push(_) => self.pushes[server].push(reply),
                _ => self.replies[server].push(inbox[at..at + len].to_vec()),
            }
            at += len;
        }
        inbox.drain(..at);
    }

    fn extend(&mut self, more: Heard) {
        let Heard { replies, pushes, closed } = more;
        self.replies.iter_mut().zip(replies).for_each(|(all, more)| all.extend(more));
        self.pushes.iter_mut().zip(pushes).for_each(|(all, more)| all.extend(more));
        self.closed.iter_mut().zip(closed).for_each(|(is, more)| *is |= more);
    }

    fn are_short_of(&self, expected: usize) -> bool {
        self.replies.iter().any(|replies| replies.len() < expected)
    }

    fn pushes_clash(&self) -> Option<Clash> {
        let told = [in_any_order(&self.pushes[0]), in_any_order(&self.pushes[1])];
        (told[0] != told[1]).then(|| (vec![b"(push)".to_vec()], told))
    }
}

fn in_any_order(frames: &[Reply]) -> Vec<u8> {
    let mut told: Vec<Vec<u8>> = frames.iter().map(|frame| normal_form(&without_count(frame))).collect();
    told.sort();
    told.concat()
}

/// How many subscriptions are left, where a frame tells of one that began or ended.
fn subscriptions(frame: &Reply) -> Option<i64> {
    let [kind, _, count] = frame.as_slice()? else { return None };
    kind.as_bytes()?.ends_with(b"subscribe").then(|| count.as_int())?
}

/// The end of all subscriptions is told in no fixed order, so what is left after each is not fixed either.
fn without_count(frame: &Reply) -> Reply {
    match (subscriptions(frame), frame) {
        (Some(_), Reply::Push(items) | Reply::Array(items)) => Reply::Array(items[..2].to_vec()),
        _ => frame.clone(),
    }
}

fn is_subscription(words: &[Vec<u8>]) -> bool {
    words[0].to_ascii_uppercase().ends_with(b"SUBSCRIBE")
}

/// How long a command may wait, in milliseconds; `u64::MAX` for ever; `None` if it never does.
fn timeout_ms(words: &[Vec<u8>]) -> Option<u64> {
    let name = words[0].to_ascii_uppercase();
    let (text, unit) = match name.as_slice() {
        b"BLPOP" | b"BRPOP" | b"BLMOVE" | b"BRPOPLPUSH" | b"BZPOPMIN" | b"BZPOPMAX" => {
            (words.last()?, 1_000.0)
        }
        b"BLMPOP" | b"BZMPOP" => (words.get(1)?, 1_000.0),
        b"XREAD" | b"XREADGROUP" => {
            let at = words.iter().position(|word| word.eq_ignore_ascii_case(b"BLOCK"))?;
            (words.get(at + 1)?, 1.0)
        }
        b"WAIT" | b"WAITAOF" => (words.last()?, 1.0),
        _ => return None,
    };
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    // What is no number is an error, and zero is for ever.
    Some(number.filter(|number| *number > 0.0).map_or(u64::MAX, |number| (number * unit).ceil() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Words {
        line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn commands_that_may_wait_are_known_with_their_time() {
        assert_eq!(timeout_ms(&words("blpop l 0.25")), Some(250));
        assert_eq!(timeout_ms(&words("XREAD COUNT 1 BLOCK 20 STREAMS s $")), Some(20));
        assert_eq!(timeout_ms(&words("BLMPOP 0 1 l LEFT")), Some(u64::MAX));
        assert_eq!(timeout_ms(&words("XREAD STREAMS s $")), None);
    }

    #[test]
    fn a_batch_ends_before_another_client_and_after_what_may_wait() {
        let step = |client, line: &str| Step { client, words: words(line), wait_ms: 0 };
        let client = Client::on([Connection(0), Connection(0)]);
        let of = |lines: &[(usize, &str)]| {
            batch(&lines.iter().map(|(client, line)| step(*client, line)).collect::<Vec<_>>(), &client)
        };
        assert_eq!(of(&[(0, "GET a"), (0, "GET b"), (1, "GET c")]), 2);
        assert_eq!(of(&[(1, "GET a"), (1, "BLPOP l 0"), (1, "GET c")]), 2);
        assert_eq!(of(&[(0, "GET a"), (0, "BLPOP l 0")]), 1);
        assert_eq!(of(&[(0, "GET a"), (0, "SPOP s"), (0, "GET c")]), 1);
        assert_eq!(of(&[(0, "SUBSCRIBE c"), (0, "GET c")]), 1);
        assert_eq!(of(&vec![(0, "GET a"); 80]), BATCH_MAX);
        let dying = Step { wait_ms: 60, ..step(0, "PEXPIRE a 20") };
        assert_eq!(batch(&[step(0, "MULTI"), dying], &client), 1, "whether it is queued decides about it");
    }

    #[test]
    fn messages_are_compared_in_any_order() {
        let push = |text: &str| decode(text.as_bytes()).expect("RESP").expect("complete").0;
        let one = push(">3\r\n+unsubscribe\r\n+a\r\n:1\r\n");
        let other = push(">3\r\n+unsubscribe\r\n+b\r\n:0\r\n");
        let again = [push(">3\r\n+unsubscribe\r\n+b\r\n:1\r\n"), push(">3\r\n+unsubscribe\r\n+a\r\n:0\r\n")];
        assert_eq!(in_any_order(&[one, other.clone()]), in_any_order(&again));
        assert_eq!(subscriptions(&other), Some(0));
    }
}

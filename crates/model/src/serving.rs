//! Clients that wait: who begins to, who is served, whose time is up, and what subscribers are sent.

use crate::answer::{Answer, Expected, Objection, compare};
use crate::commands::server::is_synced;
use crate::dispatch::Fate;
use crate::mismatch::Mismatch;
use crate::model::{Model, keys_of};
use crate::recent::{Who, show_reply, show_words};
use crate::waiting::{Awaited, Place, Wait};
use resplay_base::WallUs;
use resplay_base::journal::Wake;
use resplay_resp::{Error, Reply, decode};
use std::collections::{BTreeMap, VecDeque};

/// Whose turn it is while those who wait are served.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns {
    /// Keys that became ready, to be looked at in this order.
    places: VecDeque<Place>,
    /// Who waits for the key in hand, in order.
    clients: VecDeque<(u64, Awaited, Place)>,
    /// Room is being made for this one, which is about to be served: its command runs, although what it waited for may
    /// have had to go.
    in_hand: Option<u64>,
    /// The commands of those who wait.
    commands: BTreeMap<u64, Vec<Vec<u8>>>,
    last: WallUs,
    /// The clock was set back at some time: deadlines are no longer comparable.
    is_clock_unsteady: bool,
}

impl Turns {
    /// Takes note of the time of an entry.
    pub(crate) fn note_clock(&mut self, at: WallUs) {
        self.is_clock_unsteady |= at < self.last;
        self.last = at;
    }
}

impl Model {
    /// A client's command that waits.
    pub(crate) fn blocked(&mut self, at: WallUs, id: u64, argv: &[Vec<u8>]) -> Result<(), Mismatch> {
        if let Some(wait) = self.run(at, id, argv, b"", false, Fate::Waits)? {
            let again = wait.again.clone().unwrap_or_else(|| argv.to_vec());
            self.keyspace.waiting.add(id, wait);
            self.turns.commands.insert(id, again);
        }
        self.recent.push(at, Who::Client(id), argv, b"");
        Ok(())
    }

    /// A client waits no longer.
    pub(crate) fn woken(
        &mut self,
        at: WallUs,
        id: u64,
        why: Wake,
        reply: &[u8],
        is_over_memory: bool,
    ) -> Result<(), Mismatch> {
        let argv = self.turns.commands.get(&id).cloned().unwrap_or_default();
        let expected = match why {
            Wake::Served if self.waits_for_file(id) => {
                self.keyspace.waiting.forget(id);
                Ok(Ok(self.no_news(Awaited::File, reply)))
            }
            Wake::Served => return self.served(at, id, &argv, reply, is_over_memory),
            Wake::TimedOut => self.timed_out(id, at, reply),
            Wake::Unblocked => match self.keyspace.waiting.take_unblocked(id) {
                None => Err("to wait: nobody unblocked it".to_owned()),
                Some((true, _)) => Ok(Err(Error::Unblocked)),
                Some((false, awaited)) => Ok(Ok(self.no_news(awaited, reply))),
            },
        };
        self.turns.commands.remove(&id);
        let session = self.sessions.entry(id).or_default();
        let (protocol, is_heard) = (session.protocol, session.is_heard());
        session.command_ended();
        let result = match expected {
            Err(words) => Err(Objection { expected: Expected::Words(words) }),
            Ok(_) if !is_heard && reply.is_empty() => Ok(()),
            Ok(outcome) => compare(outcome, reply, protocol, &mut self.scratch),
        };
        self.recent.push(at, Who::Client(id), &woken_words(&argv), reply);
        result.map_err(|objection| self.reply_mismatch(at, &argv, reply, &objection))
    }

    /// What a client hears whose time is up; in words what should have been, if it is not.
    fn timed_out(&mut self, id: u64, at: WallUs, reply: &[u8]) -> Result<crate::answer::Outcome, String> {
        let Some(wait) = self.keyspace.waiting.forget(id) else {
            return Err("to be no longer waiting".to_owned());
        };
        // Deadlines are kept on a clock of their own, so the last millisecond is not certain.
        let is_early = wait.deadline.is_none_or(|deadline| at.as_millis() + 1 < deadline);
        match is_early && !self.turns.is_clock_unsteady {
            true => Err(match wait.deadline {
                Some(deadline) => format!("to wait until {deadline} ms"),
                None => "to wait without end".to_owned(),
            }),
            false => Ok(Ok(self.no_news(wait.awaited, reply))),
        }
    }

    fn waits_for_file(&self, id: u64) -> bool {
        self.keyspace.waiting.of(id).is_some_and(|wait| wait.awaited == Awaited::File)
    }

    /// What a client hears that waited in vain.
    fn no_news(&self, awaited: Awaited, reply: &[u8]) -> Answer {
        let is_on = self.keyspace.settings.append_only;
        let is_whole = |reply: &[u8]| matches!(decode(reply), Ok(Some((told, used))) if used == reply.len() && is_synced(&told, is_on));
        match awaited {
            Awaited::Replicas => Answer::Reply(Reply::Int(0)),
            Awaited::File if is_whole(reply) => Answer::Legal,
            Awaited::File => Answer::Illegal("as many files as are on disk".to_owned()),
            _ => Answer::Reply(Reply::NullArray),
        }
    }

    /// A client was served: it must have been its turn.
    fn served(
        &mut self,
        at: WallUs,
        id: u64,
        argv: &[Vec<u8>],
        reply: &[u8],
        is_over_memory: bool,
    ) -> Result<(), Mismatch> {
        while let Some(client) = self.next_turn() {
            let own = self.turns.commands.get(&client).cloned().unwrap_or_default();
            let (actual, is_refused) = if client == id { (reply, is_over_memory) } else { (&b""[..], false) };
            let Some(wait) = self.keyspace.waiting.forget(client) else { continue };
            let again = match self.run(at, client, &own, actual, is_refused, Fate::RunsAgain) {
                Err(_) if client != id => {
                    return Err(self.wrong_turn(
                        at,
                        &format!("client {client} to be served before client {id}"),
                        argv,
                    ));
                }
                again => again?,
            };
            match again {
                Some(next) => self.wait_on(client, wait, next),
                None => {
                    self.turns.commands.remove(&client);
                    self.recent.push(at, Who::Client(client), &woken_words(&own), reply);
                    return Ok(());
                }
            }
        }
        Err(self.wrong_turn(at, &format!("client {id} to wait on"), argv))
    }

    /// A client that found nothing waits on, behind the others, with the deadline that it had.
    fn wait_on(&mut self, client: u64, first: Wait, next: Wait) {
        self.keyspace.waiting.add(client, Wait { deadline: first.deadline, ..next });
    }

    /// The next client whose key has what it waits for.
    fn next_turn(&mut self) -> Option<u64> {
        if let Some(client) = self.turns.in_hand.take() {
            return Some(client);
        }
        loop {
            if let Some((client, awaited, (db, key))) = self.turns.clients.pop_front() {
                let value = self.keyspace.get(db, &key).map(|item| &item.value);
                if awaited.fits(value) && self.keyspace.waiting.of(client).is_some() {
                    return Some(client);
                }
                continue;
            }
            if self.turns.places.is_empty() {
                self.turns.places.extend(self.keyspace.waiting.take_ready());
            }
            let place = self.turns.places.pop_front()?;
            let queue = self.keyspace.waiting.queue(&place);
            self.turns
                .clients
                .extend(queue.into_iter().map(|(client, awaited)| (client, awaited, place.clone())));
        }
    }

    /// Before room is made: what is ready until here is served before that which becomes ready by it. If somebody is to be
    /// served now, the room is made for that command, and not for the next one that comes.
    pub(crate) fn note_ready(&mut self) {
        self.turns.places.extend(self.keyspace.waiting.take_ready());
        self.turns.in_hand = self.next_turn();
    }

    /// Whether room is being made for a client that is served.
    pub(crate) fn is_serving(&self) -> bool {
        self.turns.in_hand.is_some()
    }

    /// Before the next command: nobody waits who could have been served, and nobody lacks a message. Those that the
    /// room made for this command concerns are served after it.
    pub(crate) fn nothing_is_overdue(&mut self, at: WallUs, made_room: bool) -> Result<(), Mismatch> {
        let by_room = if made_room { self.keyspace.waiting.take_ready() } else { Vec::new() };
        self.nobody_is_overdue(at)?;
        self.turns.places.extend(by_room);
        Ok(())
    }

    fn nobody_is_overdue(&mut self, at: WallUs) -> Result<(), Mismatch> {
        if let Some(client) = self.keyspace.waiting.first_unblocked() {
            return Err(self.wrong_turn(at, &format!("client {client} to be unblocked"), &[]));
        }
        while let Some(client) = self.next_turn() {
            let argv = self.turns.commands.get(&client).cloned().unwrap_or_default();
            let Some(wait) = self.keyspace.waiting.forget(client) else { continue };
            match self.run(at, client, &argv, b"", false, Fate::RunsAgain) {
                Ok(Some(next)) => self.wait_on(client, wait, next),
                Ok(None) => {}
                Err(_) => return Err(self.wrong_turn(at, &format!("client {client} to be served"), &argv)),
            }
        }
        match self.keyspace.pubsub.overdue() {
            None => Ok(()),
            Some((client, message)) => {
                let expected = format!("client {client} to be sent {}", show_reply(&message));
                Err(self.event_mismatch(at, "a message is missing", &expected, "nothing", &[]))
            }
        }
    }

    fn wrong_turn(&self, at: WallUs, expected: &str, argv: &[Vec<u8>]) -> Mismatch {
        let what = format!("waiting clients, {}", show_words(argv.iter().map(Vec::as_slice)));
        self.event_mismatch(at, &what, expected, "something else", &keys_of(argv))
    }

    /// A client was sent messages.
    pub(crate) fn pushed(&mut self, at: WallUs, id: u64, bytes: &[u8]) -> Result<(), Mismatch> {
        let bytes = &self.without_misses(bytes);
        self.keyspace.pubsub.sent(id, bytes).map_err(|expected| {
            let expected = expected.map_or("nothing".to_owned(), |message| show_reply(&message));
            self.event_mismatch(
                at,
                &format!("client {id} was sent a message"),
                &expected,
                &show_reply(bytes),
                &[],
            )
        })
    }

    /// Messages but those that tell of a key that was not found, where the configuration wants such: the model does
    /// not know which commands look for a key once, twice or quietly.
    fn without_misses(&self, bytes: &[u8]) -> Vec<u8> {
        let (mut rest, mut at) = (Vec::new(), 0);
        while let Ok(Some((message, used))) = decode(&bytes[at..]) {
            if !(self.keyspace.settings.tells('m') && is_miss(&message)) {
                rest.extend_from_slice(&bytes[at..at + used]);
            }
            at += used;
        }
        rest.extend_from_slice(&bytes[at..]);
        rest
    }

    /// After a command: no message that nobody sent.
    pub(crate) fn nobody_heard_too_much(&self, at: WallUs) -> Result<(), Mismatch> {
        match self.keyspace.pubsub.surplus() {
            None => Ok(()),
            Some((id, bytes)) => {
                let what = format!("client {id} was sent a message");
                Err(self.event_mismatch(at, &what, "nothing", &show_reply(bytes), &[]))
            }
        }
    }
}

/// Whether a message ends with a channel and a text that say that a key was missed.
fn is_miss(message: &Reply) -> bool {
    let words: Vec<&[u8]> =
        message.as_slice().unwrap_or_default().iter().filter_map(Reply::as_bytes).collect();
    let [.., channel, text] = words.as_slice() else { return false };
    (channel.starts_with(b"__keyevent@") && channel.ends_with(b"__:keymiss"))
        || (channel.starts_with(b"__keyspace@") && *text == b"keymiss")
}

fn woken_words(argv: &[Vec<u8>]) -> Vec<Vec<u8>> {
    [&[b"(woken)".to_vec()], argv].concat()
}

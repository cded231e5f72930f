//! The check `linearizable` against another implementation, the tester of stateright: small histories of several clients on two keys,
//! true ones and spoilt ones, with outcomes that nobody heard. Both must give the same verdict. The other one searches all
//! interleavings of the clients over both keys at once; ours searches each key by itself, by time, and prunes.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use resplay_checkers::{Evidence, find};
use resplay_history::{History, Operation, Outcome};
use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialSpec};
use std::cell::Cell;
use std::collections::BTreeMap;

const CLIENTS: usize = 3;

/// What is asked of a key.
#[derive(Clone, Copy, Debug)]
enum Verb {
    Get,
    Set(u8),
    Incr,
    Del,
}

/// A request, in units of time without a name.
#[derive(Clone, Copy, Debug)]
struct Request {
    client: usize,
    key: bool,
    verb: Verb,
    /// How long after the client's last request it begins,
    gap: u64,
    /// and how long it takes.
    length: u64,
    /// When in between it took effect, in quarters.
    moment: u64,
    heard: Heard,
}

/// What its client hears.
#[derive(Clone, Copy, Debug)]
enum Heard {
    Truth,
    Lie(u8),
    Nothing { took_effect: bool },
}

/// A request at its time, with the reply that its client heard.
#[derive(Clone, Debug)]
struct Timed {
    request: Request,
    from: u64,
    to: u64,
    reply: Option<Told>,
}

/// A reply.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Ok,
    Int(i64),
    Text(Option<i64>),
}

/// Two keys that hold numbers.
#[derive(Clone, Debug, Default)]
struct Keys([Option<i64>; 2]);

impl SequentialSpec for Keys {
    type Op = (bool, Verb);
    type Ret = Told;

    fn invoke(&mut self, (key, verb): &(bool, Verb)) -> Told {
        let value = &mut self.0[usize::from(*key)];
        match verb {
            Verb::Get => Told::Text(*value),
            Verb::Set(to) => {
                *value = Some(i64::from(*to));
                Told::Ok
            }
            Verb::Incr => {
                let sum = value.unwrap_or(0) + 1;
                *value = Some(sum);
                Told::Int(sum)
            }
            Verb::Del => Told::Int(i64::from(value.take().is_some())),
        }
    }
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let verb = prop_oneof![
        3 => Just(Verb::Get),
        2 => (0..3u8).prop_map(Verb::Set),
        2 => Just(Verb::Incr),
        1 => Just(Verb::Del),
    ];
    let heard = prop_oneof![
        12 => Just(Heard::Truth),
        1 => (0..3u8).prop_map(Heard::Lie),
        2 => any::<bool>().prop_map(|took_effect| Heard::Nothing { took_effect }),
    ];
    let request = (0..CLIENTS, prop::bool::weighted(0.2), verb, 1..4u64, 0..6u64, 0..=4u64, heard);
    let request = request.prop_map(|(client, key, verb, gap, length, moment, heard)| Request {
        client,
        key,
        verb,
        gap,
        length,
        moment,
        heard,
    });
    prop::collection::vec(request, 1..12)
}

/// Lets the requests take effect at their moments, and notes what was heard.
fn play(requests: &[Request]) -> Vec<Timed> {
    let mut free_from = [0; CLIENTS];
    let timed = requests.iter().map(|request| {
        let from = free_from[request.client] + request.gap;
        let to = from + request.length;
        free_from[request.client] = to;
        Timed { request: *request, from, to, reply: None }
    });
    let mut timed: Vec<Timed> = timed.collect();
    timed.sort_by_key(|one| one.from * 4 + one.request.length * one.request.moment);
    let mut keys = Keys::default();
    for one in &mut timed {
        let asked = (one.request.key, one.request.verb);
        one.reply = match one.request.heard {
            Heard::Truth => Some(keys.invoke(&asked)),
            Heard::Lie(word) => Some(lie(&keys.invoke(&asked), word)),
            Heard::Nothing { took_effect: true } => {
                keys.invoke(&asked);
                None
            }
            Heard::Nothing { took_effect: false } => None,
        };
    }
    timed
}

/// Another reply of the same kind, mostly.
fn lie(truth: &Told, word: u8) -> Told {
    match truth {
        Told::Ok => Told::Ok,
        Told::Int(_) => Told::Int(i64::from(word)),
        Told::Text(_) => Told::Text(word.checked_sub(1).map(i64::from)),
    }
}

/// The verdict of the check.
fn ours(timed: &[Timed]) -> bool {
    let operations = timed.iter().map(|one| Operation {
        client: format!("client/{}", one.request.client),
        node: "cache".into(),
        invoked_ns: one.from,
        completed_ns: one.reply.as_ref().map(|_| one.to),
        command: words(&one.request),
        outcome: match &one.reply {
            Some(told) => Outcome::Reply(wire(told).into_bytes()),
            None => Outcome::Unknown("no reply in time".into()),
        },
    });
    let history = History { operations: operations.collect() };
    let check = find("linearizable").expect("a check");
    (check.run)(&Evidence { history, ..Evidence::default() }).holds
}

fn words(request: &Request) -> Vec<Vec<u8>> {
    let key = if request.key { "b" } else { "a" };
    let words = match request.verb {
        Verb::Get => format!("GET {key}"),
        Verb::Set(to) => format!("SET {key} {to}"),
        Verb::Incr => format!("INCR {key}"),
        Verb::Del => format!("DEL {key}"),
    };
    words.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

fn wire(told: &Told) -> String {
    match told {
        Told::Ok => "+OK\r\n".into(),
        Told::Int(number) => format!(":{number}\r\n"),
        Told::Text(None) => "_\r\n".into(),
        Told::Text(Some(number)) => {
            let text = number.to_string();
            format!("${}\r\n{text}\r\n", text.len())
        }
    }
}

/// The verdict of stateright. Of what begins when another ends it must see the beginning first, as our check does; a client that heard
/// nothing goes on as another thread, for its request never ends.
fn theirs(timed: &[Timed]) -> bool {
    let mut events: Vec<(u64, bool, usize)> = Vec::new();
    for (index, one) in timed.iter().enumerate() {
        events.push((one.from, false, index));
        if one.reply.is_some() {
            events.push((one.to, true, index));
        }
    }
    events.sort_unstable();
    let mut tester = LinearizabilityTester::new(Keys::default());
    let mut lives = BTreeMap::<usize, usize>::new();
    for (_, is_return, index) in events {
        let Timed { request, reply, .. } = &timed[index];
        let life = lives.entry(request.client).or_default();
        let thread = (request.client, *life);
        if is_return {
            let reply = reply.clone().expect("only what was heard ends");
            tester.on_return(thread, reply).expect("it was begun");
        } else {
            tester.on_invoke(thread, (request.key, request.verb)).expect("one at a time");
            *life += usize::from(reply.is_none());
        }
    }
    tester.is_consistent()
}

#[test]
fn two_implementations_agree_on_what_is_linearizable() {
    let (linearizable, not) = (Cell::new(0), Cell::new(0));
    let config = Config { cases: 20_000, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&requests(), |requests| {
        let timed = play(&requests);
        let verdict = ours(&timed);
        let count = if verdict { &linearizable } else { &not };
        count.set(count.get() + 1);
        prop_assert_eq!(verdict, theirs(&timed), "ours is left, of {:#?}", timed);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    let drawn = (linearizable.get(), not.get());
    assert!(drawn.0 > 5_000 && drawn.1 > 2_000, "too few of one kind: {drawn:?}");
}

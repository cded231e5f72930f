//! Clients that write until their connection breaks, and what must be found of that.

use crate::support::Client;
use resplay_resp::Reply;
use std::thread;
use std::time::{Duration, Instant};

/// How many write at the same time.
pub const WRITERS: usize = 4;
/// How long `everysec` may keep a change out of the file while it goes on answering: appends wait up to two seconds for a
/// sync. The clients hear of it a little later.
const POSTPONED_MAX: Duration = Duration::from_secs(3);
/// After so many keys the first writer waits until they are durable.
const WAITS_AFTER: usize = 1_000;
const KEYS_AT_ONCE: u64 = 500;

/// What one writer has in the data: keys `w<writer>:0` up to `keys`, and a counter.
#[derive(Clone, Copy, Default)]
pub struct Promised {
    /// How many keys.
    pub keys: u64,
    counted: u64,
}

/// What a writer heard: it sets a key and then increments its counter, and so on.
pub struct Heard {
    /// When keys were acknowledged, in order.
    acknowledged: Vec<Instant>,
    /// How many increments were.
    increments: u64,
    /// So many of the keys are durable.
    durable: usize,
}

/// All write until `kill` has been called.
pub fn write_all(port: u16, promised: [Promised; WRITERS], kill: impl FnOnce()) -> [Heard; WRITERS] {
    thread::scope(|scope| {
        let mut writer = 0;
        let writers = promised.map(|from| {
            writer += 1;
            let writer = writer - 1;
            scope.spawn(move || write(port, writer, from))
        });
        kill();
        writers.map(|writer| writer.join().expect("writers end with their connection"))
    })
}

fn write(port: u16, writer: usize, from: Promised) -> Heard {
    let mut heard = Heard { acknowledged: Vec::new(), increments: 0, durable: 0 };
    let Ok(mut client) = Client::connect(port) else { return heard };
    // Returns when the connection breaks.
    let mut go_on = || -> std::io::Result<()> {
        loop {
            let number = from.keys + heard.acknowledged.len() as u64;
            let (key, value) = (key(writer, number), number.to_string());
            let reply = client.ask(&[b"SET", key.as_bytes(), value.as_bytes()])?;
            assert_eq!(reply, Reply::Simple(b"OK".to_vec()));
            heard.acknowledged.push(Instant::now());
            let reply = client.ask(&[b"INCR", counter(writer).as_bytes()])?;
            heard.increments += 1;
            assert_eq!(reply, Reply::Int((from.counted + heard.increments) as i64));
            if writer == 0 && heard.acknowledged.len().is_multiple_of(WAITS_AFTER) {
                let reply = client.ask(&[b"WAITAOF", b"1", b"0", b"0"])?;
                assert_eq!(reply, Reply::Array(vec![Reply::Int(1), Reply::Int(0)]));
                heard.durable = heard.acknowledged.len();
            }
        }
    };
    drop(go_on());
    heard
}

/// What is there is a beginning of what was written, long enough for the promise; from there the next life goes on.
pub fn verify(
    client: &mut Client,
    promised: &mut [Promised; WRITERS],
    heard: &[Heard; WRITERS],
    keeps_all: bool,
    story: &str,
) {
    let last = heard.iter().filter_map(|heard| heard.acknowledged.last()).max().copied();
    for (writer, (promised, heard)) in promised.iter_mut().zip(heard).enumerate() {
        let story = format!("{story}, writer {writer}");
        // One more may be there: it was under way.
        let most = promised.keys + heard.acknowledged.len() as u64 + 1;
        let keys = keys_there(client, writer, most, &story);
        assert!(keys >= promised.keys, "{story}: {keys} of {} keys of former lives", promised.keys);
        let new = (keys - promised.keys) as usize;
        assert!(new >= heard.durable, "{story}: {new} of {} durable keys", heard.durable);
        for (n, at) in heard.acknowledged.iter().enumerate().skip(new) {
            let age = last.map_or(Duration::ZERO, |last| last - *at);
            assert!(
                !keeps_all && age < POSTPONED_MAX,
                "{story}: {new} of {} keys; number {n} was acknowledged {age:?} before the last",
                heard.acknowledged.len()
            );
        }
        let counted = count(client, writer);
        let increments = counted.checked_sub(promised.counted).expect("it only grows");
        assert!(
            (new.saturating_sub(1)..=new).contains(&(increments as usize)),
            "{story}: {increments} of {new}"
        );
        assert!(
            !keeps_all || increments >= heard.increments,
            "{story}: {increments} of {}",
            heard.increments
        );
        *promised = Promised { keys, counted };
    }
}

/// How many of the first `most` keys of a writer are there. Behind one that is not there is none.
fn keys_there(client: &mut Client, writer: usize, most: u64, story: &str) -> u64 {
    let mut there = 0;
    for first in (0..most).step_by(KEYS_AT_ONCE as usize) {
        let numbers = first..most.min(first + KEYS_AT_ONCE);
        let keys: Vec<String> = numbers.clone().map(|number| key(writer, number)).collect();
        let mut words = vec![&b"MGET"[..]];
        words.extend(keys.iter().map(String::as_bytes));
        let reply = client.ask(&words).expect("the server answers");
        for (number, value) in numbers.zip(reply.as_slice().expect("values")) {
            if *value != Reply::Null {
                assert_eq!(*value, Reply::Bulk(number.to_string().into_bytes()), "{story}");
                assert_eq!(there, number, "{story}: there is a hole");
                there += 1;
            }
        }
    }
    there
}

fn count(client: &mut Client, writer: usize) -> u64 {
    match client.ask(&[b"GET", counter(writer).as_bytes()]).expect("the server answers") {
        Reply::Bulk(digits) => String::from_utf8_lossy(&digits).parse().expect("a counter"),
        _ => 0,
    }
}

fn key(writer: usize, number: u64) -> String {
    format!("w{writer}:{number}")
}

fn counter(writer: usize) -> String {
    format!("counter:{writer}")
}

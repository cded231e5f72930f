//! What `appendfsync always` promises, on the real machine: a killed process loses nothing that it acknowledged.

mod support;

use resplay_base::Random;
use resplay_resp::Reply;
use std::thread;
use std::time::Duration;
use support::{Client, Serving};

const ROUNDS: u64 = 20;
const WRITERS: u64 = 4;
const DURABLE: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

/// What one writer has been promised so far: keys `w<writer>:0` up to `keys`, and a counter of at least `counted`.
#[derive(Clone, Copy, Default)]
struct Promised {
    keys: u64,
    counted: u64,
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a real process is killed after real time")]
fn every_acknowledged_write_survives_a_sigkill_at_a_random_moment() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut random = Random::stream(u64::from(std::process::id()), "moments");
    let mut promised = [Promised::default(); WRITERS as usize];
    for round in 0..ROUNDS {
        let serving = Serving::start(dir.path(), DURABLE);
        verify(&mut serving.client(), &mut promised, round);
        let port = serving.port;
        let writers: Vec<_> =
            (0..WRITERS).zip(promised).map(|(w, from)| thread::spawn(move || write(port, w, from))).collect();
        thread::sleep(Duration::from_micros(random.between(20_000, 150_000)));
        serving.kill();
        for (promise, writer) in promised.iter_mut().zip(writers) {
            *promise = writer.join().expect("writers end with their connection");
        }
    }
    let serving = Serving::start(dir.path(), DURABLE);
    verify(&mut serving.client(), &mut promised, ROUNDS);
    assert_eq!(serving.shut_down(), Some(0));
    let acknowledged: u64 = promised.iter().map(|promise| promise.keys).sum();
    assert!(acknowledged > ROUNDS, "the writers hardly wrote: {acknowledged}");
}

/// Writes until the connection breaks; what was acknowledged.
fn write(port: u16, writer: u64, from: Promised) -> Promised {
    let mut promised = from;
    let Ok(mut client) = Client::connect(port) else { return promised };
    let counter = counter(writer);
    loop {
        let (key, value) = (key(writer, promised.keys), promised.keys.to_string());
        match client.ask(&[b"SET", key.as_bytes(), value.as_bytes()]) {
            Ok(reply) => assert_eq!(reply, Reply::Simple(b"OK".to_vec())),
            Err(_) => return promised,
        }
        promised.keys += 1;
        let Ok(Reply::Int(count)) = client.ask(&[b"INCR", counter.as_bytes()]) else { return promised };
        promised.counted = count.unsigned_abs();
    }
}

/// Every acknowledged write is there. One more per writer may be: it was under way, and counts from now on.
fn verify(client: &mut Client, promised: &mut [Promised], round: u64) {
    for (writer, promise) in (0..).zip(promised) {
        for number in 0..promise.keys {
            let wanted = Reply::Bulk(number.to_string().into_bytes());
            let got = get(client, &key(writer, number));
            assert_eq!(
                got, wanted,
                "before round {round}: writer {writer}, write {number} of {}",
                promise.keys
            );
        }
        if get(client, &key(writer, promise.keys)) != Reply::Null {
            promise.keys += 1;
        }
        let counted = match get(client, &counter(writer)) {
            Reply::Bulk(digits) => String::from_utf8_lossy(&digits).parse().expect("a counter"),
            _ => 0,
        };
        let legal = promise.counted..=promise.counted + 1;
        assert!(legal.contains(&counted), "before round {round}: {counted} instead of {legal:?}");
        promise.counted = counted;
    }
}

fn get(client: &mut Client, key: &str) -> Reply {
    client.ask(&[b"GET", key.as_bytes()]).expect("the server answers")
}

fn key(writer: u64, number: u64) -> String {
    format!("w{writer}:{number}")
}

fn counter(writer: u64) -> String {
    format!("counter:{writer}")
}

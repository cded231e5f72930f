//! Stories of connections.

use super::toy::{FD, MS, PORT, Pair, SECOND, Toy};
use crate::{Config, LinkProfile};
use resplay_base::{Boot, Effect, Endpoint, Fd, Listener, Random, Tag};
use std::time::Duration;

#[test]
fn what_is_said_comes_back_after_the_way_there_and_back() {
    let mut pair = Pair::connected();
    let started = pair.world.now();
    pair.say(b"hello");
    while pair.heard().is_empty() {
        assert!(pair.world.step());
    }
    assert_eq!(pair.heard(), "hello");
    let took = pair.world.now() - started;
    assert!((200_000..300_000).contains(&took), "{took} ns");
}

#[test]
fn addresses_show_the_peer_with_an_ephemeral_port() {
    let mut pair = Pair::new();
    pair.world.keep_trace(0, 100);
    pair.connect();
    pair.run(10);
    let lines: Vec<&str> = pair.world.trace().map(|line| line.what.as_str()).collect();
    let accepted = lines.iter().find(|line| line.starts_with("Accepted")).expect("accepted");
    assert!(accepted.contains(r#"peer: Tcp { host: "10.0.0.2", port: 32768 }"#), "{accepted}");
    assert!(accepted.contains(r#"local: Tcp { host: "10.0.0.1", port: 6379 }"#), "{accepted}");
}

#[test]
fn a_cut_holds_bytes_back_and_the_stream_goes_on_at_the_next_retransmission() {
    let mut pair = Pair::connected();
    let cut = pair.world.cut(pair.client, pair.server);
    pair.say(b"held ");
    pair.run(1_000);
    assert_eq!(pair.heard(), "");
    assert!(pair.world.effects(cut) > 0);
    pair.world.heal(pair.client, pair.server);
    pair.say(b"back");
    pair.run(100);
    assert_eq!(pair.heard(), "", "retransmissions come after 0.2, 0.6, 1.4 s");
    pair.run(500);
    assert_eq!(pair.heard(), "held back");
}

#[test]
fn a_cut_way_back_loses_acknowledgements_and_answers_but_not_the_request() {
    let mut pair = Pair::connected();
    let cut = pair.world.cut(pair.server, pair.client);
    pair.say(b"one-way");
    pair.run(300);
    assert_eq!(pair.received(pair.server), "one-way");
    assert_eq!(pair.heard(), "");
    let effects = pair.world.effects(cut);
    assert!(effects >= 3, "an acknowledgement, its repetition and the answer: {effects}");
    pair.world.heal(pair.server, pair.client);
    pair.run(2_000);
    assert_eq!(pair.heard(), "one-way");
}

#[test]
fn bytes_unacknowledged_for_too_long_end_the_stream() {
    let mut pair = Pair::connected();
    pair.world.cut(pair.server, pair.client);
    let started = pair.world.now();
    pair.say(b"anybody?");
    pair.run(924_000);
    assert_eq!(pair.last(pair.client), "Connected");
    pair.run(1_000);
    let (at, what) = pair.told(pair.client).pop().expect("told");
    assert_eq!(what, "Closed TimedOut");
    assert_eq!(at - started / MS, 924_600);
}

#[test]
fn after_one_side_gave_up_the_other_learns_it_by_a_reset() {
    let mut pair = Pair::with(1, Config { give_up_ns: 5 * SECOND, ..Config::default() });
    pair.connect();
    pair.run(10);
    pair.world.cut_both(pair.server, pair.client);
    pair.say(b"lost");
    pair.run(6_000);
    assert_eq!(pair.last(pair.client), "Closed TimedOut");
    pair.world.heal(pair.server, pair.client);
    pair.run(10_000);
    assert_eq!(pair.last(pair.server), "Accepted", "an idle half-open stream stays");
    pair.toy(pair.server).unsent.insert(FD.0, b"hello?".to_vec());
    pair.tell(pair.server, [Effect::Send { fd: FD }]);
    pair.run(10);
    assert_eq!(pair.last(pair.server), "Closed Reset");
}

#[test]
fn nobody_listening_refuses_an_unknown_name_is_unreachable_and_a_cut_times_out() {
    let outcome = |to: Endpoint, cut: bool| {
        let mut pair = Pair::new();
        if cut {
            pair.world.cut(pair.client, pair.server);
        }
        pair.tell(pair.client, [Effect::Connect { tag: Tag(1), to }]);
        pair.run(200_000);
        pair.told(pair.client).pop().expect("told")
    };
    let failed = |at, why: &str| (at, format!("ConnectFailed {why}"));
    assert_eq!(outcome(Endpoint::tcp("10.0.0.1", 1), false), failed(10, "Refused"));
    assert_eq!(outcome(Endpoint::tcp("nowhere", PORT), false), failed(10, "Unreachable"));
    assert_eq!(outcome(Endpoint::tcp("server", PORT), true), failed(127_010, "TimedOut"));
}

#[test]
fn a_black_hole_delays_new_connections_by_whole_seconds_and_leaves_old_ones_alone() {
    let mut pair = Pair::connected();
    let hole = pair.world.black_hole(pair.client, pair.server);
    pair.connect();
    pair.say(b"old");
    pair.run(500);
    assert_eq!((pair.heard().as_str(), pair.world.effects(hole)), ("old", 1));
    pair.world.admit_connections(pair.client, pair.server);
    pair.run(400);
    assert_eq!(pair.told(pair.client).len(), 2);
    pair.run(200);
    assert_eq!(pair.last(pair.client), "Connected");
}

#[test]
fn an_end_of_stream_comes_after_the_last_byte() {
    let mut pair = Pair::connected();
    pair.toy(pair.client).unsent.insert(FD.0, b"farewell".to_vec());
    pair.tell(pair.client, [Effect::Close { fd: FD }]);
    pair.run(10);
    assert_eq!(pair.received(pair.server), "farewell");
    assert_eq!(pair.last(pair.server), "Closed Eof");
    assert_eq!(pair.last(pair.client), "Connected", "who closes is not told");
}

#[test]
fn a_reader_that_stops_fills_the_window_and_the_rest_stays_with_the_sender() {
    let mut pair = Pair::connected();
    pair.tell(pair.server, [Effect::PauseRead { fd: FD, paused: true }]);
    pair.say(&vec![b'x'; 1_000_000]);
    pair.run(1_000);
    let window = LinkProfile::default().window_bytes as usize;
    assert_eq!(pair.toy(pair.client).unsent[&FD.0].len(), 1_000_000 - window);
    assert_eq!(pair.received(pair.server), "");
    pair.tell(pair.server, [Effect::PauseRead { fd: FD, paused: false }]);
    pair.run(1_000);
    assert_eq!(pair.heard().len(), 1_000_000);
    assert_eq!(pair.last(pair.client), "Writable");
}

#[test]
fn news_of_room_that_is_lost_in_a_cut_is_asked_for_again() {
    let mut pair = Pair::connected();
    pair.toy(pair.server).echo = false;
    pair.tell(pair.server, [Effect::PauseRead { fd: FD, paused: true }]);
    pair.say(&vec![b'x'; 1_000_000]);
    pair.run(1_000);
    let cut = pair.world.cut(pair.server, pair.client);
    pair.tell(pair.server, [Effect::PauseRead { fd: FD, paused: false }]);
    pair.run(3_000);
    assert!(pair.received(pair.server).len() < 1_000_000);
    assert!(pair.world.effects(cut) > 0);
    pair.world.heal(pair.server, pair.client);
    pair.run(5_000);
    assert_eq!(pair.received(pair.server).len(), 1_000_000);
}

#[test]
fn bandwidth_is_shared_by_the_connections_of_a_direction() {
    let mut pair = Pair::connected();
    pair.toy(pair.server).echo = false;
    pair.connect();
    pair.run(10);
    let slow = LinkProfile { bandwidth_bytes_per_s: Some(100_000), ..LinkProfile::default() };
    let fault = pair.world.set_link(pair.client, pair.server, slow);
    pair.say(&[b'a'; 50_000]);
    pair.say_on(Fd(9), &[b'b'; 50_000]);
    pair.run(700);
    let got = |pair: &mut Pair| pair.toy(pair.server).received.values().map(Vec::len).sum::<usize>();
    assert_eq!(got(&mut pair), 50_000);
    pair.run(400);
    assert_eq!(got(&mut pair), 100_000);
    assert_eq!(pair.world.effects(fault), 2);
}

#[test]
fn a_reset_by_a_middle_box_is_seen_by_both_sides() {
    let mut pair = Pair::connected();
    let fault = pair.world.reset_connections(pair.server, pair.client);
    pair.run(1);
    assert_eq!([pair.last(pair.server), pair.last(pair.client)], ["Closed Reset", "Closed Reset"]);
    assert_eq!(pair.world.effects(fault), 1);
}

#[test]
fn a_process_talks_to_itself_by_loopback_and_by_a_unix_path() {
    let mut pair = Pair::new();
    let path = Endpoint::Unix("/tmp/s.sock".into());
    pair.tell(pair.server, [Effect::Listen { listener: Listener(2), at: path.clone() }]);
    pair.run(1);
    for to in [Endpoint::tcp("127.0.0.1", PORT), Endpoint::tcp("localhost", PORT), path] {
        pair.tell(pair.server, [Effect::Connect { tag: Tag(1), to }]);
        pair.run(1);
    }
    let told: Vec<String> = pair.told(pair.server).into_iter().map(|(_, what)| what).collect();
    assert_eq!(told[1..], ["Connected", "Accepted"].repeat(3));
    pair.tell(pair.client, [Effect::Connect { tag: Tag(1), to: Endpoint::Unix("/tmp/s.sock".into()) }]);
    pair.run(1);
    assert_eq!(pair.last(pair.client), "ConnectFailed Refused", "a path belongs to its host");
}

#[test]
fn a_port_can_be_listened_at_once() {
    let mut pair = Pair::new();
    let listen = |host: &str| Effect::Listen { listener: Listener(7), at: Endpoint::tcp(host, PORT) };
    pair.tell(pair.server, [listen("10.0.0.1"), listen("10.0.0.9")]);
    pair.run(1);
    let told: Vec<String> = pair.told(pair.server).into_iter().map(|(_, what)| what).collect();
    let failed = ["ListenFailed Address already in use", "ListenFailed Name or service not known"];
    assert_eq!(told[told.len() - 2..], failed);
}

#[test]
fn a_listener_that_is_back_on_power_resets_the_streams_it_does_not_know() {
    let mut pair = Pair::connected();
    pair.world.power_loss(pair.server);
    pair.run(5_000);
    assert_eq!(pair.last(pair.client), "Connected", "nobody tells the peer");
    pair.say(b"hello?");
    pair.run(5_000);
    assert_eq!(pair.last(pair.client), "Connected");
    pair.world.restart(pair.server, Toy::default(), Boot::default());
    pair.run(10_000);
    assert_eq!(pair.last(pair.client), "Closed Reset");
}

#[test]
fn what_is_sent_while_lost_bytes_are_sent_again_is_not_forgotten() {
    let mut pair = Pair::connected();
    pair.world.cut(pair.client, pair.server);
    let started = pair.world.now();
    pair.say(b"a");
    pair.world.run_until(started + 200 * MS);
    pair.world.heal(pair.client, pair.server);
    for tens in 0..60 {
        pair.world.run_until(started + 200 * MS + tens * 10_000);
        pair.say(b"b");
    }
    pair.run(10);
    assert_eq!(pair.heard(), format!("a{}", "b".repeat(60)));
}

#[test]
fn a_peer_that_closes_while_it_is_sent_to_answers_with_a_reset() {
    let mut pair = Pair::connected();
    pair.tell(pair.server, [Effect::Close { fd: FD }]);
    pair.tell(pair.client, [Effect::PauseRead { fd: FD, paused: true }]);
    pair.run(10);
    pair.say(b"too late");
    pair.run(10);
    assert_eq!(pair.last(pair.client), "Closed Reset");
    assert_eq!(pair.received(pair.server), "");
}

/// Whatever happens to a stream, its bytes arrive in order, none missing and none twice, or the stream dies.
#[test]
fn random_trouble_delays_streams_and_never_garbles_them() {
    for seed in 0..150 {
        let mut random = Random::stream(seed, "test");
        let mut pair = Pair::with(seed, Config::default());
        pair.connect();
        pair.run(10);
        let mut said = Vec::new();
        for round in 0..60u8 {
            let words = vec![round; random.index(if round % 9 == 0 { 30_000 } else { 100 })];
            said.extend_from_slice(&words);
            pair.say(&words);
            trouble(&mut pair, random.below(14), &mut random);
            let us = random.below(if round % 5 == 0 { 2_000_000 } else { 500 });
            pair.world.run_for(Duration::from_micros(us));
        }
        end_all_trouble(&mut pair);
        pair.run(300_000);
        let (server, client) = (pair.server, pair.client);
        for host in [server, client] {
            assert!(pair.toy(host).received[&FD.0] == said, "seed {seed}: {}", pair.world.name(host));
        }
    }
}

fn trouble(pair: &mut Pair, kind: u64, random: &mut Random) {
    let (server, client, world) = (pair.server, pair.client, &mut pair.world);
    let paused = random.chance(0.5);
    let profile = LinkProfile {
        latency_ns: random.below(50 * MS),
        jitter_ns: random.below(50 * MS),
        bandwidth_bytes_per_s: random.chance(0.5).then(|| 10_000 + random.below(10_000_000)),
        window_bytes: 4_000 + random.below(100_000),
    };
    match kind {
        0 => drop(world.cut(server, client)),
        1 => drop(world.cut(client, server)),
        2 | 3 => world.heal(server, client),
        4 => drop(world.pause(server)),
        5 | 6 => world.resume(server),
        7 => drop(world.slow_reader(client, paused.then_some(100_000))),
        8 => drop(world.set_link(client, server, profile)),
        9 => drop(world.set_link(server, client, profile)),
        10 => pair.tell(server, [Effect::PauseRead { fd: FD, paused }]),
        11 => pair.tell(client, [Effect::PauseRead { fd: FD, paused }]),
        _ => {}
    }
}

fn end_all_trouble(pair: &mut Pair) {
    let (server, client, world) = (pair.server, pair.client, &mut pair.world);
    world.heal(server, client);
    world.resume(server);
    world.slow_reader(client, None);
    world.set_link(client, server, LinkProfile::default());
    world.set_link(server, client, LinkProfile::default());
    for host in [server, client] {
        pair.tell(host, [Effect::PauseRead { fd: FD, paused: false }]);
    }
}

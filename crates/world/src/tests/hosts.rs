//! Stories of processes and clocks.

use super::toy::{FD, MS, PORT, Pair, SECOND, Toy};
use crate::Status;
use resplay_base::{Boot, DiskOp, Effect, Endpoint, Exit, Handle, OpId, Tag, Work};
use std::time::Duration;

#[test]
fn a_killed_process_closes_its_connections_and_a_new_one_can_be_started() {
    let mut pair = Pair::connected();
    let crash = pair.world.crash(pair.server);
    pair.run(10);
    assert_eq!(pair.last(pair.client), "Closed Eof");
    assert!(pair.world.node(pair.server).is_none());
    assert_eq!((pair.world.status(pair.server), pair.world.effects(crash)), (Status::Killed, 1));
    let again = pair.world.crash(pair.server);
    assert_eq!(pair.world.effects(again), 0);
    pair.world.restart(pair.server, Toy::default(), Boot::default());
    pair.connect();
    pair.run(10);
    assert_eq!(pair.last(pair.client), "ConnectFailed Refused", "the new process does not listen yet");
}

#[test]
fn an_exit_ends_the_process_after_what_was_asked_before_it() {
    let mut pair = Pair::connected();
    let log = Effect::Log { level: '#', text: "bye bye".into() };
    pair.tell(pair.server, [log, Effect::Exit(Exit(3)), Effect::Log { level: '#', text: "never".into() }]);
    pair.run(10);
    assert_eq!(pair.world.exited(pair.server), Some(Exit(3)));
    let texts: Vec<&str> = pair.world.logs(pair.server).iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["bye bye"]);
    assert_eq!(pair.last(pair.client), "Closed Eof");
}

#[test]
fn a_paused_process_gets_its_inputs_late_while_its_kernel_goes_on() {
    let mut pair = Pair::connected();
    let pause = pair.world.pause(pair.server);
    pair.say(b"one");
    pair.connect();
    pair.run(2_000);
    assert_eq!(pair.received(pair.server), "");
    assert_eq!(pair.last(pair.client), "Connected", "the kernel completes handshakes");
    assert_eq!(pair.world.effects(pause), 2);
    pair.world.resume(pair.server);
    pair.run(10);
    assert_eq!(pair.heard(), "one");
    let (at, what) = pair.told(pair.server).pop().expect("told");
    assert_eq!((at, what.as_str()), (2_020, "Accepted"));
}

#[test]
fn a_pause_during_a_call_holds_back_what_the_call_asked_for() {
    let mut pair = Pair::connected();
    pair.toy(pair.server).work = Work { commands: 1_000_000, ..Work::default() };
    pair.say(b"hard");
    pair.run(100);
    assert_eq!(pair.received(pair.server), "hard");
    pair.world.pause(pair.server);
    pair.run(10_000);
    assert_eq!(pair.heard(), "");
    pair.world.resume(pair.server);
    pair.run(1);
    assert_eq!(pair.heard(), "hard");
}

#[test]
fn inputs_that_come_during_a_call_are_one_batch_after_it() {
    let mut pair = Pair::connected();
    pair.toy(pair.server).work = Work { commands: 100_000, ..Work::default() };
    for word in [b"a", b"b", b"c"] {
        pair.say(word);
        pair.run(1);
    }
    pair.run(95);
    assert_eq!(pair.heard(), "a");
    pair.run(90);
    assert_eq!(pair.heard(), "abc");
}

#[test]
fn a_slow_cpu_takes_longer_and_counts_what_it_slowed() {
    let took = |factor: f64| {
        let mut pair = Pair::connected();
        pair.toy(pair.server).work = Work { commands: 10_000, ..Work::default() };
        let fault = pair.world.slow_cpu(pair.server, factor);
        let started = pair.world.now();
        pair.say(b"x");
        while pair.heard().is_empty() {
            pair.world.step();
        }
        ((pair.world.now() - started) / MS, pair.world.effects(fault))
    };
    assert_eq!(took(1.0), (9, 0));
    assert_eq!(took(10.0).0, 90);
    assert!(took(10.0).1 > 0);
}

#[test]
fn a_timer_comes_when_it_is_due_and_not_before() {
    let mut pair = Pair::new();
    let toy = Toy { tick: Some(Duration::from_millis(100)), ..Toy::default() };
    pair.world.crash(pair.server);
    pair.world.restart(pair.server, toy, Boot::default());
    pair.run(350);
    let told = pair.told(pair.server);
    assert_eq!(told.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [10, 110, 210, 310]);
    assert!(pair.world.next_event().is_some_and(|at| at > 400 * MS));
}

#[test]
fn a_fast_clock_brings_its_timers_early() {
    let ticks = |ppm: i64| {
        let mut pair = Pair::new();
        let toy = Toy { tick: Some(Duration::from_secs(1)), ..Toy::default() };
        pair.world.crash(pair.server);
        pair.world.restart(pair.server, toy, Boot::default());
        pair.run(500);
        let fault = pair.world.drift(pair.server, ppm);
        pair.run(100_000);
        assert!(pair.world.effects(fault) > 0);
        pair.told(pair.server).len() - 1
    };
    assert_eq!([ticks(0), ticks(100_000), ticks(-100_000)], [100, 110, 90]);
}

#[test]
fn a_wall_jump_is_seen_at_the_next_input_and_leaves_monotonic_time_alone() {
    let mut pair = Pair::connected();
    let mono = pair.world.clock(pair.server).mono;
    let jump = pair.world.jump_wall(pair.server, -3_600_000_000);
    assert_eq!(pair.world.clock(pair.server).mono, mono);
    assert_eq!(pair.world.effects(jump), 0);
    pair.say(b"x");
    pair.run(1);
    let walls = &pair.toy(pair.server).walls;
    let back = walls[walls.len() - 1] - walls[0];
    assert!((-3_600_000_000..-3_599_900_000).contains(&back), "{back}");
    assert!(pair.world.effects(jump) > 0);
}

#[test]
fn too_much_memory_kills_the_process() {
    let mut pair = Pair::connected();
    let limit = pair.world.limit_memory(pair.server, Some(1_000));
    pair.toy(pair.server).resident = 1_000;
    pair.say(b"x");
    pair.run(1);
    assert_eq!(pair.world.exited(pair.server), None);
    pair.toy(pair.server).resident = 1_001;
    pair.say(b"x");
    pair.run(1);
    assert_eq!((pair.world.exited(pair.server), pair.world.effects(limit)), (Some(Exit(137)), 1));
}

#[test]
fn who_awaits_the_disk_takes_nothing_else() {
    let mut pair = Pair::connected();
    pair.world.slow_fsync(pair.server, SECOND);
    let open = DiskOp::Open { path: "f".into(), handle: Handle(1), create: true, truncate: false };
    let disk = |op, what| Effect::Disk { op: OpId(op), what };
    let fsync = disk(2, DiskOp::Fsync { handle: Handle(1) });
    pair.tell(pair.server, [disk(1, open), fsync, Effect::AwaitDisk { op: OpId(2) }]);
    pair.run(1);
    pair.say(b"waits");
    pair.run(900);
    assert_eq!(pair.last(pair.server), "Accepted", "not even the first operation's end is delivered");
    pair.run(200);
    assert_eq!(pair.heard(), "waits");
    let told: Vec<String> = pair.told(pair.server).into_iter().map(|(_, what)| what).collect();
    assert_eq!(told[told.len() - 2..], ["Ok(Done)", "Ok(Done)"]);
}

#[test]
fn a_slow_reader_holds_its_peer_up() {
    let mut pair = Pair::connected();
    pair.toy(pair.server).echo = false;
    let slow = pair.world.slow_reader(pair.server, Some(100_000));
    pair.say(&vec![b'x'; 400_000]);
    pair.run(1_000);
    let got = pair.received(pair.server).len();
    assert!((95_000..105_000).contains(&got), "{got}");
    assert!(pair.toy(pair.client).unsent[&FD.0].len() > 20_000);
    assert!(pair.world.effects(slow) > 10);
    pair.world.slow_reader(pair.server, None);
    pair.run(100);
    assert_eq!(pair.received(pair.server).len(), 400_000);
}

#[test]
fn a_connection_attempt_dies_with_its_process() {
    let mut pair = Pair::new();
    pair.tell(pair.client, [Effect::Connect { tag: Tag(1), to: Endpoint::tcp("server", PORT) }]);
    pair.world.run_until(pair.world.now() + 50_000);
    pair.world.crash(pair.client);
    pair.world.restart(pair.client, Toy::default(), Boot::default());
    pair.run(10_000);
    assert_eq!(pair.last(pair.client), "Boot");
    assert_eq!(pair.last(pair.server), "Boot");
}

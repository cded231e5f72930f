use super::*;
use crate::fake::{FakeWorld, LATENCY};
use resplay_base::{Boot, CloseWhy, Effect, Endpoint, Fd, Host, Input, Listener, Mono, Node, Now, Work};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

const PORT: u16 = 7;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// What tasks wrote down, with the time in milliseconds.
#[derive(Clone, Default)]
struct Diary(Rc<RefCell<Vec<(u64, String)>>>);

impl Diary {
    fn write(&self, context: &Context, what: impl Into<String>) {
        self.0.borrow_mut().push((context.mono().as_millis(), what.into()));
    }

    fn lines(&self) -> Vec<String> {
        self.0.borrow().iter().map(|(at, what)| format!("{at} {what}")).collect()
    }
}

/// Runs one application alone for ten seconds and gives its diary.
fn alone<F>(main: impl FnOnce(Context, Diary) -> F + 'static) -> Vec<String>
where
    F: Future<Output = ()> + 'static,
{
    with_echo(main, |_| {})
}

/// Runs an application beside a host `echo` that sends everything back, after the test has set up the world.
fn with_echo<F>(
    main: impl FnOnce(Context, Diary) -> F + 'static,
    setup: impl FnOnce(&mut FakeWorld),
) -> Vec<String>
where
    F: Future<Output = ()> + 'static,
{
    let diary = Diary::default();
    let mut world = FakeWorld::default();
    world.add("echo", AppNode::new("echo", 1, echo));
    setup(&mut world);
    let own = diary.clone();
    world.add("app", AppNode::new("app", 1, |context| main(context, own)));
    world.run(ms(10_000));
    diary.lines()
}

async fn echo(context: Context) {
    let mut listener = context.listen(PORT);
    while let Ok(mut stream) = listener.accept().await {
        context.spawn(async move {
            let mut bytes = Vec::new();
            while stream.read(&mut bytes).await.is_ok() && stream.write(&bytes).await.is_ok() {
                bytes.clear();
            }
        });
    }
}

#[test]
fn sleepers_wake_in_the_order_of_time_and_those_of_one_instant_in_the_order_of_sleeping() {
    let lines = alone(|context, diary| async move {
        for (name, duration) in [("c", 30), ("a1", 10), ("b", 20), ("a2", 10)] {
            let (context, diary) = (context.clone(), diary.clone());
            context.clone().spawn(async move {
                context.sleep(ms(duration)).await;
                diary.write(&context, name);
            });
        }
    });
    assert_eq!(lines, ["10 a1", "10 a2", "20 b", "30 c"]);
}

#[test]
fn a_spawned_task_gives_its_result_to_who_waits_for_it() {
    let lines = alone(|context, diary| async move {
        let own = context.clone();
        let handle = context.spawn(async move {
            own.sleep(ms(5)).await;
            "done"
        });
        diary.write(&context, handle.await);
    });
    assert_eq!(lines, ["5 done"]);
}

#[test]
fn a_timeout_gives_the_result_if_it_comes_in_time_and_else_lets_go() {
    let lines = alone(|context, diary| async move {
        let early = context.timeout(ms(10), context.sleep(ms(9))).await;
        diary.write(&context, format!("{early:?}"));
        let late = context.timeout(ms(10), context.sleep(ms(11))).await;
        diary.write(&context, format!("{late:?}"));
        let tie = context.timeout(ms(10), context.sleep(ms(10))).await;
        diary.write(&context, format!("{tie:?}"));
    });
    assert_eq!(lines, ["9 Ok(())", "19 Err(Elapsed)", "29 Ok(())"]);
}

#[test]
fn bytes_come_back_in_order_and_the_end_comes_after_them() {
    let lines = with_echo(
        |context, diary| async move {
            let mut stream = context.connect("echo", PORT).await.expect("listening");
            diary.write(&context, "connected");
            stream.write(b"one ").await.expect("open");
            stream.write(b"two").await.expect("open");
            let mut bytes = Vec::new();
            while bytes.len() < 7 {
                stream.read(&mut bytes).await.expect("open");
            }
            diary.write(&context, String::from_utf8(bytes).expect("text"));
        },
        |_| {},
    );
    assert_eq!(lines, ["2 connected", "4 one two"]);
}

#[test]
fn connecting_to_nobody_is_refused_and_to_a_silent_host_times_out() {
    let lines = with_echo(
        |context, diary| async move {
            let refused = context.connect("echo", PORT + 1).await.err();
            diary.write(&context, format!("{refused:?}"));
            let silent = context.timeout(ms(100), context.connect("silent", PORT)).await.err();
            diary.write(&context, format!("{silent:?}"));
        },
        |world| world.silent.push("silent".into()),
    );
    assert_eq!(lines, [format!("2 {:?}", Some(CloseWhy::Refused)), "102 Some(Elapsed)".into()]);
}

#[test]
fn a_connection_that_stands_after_its_caller_gave_up_is_closed() {
    let mut world = FakeWorld::default();
    let diary = Diary::default();
    let own = diary.clone();
    world.add(
        "server",
        AppNode::new("server", 1, |context| async move {
            let mut stream = context.listen(PORT).accept().await.expect("free");
            own.write(&context, "accepted");
            let end = stream.read(&mut Vec::new()).await;
            own.write(&context, format!("{end:?}"));
        }),
    );
    world.add(
        "client",
        AppNode::new("client", 1, |context| async move {
            let _ = context.timeout(LATENCY, context.connect("server", PORT)).await;
        }),
    );
    world.run(ms(100));
    assert_eq!(diary.lines(), ["1 accepted", "3 Err(Eof)"]);
}

#[test]
fn readers_and_writers_of_a_connection_learn_that_the_peer_crashed() {
    let mut world = FakeWorld::default();
    world.add("echo", AppNode::new("echo", 1, echo));
    let diary = Diary::default();
    let own = diary.clone();
    world.add(
        "app",
        AppNode::new("app", 1, |context| async move {
            let mut stream = context.connect("echo", PORT).await.expect("listening");
            let read = stream.read(&mut Vec::new()).await;
            let written = stream.write(b"x").await;
            own.write(&context, format!("{read:?} {written:?}"));
        }),
    );
    world.run(ms(50));
    world.crash("echo");
    world.run(ms(50));
    assert_eq!(diary.lines(), ["51 Err(Reset) Err(Reset)"]);
}

#[test]
fn a_semaphore_lets_tasks_through_in_the_order_in_which_they_came() {
    let lines = alone(|context, diary| async move {
        let turns = Semaphore::new(2);
        for number in 0..5 {
            let (context, diary, turns) = (context.clone(), diary.clone(), turns.clone());
            context.clone().spawn(async move {
                let _turn = turns.acquire().await;
                diary.write(&context, number.to_string());
                context.sleep(ms(10)).await;
            });
        }
    });
    assert_eq!(lines, ["0 0", "0 1", "10 2", "10 3", "20 4"]);
}

#[test]
fn a_place_in_the_queue_that_is_given_up_goes_to_the_next() {
    let lines = alone(|context, diary| async move {
        let turns = Semaphore::new(1);
        let first = turns.acquire().await;
        let impatient = context.timeout(ms(5), turns.acquire()).await.is_err();
        diary.write(&context, format!("{impatient} {}", turns.waiting()));
        drop(first);
        turns.acquire().await;
        diary.write(&context, turns.free().to_string());
    });
    assert_eq!(lines, ["5 true 0", "5 1"]);
}

/// A host that only writes down what it is asked for.
#[derive(Default)]
struct Asked(Vec<Effect>);

impl Host for Asked {
    fn now(&self) -> Now {
        Now::default()
    }

    fn charge(&mut self, _: Work) -> Mono {
        Mono::default()
    }

    fn effect(&mut self, effect: Effect) {
        self.0.push(effect);
    }
}

/// An application that has connected to something, on connection 5.
fn connected<F>(main: impl FnOnce(Context, TcpStream) -> F + 'static) -> AppNode
where
    F: Future<Output = ()> + 'static,
{
    let mut node = AppNode::new("app", 1, |context| async move {
        let stream = context.connect("peer", PORT).await.expect("connected at once");
        main(context, stream).await;
    });
    let mut asked = Asked::default();
    node.handle(&mut asked, Input::Boot(Boot::default()));
    let [Effect::Connect { tag, .. }] = asked.0[..] else { panic!("{asked:?}", asked = asked.0) };
    let at = || Endpoint::tcp("10.0.0.1", PORT);
    node.handle(&mut asked, Input::Connected { fd: FD, tag, local: at(), peer: at() });
    node
}

const FD: Fd = Fd(5);

#[test]
fn a_writer_waits_while_the_peer_takes_nothing_and_is_due_as_soon_as_it_does() {
    let mut node = connected(|context, mut stream| async move {
        for _ in 0..3 {
            stream.write(&[0; 64 << 10]).await.expect("open");
        }
        context.sleep(ms(1000)).await;
    });
    assert_eq!(node.unsent(FD).len(), 64 << 10);
    node.sent(FD, 1000);
    assert_eq!(node.deadline(), Some(Mono::default()));
    node.handle(&mut Asked::default(), Input::Timer);
    assert_eq!(node.unsent(FD).len(), (128 << 10) - 1000);
    node.sent(FD, (128 << 10) - 1000);
    assert!(node.unsent(FD).is_empty());
}

#[test]
fn a_peer_that_sends_more_than_is_read_is_told_to_wait() {
    let mut node = connected(|context, mut stream| async move {
        context.listen(PORT).accept().await.expect("somebody comes");
        stream.read(&mut Vec::new()).await.expect("much to read");
        context.sleep(ms(1000)).await;
    });
    let pauses = |node: &mut AppNode, input: Input<'_>| {
        let mut asked = Asked::default();
        node.handle(&mut asked, input);
        asked.0.retain(|effect| matches!(effect, Effect::PauseRead { .. }));
        asked.0
    };
    let piece = [0; 64 << 10];
    let data = || Input::Data { fd: FD, bytes: &piece };
    let told: usize = (0..6).map(|_| pauses(&mut node, data()).len()).sum();
    assert_eq!(told, 1);
    let at = || Endpoint::tcp("10.0.0.2", 1);
    let guest = Input::Accepted { fd: Fd(6), listener: Listener(2), peer: at(), local: at() };
    assert_eq!(pauses(&mut node, guest), [Effect::PauseRead { fd: FD, paused: false }]);
}

/// Hundreds of clients, each sending and sleeping random times.
fn busy_run(seed: u64) -> Vec<String> {
    let diary = Diary::default();
    let mut world = FakeWorld::default();
    world.add("echo", AppNode::new("echo", seed, echo));
    let own = diary.clone();
    world.add(
        "app",
        AppNode::new("app", seed, |context| async move {
            for number in 0..300 {
                context.spawn(ping(context.clone(), own.clone(), number));
            }
        }),
    );
    world.run(ms(500));
    diary.lines()
}

async fn ping(context: Context, diary: Diary, number: u32) {
    let mut random = context.random(&format!("pinger {number}"));
    let mut stream = context.connect("echo", PORT).await.expect("listening");
    let mut bytes = Vec::new();
    loop {
        context.sleep(ms(random.between(1, 50))).await;
        stream.write(b"ping").await.expect("open");
        bytes.clear();
        stream.read(&mut bytes).await.expect("open");
        diary.write(&context, format!("{number}"));
    }
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let first = busy_run(1);
    assert!(first.len() > 1000);
    assert_eq!(first, busy_run(1));
    assert_ne!(first, busy_run(2));
}

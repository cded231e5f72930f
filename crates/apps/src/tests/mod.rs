//! Applications against the little server.

mod in_the_world;

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::fake::{FakeWorld, Keys, little_server};
use crate::operator::{Action, Plan, operator};
use crate::runtime::{AppNode, Context};
use crate::{AppEnv, Report, find};
use resplay_history::{Operation, Outcome};
use resplay_resp::Reply;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn env(name: &str) -> AppEnv {
    AppEnv {
        name: name.into(),
        seed: 1,
        servers: vec!["cache".into()],
        apps: vec![("db".into(), "origin".into())],
    }
}

fn build(kind: &str, name: &str, options: &str) -> AppNode {
    let options = options.parse().expect("valid TOML");
    (find(kind).expect("a kind").build)(&options, &env(name)).expect("valid options")
}

/// A world with the little server, an origin, and one application called `app`.
fn world(app: AppNode, keys: &Keys) -> FakeWorld {
    let mut world = FakeWorld::default();
    world.add("cache", little_server(keys));
    world.add("db", build("origin", "db", ""));
    world.add("app", app);
    world
}

fn run(kind: &str, options: &str, duration: Duration) -> (Report, Vec<Operation>) {
    let mut world = world(build(kind, "app", options), &Keys::default());
    world.run(duration);
    (world.node("app").report(), world.node("app").take_operations())
}

fn stampede(options: &str) -> Report {
    let options = format!("clients = 500\nrate = \"5000/s\"\n{options}");
    run("cache-aside", &options, secs(35)).0
}

#[test]
fn without_a_strategy_an_expiring_hot_page_sends_everybody_to_the_origin() {
    let report = stampede("ttl = \"10s\"");
    assert!(report.maxima["concurrent-rebuilds"] > 100, "{report:#?}");
    assert!(report.counters["origin-queries"] > 500, "{report:#?}");
    assert!(report.latencies["page"].max > Duration::from_millis(500), "{report:#?}");
    assert!(report.latencies["page"].p50 < Duration::from_millis(5), "{report:#?}");
}

#[test]
fn under_a_mutex_one_client_at_a_time_rebuilds_a_page() {
    let report = stampede("ttl = \"10s\"\nstrategy = \"mutex\"");
    assert_eq!(report.maxima["concurrent-rebuilds"], 1);
    assert!((3..=4).contains(&report.counters["origin-queries"]), "{report:#?}");
    assert!(report.counters["lock-waits"] > 100);
    assert!(report.errors.is_empty());
}

#[test]
fn xfetch_renews_the_page_before_it_expires() {
    let report = stampede("ttl = \"10s\"\nstrategy = \"xfetch\"\nwarm = true");
    assert!(report.counters["early-renewals"] >= 3, "{report:#?}");
    assert!(!report.counters.contains_key("misses"), "{report:#?}");
    assert!(report.maxima["concurrent-rebuilds"] < 10, "{report:#?}");
}

#[test]
fn pages_cached_together_expire_together_unless_their_ttl_has_jitter() {
    let site = "pages = 300\nrate = \"2000/s\"\nwarm = true\nttl = \"10s\"";
    let even = run("cache-aside", site, secs(20)).0;
    let spread = run("cache-aside", &format!("{site}\nttl-jitter = 0.5"), secs(20)).0;
    assert!(even.latencies["page"].max > 3 * spread.latencies["page"].max, "{even:#?} {spread:#?}");
}

#[test]
fn negative_caching_keeps_questions_for_pages_that_do_not_exist_from_the_origin() {
    let options = "rate = \"100/s\"\nmissing = 0.5\nmissing-pages = 10\nttl = \"1h\"";
    let without = run("cache-aside", options, secs(30)).0.counters["origin-queries"];
    let options = format!("{options}\nnegative-caching = true");
    let with = run("cache-aside", &options, secs(30)).0.counters["origin-queries"];
    assert!(without > 1000 && with < 100, "{without} {with}");
}

#[test]
fn clients_that_share_a_pool_share_its_connections() {
    let (report, operations) = run("cache-aside", "clients = 100\npool = 5\nrate = \"1000/s\"", secs(2));
    assert!(report.counters["reads"] > 1000);
    let hellos = operations.iter().filter(|operation| operation.command[0] == b"HELLO").count();
    assert_eq!(hellos, 5);
}

#[test]
fn sessions_with_a_ttl_expire_and_without_one_stay() {
    let counters = |options: &str| run("session-store", options, secs(60)).0.counters;
    let stay = counters("rate = \"20/s\"");
    assert!(stay["logins"] > 1000 && stay["sessions-found"] > 1000 && stay["logouts"] > 10);
    assert!(!stay.contains_key("sessions-expired") && !stay.contains_key("sessions-vanished"));
    let expire = counters("rate = \"20/s\"\nttl = \"5s\"");
    assert!(expire["sessions-expired"] > 100);
    assert!(!expire.contains_key("sessions-vanished"));
}

#[test]
fn a_full_store_refuses_logins_with_its_own_words_until_there_is_room_again() {
    let keys = Keys::default();
    let mut world = world(build("session-store", "app", ""), &keys);
    world.run(secs(10));
    *keys.full.borrow_mut() = true;
    world.run(secs(10));
    *keys.full.borrow_mut() = false;
    keys.values.borrow_mut().clear();
    world.run(secs(10));
    let report = world.node("app").report();
    let oom = "OOM command not allowed when used memory > 'maxmemory'.";
    assert_eq!(report.errors[oom], report.counters["logins-refused-oom"]);
    assert!(report.counters["sessions-vanished"] > 100);
    let times: Vec<u64> = report.timeline.iter().map(|event| event.at.0 / 1_000_000_000).collect();
    assert_eq!(times, [10, 19], "{:#?}", report.timeline);
}

#[test]
fn a_ledger_goes_on_over_a_crash_and_finds_what_was_lost() {
    let keys = Keys::default();
    let mut world = world(build("ledger-writer", "app", "clients = 4"), &keys);
    world.run(secs(20));
    world.crash("cache");
    world.run(secs(3));
    keys.values.borrow_mut().retain(|key, _| !key.ends_with(b":count"));
    world.add("cache", little_server(&keys));
    world.run(secs(20));
    let report = world.node("app").report();
    assert_eq!(report.counters["read-backs"], 4, "{report:#?}");
    assert!((400..900).contains(&report.counters["acknowledged-and-lost"]), "{report:#?}");
    assert!(report.errors["connection refused"] > 4);
}

#[test]
fn a_crash_that_loses_nothing_finds_nothing_lost() {
    let keys = Keys::default();
    let mut world = world(build("ledger-writer", "app", "rate = \"2000/s\""), &keys);
    world.run(secs(5));
    world.crash("cache");
    world.add("cache", little_server(&keys));
    world.run(secs(5));
    let report = world.node("app").report();
    assert_eq!(report.counters["read-backs"], 10);
    assert_eq!(report.counters["acknowledged-and-lost"], 0, "{report:#?}");
}

#[test]
fn list_append_uses_each_element_once_and_reads_under_watch() {
    let (report, operations) = run("list-append", "rate = \"500/s\"\nlength = 10", secs(20));
    assert!(report.counters["singles"] > 1_000 && report.counters["transactions"] > 1_000, "{report:#?}");
    let of =
        |name: &[u8]| operations.iter().filter(|operation| operation.command[0] == name).collect::<Vec<_>>();
    let elements: BTreeSet<&Vec<u8>> = of(b"RPUSH").iter().map(|append| &append.command[2]).collect();
    assert_eq!(elements.len(), of(b"RPUSH").len());
    assert!(of(b"WATCH").len() > 1_000 && of(b"EXEC").len() == of(b"MULTI").len());
    let is_long =
        |append: &&Operation| append.reply().is_some_and(|reply| reply.starts_with(b":") && reply.len() > 5);
    assert_eq!(of(b"RPUSH").into_iter().find(is_long), None, "lists are left when they are long enough");
}

#[test]
fn counters_add_up_and_are_left_after_a_while() {
    let options = "rate = \"500/s\"\ncounters = 2\nlength = 50";
    let (report, operations) = run("counter", options, secs(20));
    assert!(report.counters["increments"] > 5_000 && report.counters["reads"] > 1_000, "{report:#?}");
    let names: BTreeSet<&[u8]> = operations.iter().map(|operation| operation.command[0].as_slice()).collect();
    let all = ["DECR", "DECRBY", "GET", "HELLO", "HGET", "HINCRBY", "INCR", "INCRBY"];
    assert_eq!(names, all.iter().map(|name| name.as_bytes()).collect());
    let hashes = operations.iter().filter(|operation| operation.command[0] == b"HINCRBY");
    let hashes: BTreeSet<&Vec<u8>> = hashes.map(|operation| &operation.command[1]).collect();
    let generations = report.counters["increments"] / 100;
    assert!(hashes.len().abs_diff(generations as usize) <= 1, "{} and {generations}", hashes.len());
    let (_, operations) = run("counter", "negative = 0.0\nreads = 0.0\nfields = 0.0\nmost = 1", secs(20));
    let is_other = |operation: &&Operation| {
        !matches!(operation.command[0].as_slice(), b"HELLO" | b"INCR")
            && operation.command.last() != Some(&b"1".to_vec())
    };
    assert_eq!(operations.iter().find(is_other), None);
}

#[test]
fn a_lock_has_one_holder_unless_somebody_stays_too_long() {
    let options = "locks = 1\nrate = \"50/s\"\nttl = \"500ms\"";
    let (report, operations) = run("lock", options, secs(60));
    assert!(report.counters["locks-taken"] > 100 && report.counters["locks-busy"] > 100, "{report:#?}");
    assert_eq!((report.maxima["holders"], report.counters.get("locks-outlived")), (1, None));
    let taken = operations.iter().filter(|operation| operation.command[0] == b"SET");
    let tokens: BTreeSet<&Vec<u8>> = taken.clone().map(|operation| &operation.command[2]).collect();
    assert_eq!(tokens.len(), taken.count());
    let (report, _) = run("lock", &format!("{options}\noverstay = 0.2"), secs(60));
    assert!(report.counters["locks-outlived"] > 10 && report.maxima["holders"] > 1, "{report:#?}");
}

#[test]
fn the_operator_samples_acts_and_looks_back() {
    let action = Action { at: secs(3), node: "cache".into(), run: "SET \"a b\" c".into() };
    let plan =
        Plan { watch: vec!["cache".into()], every: secs(4), actions: vec![action], duration: secs(10) };
    let mut world = world(operator(&env("operator"), plan).expect("valid"), &Keys::default());
    world.run(secs(10));
    let timeline = world.node("app").report().timeline;
    let lines: Vec<String> =
        timeline.iter().map(|event| format!("{} {}", event.at.as_millis() / 1000, event.text)).collect();
    let expected = [
        "3 cache: SET \"a b\" c -> OK",
        "4 cache: expired 1",
        "8 cache: expired 1",
        "9 cache: expired 1",
        "9 cache: expired_keys: 1",
    ];
    assert_eq!(lines, expected);
}

/// Runs a client's story against the little server and gives what it returned.
fn story<T: 'static, F: Future<Output = T> + 'static>(
    options: ConnectionOptions,
    setup: impl FnOnce(&mut FakeWorld),
    tell: impl FnOnce(Context, Client) -> F + 'static,
) -> (T, Vec<Operation>) {
    let told = Rc::new(RefCell::new(None));
    let own = Rc::clone(&told);
    let app = AppNode::new("app", 1, move |context| async move {
        let client = Client::new(&context, 0, "cache", &options);
        *own.borrow_mut() = Some(tell(context, client).await);
    });
    let mut world = FakeWorld::default();
    setup(&mut world);
    world.add("app", app);
    world.run(secs(60));
    (told.take().expect("the story ended"), world.node("app").take_operations())
}

fn with_server(world: &mut FakeWorld) {
    world.add("cache", little_server(&Keys::default()));
}

#[test]
fn a_pipeline_is_one_round_trip_and_gives_each_reply_its_place() {
    let ((replies, took), operations) =
        story(ConnectionOptions::default(), with_server, |context, mut client| async move {
            client.connect().await.expect("listening");
            let began = context.mono();
            let commands: &[&[&[u8]]] = &[&[b"SET", b"a", b"1"], &[b"NONSENSE"], &[b"INCR", b"a"]];
            let replies = client.pipeline(commands).await;
            (replies, context.mono().since(began))
        });
    let unknown = Err(ClientError::Server("ERR unknown command".into()));
    assert_eq!(replies, [Ok(Reply::ok()), unknown, Ok(Reply::Int(2))]);
    assert_eq!(took, Duration::from_millis(2));
    let raw: Vec<_> =
        operations.iter().skip(1).map(|operation| operation.reply().unwrap_or_default()).collect();
    assert_eq!(raw, [&b"+OK\r\n"[..], b"-ERR unknown command\r\n", b":2\r\n"]);
    assert_eq!(operations[1].client, "app/0");
    assert_eq!(operations[1].node, "cache");
}

#[test]
fn a_refused_connection_surely_did_nothing_and_backs_off() {
    let (times, operations) = story(
        ConnectionOptions::default(),
        |_| {},
        |context, mut client| async move {
            let mut times = Vec::new();
            for _ in 0..5 {
                assert!(client.request(&[b"PING"]).await.is_err());
                times.push(context.mono().as_millis());
            }
            times
        },
    );
    let waits: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let longest = [100, 200, 400, 800];
    assert!(waits.iter().zip(longest).all(|(wait, most)| (most / 2..=most + 3).contains(wait)), "{waits:?}");
    assert_eq!(operations.len(), 5);
    assert!(operations.iter().all(|o| o.outcome == Outcome::Failed("connection refused".into())));
}

/// A server that greets and then says no more.
fn with_mute_server(world: &mut FakeWorld) {
    let node = AppNode::new("cache", 1, |context| async move {
        let mut streams = Vec::new();
        let mut listener = context.listen(crate::client::REDIS_PORT);
        while let Ok(mut stream) = listener.accept().await {
            stream.read(&mut Vec::new()).await.expect("a greeting");
            stream.write(b"%0\r\n").await.expect("open");
            streams.push(stream);
        }
    });
    world.add("cache", node);
}

#[test]
fn a_command_without_a_reply_in_time_is_in_doubt_and_its_connection_is_dropped() {
    let (error, operations) =
        story(ConnectionOptions::default(), with_mute_server, |_, mut client| async move {
            let error = client.request(&[b"GET", b"a"]).await.expect_err("mute");
            assert_eq!(client.connections(), 1);
            client.connect().await.expect("listening");
            assert_eq!(client.connections(), 2);
            error
        });
    assert_eq!(error, ClientError::ReadTimeout);
    assert_eq!(operations[1].outcome, Outcome::Unknown("no reply in time".into()));
    assert_eq!(operations[1].completed_ns, None);
}

#[test]
fn what_is_under_way_when_the_history_is_taken_is_in_doubt() {
    let mut world = FakeWorld::default();
    with_mute_server(&mut world);
    world.add("app", build("session-store", "app", "clients = 1\nrate = \"10/s\""));
    world.run(secs(3));
    let operations = world.node("app").take_operations();
    let outcomes: Vec<&Outcome> = operations.iter().map(|operation| &operation.outcome).collect();
    let unknown = Outcome::Unknown("the client ended".into());
    assert_eq!(outcomes, [&Outcome::Reply(b"%0\r\n".to_vec()), &unknown]);
    assert_eq!(operations[1].completed_ns, None);
}

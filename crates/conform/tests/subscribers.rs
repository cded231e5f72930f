//! What transcripts cannot tell, as it depends on ids, logs and time: clients that are waited for, cut off or woken.

use resplay_base::journal::{Event, Wake};
use resplay_base::{Boot, Effect, Endpoint, Fd, Host, Input, Listener, Mono, Node, Now, WallUs, Work};
use resplay_conform::{Connection, InProcess, Target};
use resplay_engine::Server;
use resplay_resp::encode_request;

/// A server in this process.
struct Stage(InProcess<Server>);

impl Stage {
    fn new(args: &[&str]) -> Stage {
        let mut server = Server::new();
        server.keep_journal(true);
        let args: Vec<String> = args.iter().map(|word| (*word).to_string()).collect();
        Stage(InProcess::boot(server, &args).expect("it listens"))
    }

    fn connect(&mut self) -> Connection {
        self.0.connect().expect("a connection")
    }

    fn send(&mut self, connection: Connection, words: &[&str]) {
        let mut request = Vec::new();
        encode_request(&mut request, words);
        self.0.send(connection, &request).expect("no I/O");
        self.0.settle().expect("it rests");
    }

    fn hear(&mut self, connection: Connection) -> String {
        let received = self.0.receive(connection).expect("known");
        let end = if received.closed { "(closed)" } else { "" };
        String::from_utf8_lossy(&received.bytes).into_owned() + end
    }

    fn ask(&mut self, connection: Connection, words: &[&str]) -> String {
        self.send(connection, words);
        self.hear(connection)
    }

    fn id(&mut self, connection: Connection) -> String {
        self.ask(connection, &["CLIENT", "ID"]).trim_matches(|c| ":\r\n".contains(c)).to_string()
    }

    fn wait(&mut self, ms: u64) {
        self.0.wait(ms).expect("it rests");
    }
}

#[test]
fn client_unblock_ends_the_waiting_of_another_client_once() {
    let mut stage = Stage::new(&[]);
    let (one, other) = (stage.connect(), stage.connect());
    let id = stage.id(other);
    assert_eq!(stage.ask(one, &["CLIENT", "UNBLOCK", &id]), ":0\r\n");
    for (reason, expect) in
        [("TIMEOUT", ":0\r\n"), ("error", "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n")]
    {
        assert_eq!(stage.ask(other, &["WAIT", "1", "0"]), "");
        let info = stage.ask(one, &["INFO", "clients"]);
        assert!(info.contains("blocked_clients:1\r\n"), "{info}");
        let list = stage.ask(one, &["CLIENT", "LIST", "ID", &id]);
        assert!(list.contains("flags=b"), "{list}");
        assert_eq!(stage.ask(one, &["MULTI"]), "+OK\r\n");
        stage.ask(one, &["CLIENT", "UNBLOCK", &id, reason]);
        stage.ask(one, &["CLIENT", "UNBLOCK", &id, reason]);
        assert_eq!(stage.ask(one, &["EXEC"]), "*2\r\n:1\r\n:0\r\n");
        assert_eq!(stage.hear(other), expect);
        assert_eq!(stage.ask(other, &["PING"]), "+PONG\r\n");
    }
    let woken = |why: &Wake| *why == Wake::Unblocked;
    let journal = stage.0.node().journal();
    let count =
        journal.iter().filter(|entry| matches!(&entry.event, Event::Woken { why, .. } if woken(why))).count();
    assert_eq!(count, 2);
}

#[test]
fn messages_stand_in_the_journal_after_the_command_that_caused_them() {
    let mut stage = Stage::new(&["--notify-keyspace-events", "Eg"]);
    let (one, other) = (stage.connect(), stage.connect());
    let id: u64 = stage.id(other).parse().expect("a number");
    stage.ask(other, &["PSUBSCRIBE", "*"]);
    stage.ask(one, &["PUBLISH", "c", "m"]);
    stage.ask(one, &["SET", "a", "1", "PX", "10"]);
    stage.ask(one, &["DEL", "a"]);
    let told: Vec<String> = stage
        .0
        .node()
        .journal()
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Command { argv, .. } => Some(String::from_utf8_lossy(&argv[0]).into_owned()),
            Event::Pushed { session, bytes } if *session == id => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                Some(text.lines().nth(6).unwrap_or_default().to_string())
            }
            _ => None,
        })
        .collect();
    let expect =
        ["CLIENT", "PSUBSCRIBE", "PUBLISH", "c", "SET", "__keyevent@0__:expire", "DEL", "__keyevent@0__:del"];
    assert_eq!(told, expect);
}

#[test]
fn a_subscriber_that_leaves_too_much_unread_is_closed_without_a_further_byte() {
    let mut stage = Stage::new(&["--client-output-buffer-limit", "pubsub 100kb 0 0"]);
    let (one, other) = (stage.connect(), stage.connect());
    stage.ask(other, &["SUBSCRIBE", "c"]);
    assert_eq!(stage.ask(one, &["PUBLISH", "c", &"x".repeat(90_000)]), ":1\r\n");
    assert!(stage.hear(other).len() > 90_000);
    assert_eq!(stage.ask(one, &["PUBLISH", "c", &"x".repeat(200_000)]), ":1\r\n");
    assert_eq!(stage.hear(other), "(closed)");
    assert_eq!(stage.ask(one, &["PUBLISH", "c", "x"]), ":0\r\n");
    let info = stage.ask(one, &["INFO", "stats"]);
    assert!(info.contains("client_output_buffer_limit_disconnections:1\r\n"), "{info}");
    let line = stage.0.log().last().expect("a line").clone();
    assert!(line.starts_with("# Client id=") && line.contains(" name=*redacted* "), "{line}");
    assert!(line.ends_with(" scheduled to be closed ASAP for overcoming of output buffer limits."), "{line}");
}

#[test]
fn an_ordinary_client_beyond_its_limit_loses_the_reply_and_the_connection() {
    let mut stage = Stage::new(&["--client-output-buffer-limit", "normal 100kb 0 0"]);
    let one = stage.connect();
    stage.ask(one, &["SET", "big", &"x".repeat(200_000)]);
    assert_eq!(stage.ask(one, &["GET", "big"]), "(closed)");
}

/// A host whose peers read nothing.
#[derive(Default)]
struct Deaf {
    mono: Mono,
    effects: Vec<Effect>,
}

impl Host for Deaf {
    fn now(&self) -> Now {
        Now { mono: self.mono, wall: WallUs((self.mono.0 / 1_000) as i64) }
    }
    fn charge(&mut self, _: Work) -> Mono {
        self.mono
    }
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

#[test]
fn a_subscriber_beyond_the_soft_limit_is_closed_when_its_seconds_are_over() {
    let (mut server, mut host) = (Server::new(), Deaf::default());
    let args = ["--client-output-buffer-limit", "pubsub 0 50kb 2"].map(str::to_string).to_vec();
    server.handle(&mut host, Input::Boot(Boot { args, config: None, seed: 1, pid: 1 }));
    for (fd, words) in [(Fd(1), &["SUBSCRIBE", "c"][..]), (Fd(2), &["PUBLISH", "c", &"x".repeat(100_000)])] {
        let peer = Endpoint::tcp("127.0.0.1", 1_000);
        server.handle(
            &mut host,
            Input::Accepted { fd, listener: Listener(0), peer: peer.clone(), local: peer },
        );
        let mut request = Vec::new();
        encode_request(&mut request, words);
        // Half a second into a second: whole seconds of the clock count.
        host.mono = Mono(500_000_000);
        for bytes in request.chunks(64 << 10) {
            server.handle(&mut host, Input::Data { fd, bytes });
        }
        server.handle(&mut host, Input::Flush);
    }
    assert_eq!(server.deadline(), Some(Mono(3_000_000_000)));
    for (ns, is_closed) in [(2_999_999_999, false), (3_000_000_000, true)] {
        host.mono = Mono(ns);
        server.handle(&mut host, Input::Timer);
        server.handle(&mut host, Input::Flush);
        assert_eq!(host.effects.contains(&Effect::Close { fd: Fd(1) }), is_closed);
    }
    let is_told = |effect: &Effect| matches!(effect, Effect::Log { text, .. } if text.ends_with(" closed for overcoming of output buffer limits."));
    assert!(host.effects.iter().any(is_told));
}

#[test]
fn waitaof_waits_for_the_sync_of_what_the_client_wrote() {
    let mut stage = Stage::new(&["--appendonly", "yes", "--appendfsync", "everysec"]);
    let (one, other) = (stage.connect(), stage.connect());
    // The first second after the start is over: a write is synced at once, the next one a second later.
    stage.wait(1_500);
    stage.ask(one, &["SET", "a", "1"]);
    stage.ask(one, &["SET", "a", "2"]);
    assert_eq!(stage.ask(one, &["WAITAOF", "1", "0", "0"]), "");
    assert_eq!(stage.ask(other, &["WAITAOF", "1", "0", "0"]), "*2\r\n:1\r\n:0\r\n");
    stage.wait(400);
    assert_eq!(stage.hear(one), "");
    stage.wait(700);
    assert_eq!(stage.hear(one), "*2\r\n:1\r\n:0\r\n");
    stage.ask(one, &["SET", "a", "3"]);
    assert_eq!(stage.ask(one, &["WAITAOF", "1", "0", "100"]), "");
    stage.wait(200);
    assert_eq!(stage.hear(one), "*2\r\n:0\r\n:0\r\n");
}

#[test]
fn evicted_keys_are_told_before_the_reply_of_the_command_that_needed_room() {
    let mut stage = Stage::new(&["--notify-keyspace-events", "Ee", "--maxmemory-policy", "allkeys-lru"]);
    let one = stage.connect();
    stage.ask(one, &["HELLO", "3"]);
    stage.ask(one, &["SUBSCRIBE", "__keyevent@0__:evicted"]);
    stage.ask(one, &["SET", "a", &"x".repeat(100_000)]);
    let info = stage.ask(one, &["INFO", "memory"]);
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:")).expect("a line");
    let used: u64 = used.parse().expect("a number");
    // At once, before the timer evicts by itself.
    let mut requests = Vec::new();
    encode_request(&mut requests, &["CONFIG", "SET", "maxmemory", &(used - 50_000).to_string()]);
    encode_request(&mut requests, &["SET", "b", "1"]);
    stage.0.send(one, &requests).expect("no I/O");
    stage.0.settle().expect("it rests");
    let message = ">3\r\n$7\r\nmessage\r\n$22\r\n__keyevent@0__:evicted\r\n$1\r\na\r\n";
    assert_eq!(stage.hear(one), format!("+OK\r\n{message}+OK\r\n"));
}

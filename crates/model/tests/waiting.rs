//! What the model makes of clients that wait, and of messages.

use resplay_base::WallUs;
use resplay_base::journal::{Entry, Event, Wake};
use resplay_model::{Mismatch, Model};

struct Node {
    model: Model,
    ms: i64,
}

impl Node {
    fn new(sessions: u64) -> Node {
        let mut node = Node { model: Model::new(), ms: 1_000 };
        node.fine(Event::Booted { databases: 16, config: vec![] });
        for session in 1..=sessions {
            node.fine(Event::Connected { session });
        }
        node
    }

    fn apply(&mut self, event: Event) -> Result<(), Mismatch> {
        self.model.apply(&Entry { at: WallUs::from_millis(self.ms), event })
    }

    #[track_caller]
    fn fine(&mut self, event: Event) -> &mut Node {
        if let Err(mismatch) = self.apply(event) {
            panic!("{mismatch}");
        }
        self
    }

    /// What the model expects instead.
    #[track_caller]
    fn wrong(&mut self, event: Event) -> String {
        self.apply(event).expect_err("an objection").expected
    }

    #[track_caller]
    fn served(&mut self, session: u64, words: &str, reply: &str) -> &mut Node {
        self.fine(command(session, words, reply))
    }

    #[track_caller]
    fn blocked(&mut self, session: u64, words: &str) -> &mut Node {
        self.fine(Event::Blocked { session, argv: argv(words) })
    }
}

fn argv(words: &str) -> Vec<Vec<u8>> {
    words.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

fn command(session: u64, words: &str, reply: &str) -> Event {
    Event::Command { session, argv: argv(words), reply: reply.into() }
}

fn woken(session: u64, why: Wake, reply: &str) -> Event {
    Event::Woken { session, why, reply: reply.into() }
}

fn pushed(session: u64, bytes: &str) -> Event {
    Event::Pushed { session, bytes: bytes.into() }
}

const POPPED: &str = "*2\r\n$1\r\nl\r\n$1\r\nx\r\n";
const NOTHING: &str = "*-1\r\n";
const MESSAGE: &str = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n";

#[test]
fn those_who_came_first_are_served_first_and_nobody_else() {
    let mut node = Node::new(3);
    node.blocked(1, "BLPOP l 0").blocked(2, "BLPOP l 0").served(3, "RPUSH l x", ":1\r\n");
    assert!(node.wrong(woken(2, Wake::Served, POPPED)).contains("client 1 to be served before client 2"));
    let mut node = Node::new(3);
    node.blocked(1, "BLPOP l 0").blocked(2, "BLPOP l 0").served(3, "RPUSH l x", ":1\r\n");
    node.fine(woken(1, Wake::Served, POPPED));
    assert!(node.wrong(woken(2, Wake::Served, POPPED)).contains("client 2 to wait on"));
}

#[test]
fn a_client_that_could_be_served_must_be_before_the_next_command() {
    let mut node = Node::new(2);
    node.blocked(1, "BLPOP l 0").served(2, "RPUSH l x", ":1\r\n");
    assert!(node.wrong(command(2, "PING", "+PONG\r\n")).contains("client 1 to be served"));
    let mut node = Node::new(2);
    node.blocked(1, "BLPOP l 0").served(2, "SET l x", "+OK\r\n").served(2, "PING", "+PONG\r\n");
    assert!(node.wrong(woken(1, Wake::Served, POPPED)).contains("wait on"));
}

#[test]
fn a_command_waits_only_if_it_finds_nothing() {
    let mut node = Node::new(1);
    assert!(node.wrong(command(1, "BLPOP l 0", NOTHING)).contains("waits"));
    let mut node = Node::new(1);
    node.served(1, "RPUSH l x", ":1\r\n");
    assert!(node.wrong(Event::Blocked { session: 1, argv: argv("BLPOP l 0") }).starts_with('['));
    let mut node = Node::new(1);
    node.served(1, "MULTI", "+OK\r\n").served(1, "BLPOP l 0", "+QUEUED\r\n").served(
        1,
        "EXEC",
        "*1\r\n*-1\r\n",
    );
}

#[test]
fn time_is_up_when_it_is_up_and_not_before() {
    let mut node = Node::new(1);
    node.blocked(1, "BLPOP l 0.5").ms = 1_400;
    assert!(node.wrong(woken(1, Wake::TimedOut, NOTHING)).contains("until 1500 ms"));
    let mut node = Node::new(1);
    node.blocked(1, "BLPOP l 0.5").ms = 1_500;
    node.fine(woken(1, Wake::TimedOut, NOTHING)).served(1, "PING", "+PONG\r\n");
    let mut node = Node::new(1);
    node.blocked(1, "BLPOP l 0").ms = 9_999_999;
    assert!(node.wrong(woken(1, Wake::TimedOut, NOTHING)).contains("without end"));
}

#[test]
fn client_unblock_is_heard_by_whom_it_names() {
    let mut node = Node::new(2);
    node.blocked(1, "BLPOP l 0").served(2, "CLIENT UNBLOCK 1 ERROR", ":1\r\n");
    node.fine(woken(1, Wake::Unblocked, "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"));
    node.served(2, "CLIENT UNBLOCK 1", ":0\r\n").blocked(1, "BLPOP l 0");
    assert!(node.wrong(woken(1, Wake::Unblocked, NOTHING)).contains("nobody unblocked it"));
    let mut node = Node::new(2);
    node.blocked(1, "BLPOP l 0").served(2, "CLIENT UNBLOCK 1", ":1\r\n");
    assert!(node.wrong(command(2, "PING", "+PONG\r\n")).contains("client 1 to be unblocked"));
}

#[test]
fn subscribers_hear_what_is_published_once_and_nothing_else() {
    let subscribed = || {
        let mut node = Node::new(2);
        node.served(1, "SUBSCRIBE c", "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
        node
    };
    subscribed().served(2, "PUBLISH c hi", ":1\r\n").fine(pushed(1, MESSAGE)).served(2, "PING", "+PONG\r\n");
    // A message may also be told before the command that sent it.
    subscribed().fine(pushed(1, MESSAGE)).served(2, "PUBLISH c hi", ":1\r\n").served(2, "PING", "+PONG\r\n");
    let mut node = subscribed();
    node.served(2, "PUBLISH c hi", ":1\r\n");
    assert!(node.wrong(command(2, "PING", "+PONG\r\n")).contains("client 1 to be sent"));
    let mut node = subscribed();
    node.fine(pushed(1, MESSAGE));
    assert_eq!(node.wrong(command(2, "PING", "+PONG\r\n")), "nothing");
}

//! What the model makes of the events that are not commands: memory, eviction, expiry, files, connections.

use resplay_base::WallUs;
use resplay_base::journal::{Entry, Event};
use resplay_model::{Mismatch, Model};

/// A model that has booted so, and its clock.
struct Node {
    model: Model,
    ms: i64,
}

impl Node {
    fn new(config: &[(&str, &str)]) -> Node {
        let config = config.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let mut node = Node { model: Model::new(), ms: 1_000 };
        node.fine(Event::Booted { databases: 16, config });
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
    fn served(&mut self, words: &str, reply: &str) -> &mut Node {
        self.fine(command(words, reply))
    }
}

fn argv(words: &str) -> Vec<Vec<u8>> {
    words.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

fn command(words: &str, reply: &str) -> Event {
    Event::Command { session: 7, argv: argv(words), reply: reply.into() }
}

fn loaded(words: &str) -> Event {
    Event::Loaded { db: 0, argv: argv(words), is_retold: false }
}

fn evicted(key: &str, used: u64) -> Event {
    Event::Evicted { db: 0, key: key.into(), used }
}

fn expired(key: &str) -> Event {
    Event::Expired { db: 0, key: key.into() }
}

const FULL: Event = Event::OverMemory { used: 1_001, limit: 1_000 };
const OOM: &str = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
const LIMITED: &[(&str, &str)] = &[("maxmemory", "1000")];
const LRU: &[(&str, &str)] = &[("maxmemory", "1000"), ("maxmemory-policy", "allkeys-lru")];

#[test]
fn a_full_server_refuses_writes_that_need_memory_and_nothing_else() {
    Node::new(LIMITED).fine(FULL).served("SET k v", OOM).served("GET k", "$-1\r\n");
    assert!(Node::new(LIMITED).fine(FULL).wrong(command("GET k", OOM)).contains("never refused"));
    assert_eq!(Node::new(LIMITED).wrong(command("SET k v", OOM)), "OK");
    assert_eq!(
        Node::new(LIMITED).fine(FULL).wrong(command("SET k v", "+OK\r\n")).split(' ').next(),
        Some("(error)")
    );
}

#[test]
fn memory_is_only_full_above_the_limit_and_with_nothing_to_evict() {
    let below = || Event::OverMemory { used: 1_000, limit: 1_000 };
    assert!(Node::new(LIMITED).wrong(below()).contains("more memory"));
    assert!(Node::new(&[]).wrong(FULL).contains("the limit 0"));
    assert!(Node::new(LRU).served("SET k v", "+OK\r\n").wrong(FULL).contains("as long as there are keys"));
    Node::new(LRU).fine(FULL).served("SET k v", OOM);
}

#[test]
fn a_full_server_ends_a_transaction_that_needs_memory() {
    let mut node = Node::new(LIMITED);
    node.served("MULTI", "+OK\r\n").served("SET k v", "+QUEUED\r\n").fine(FULL);
    let refused = format!("-EXECABORT Transaction discarded because of: {}", &OOM[1..]);
    node.served("EXEC", &refused).served("EXEC", "-ERR EXEC without MULTI\r\n");
    node.served("MULTI", "+OK\r\n").fine(FULL).served("GET k", OOM);
    node.served("EXEC", "-EXECABORT Transaction discarded because of previous errors.\r\n");
}

#[test]
fn eviction_follows_the_policy_which_may_change_meanwhile() {
    let mut node = Node::new(LIMITED);
    node.served("SET a 1", "+OK\r\n").served("SET b 1", "+OK\r\n");
    assert!(node.wrong(evicted("a", 1_001)).contains("noeviction"));
    node.served("CONFIG SET maxmemory-policy allkeys-lru", "+OK\r\n");
    assert!(node.wrong(evicted("a", 1_000)).contains("more memory"));
    assert!(node.wrong(evicted("c", 1_001)).contains("exists"));
    node.fine(evicted("a", 1_001)).served("GET a", "$-1\r\n").served("DBSIZE", ":1\r\n");
    node.served("CONFIG SET maxmemory-policy volatile-lru", "+OK\r\n");
    assert!(node.wrong(evicted("b", 1_001)).contains("time to live"));
}

#[test]
fn a_dead_key_is_there_for_dbsize_until_it_is_reclaimed_and_never_before_its_time() {
    let mut node = Node::new(&[]);
    node.served("SET k v PX 500", "+OK\r\n");
    node.ms = 1_500;
    assert!(node.wrong(expired("k")).contains("passed"));
    node.served("GET k", "$1\r\nv\r\n");
    node.ms = 1_501;
    node.served("GET k", "$-1\r\n").served("KEYS *", "*0\r\n").served("DBSIZE", ":1\r\n");
    node.fine(expired("k")).served("DBSIZE", ":0\r\n");
    assert!(node.wrong(expired("k")).contains("passed"));
}

#[test]
fn loading_keeps_what_would_be_dead_by_now_and_may_be_answered_with_loading() {
    let mut node = Node::new(&[]);
    node.fine(loaded("SET k v PXAT 5")).fine(loaded("MULTI")).fine(loaded("HSET h f 1")).fine(loaded("EXEC"));
    node.served("GET k", "-LOADING Valkey is loading the dataset in memory\r\n");
    node.served("DBSIZE", ":2\r\n").served("GET k", "$-1\r\n").fine(expired("k"));
    assert_eq!(node.wrong(command("GET k", "-LOADING Valkey is loading the dataset in memory\r\n")), "(nil)");
    assert!(Node::new(&[]).wrong(loaded("NOSUCH k")).contains("succeeds"));
}

#[test]
fn a_watched_key_that_dies_or_is_evicted_breaks_the_transaction() {
    let mut node = Node::new(LRU);
    node.served("SET k v PX 10", "+OK\r\n").served("WATCH k", "+OK\r\n").served("MULTI", "+OK\r\n");
    node.ms += 11;
    node.served("EXEC", "*-1\r\n").fine(expired("k"));
    node.served("SET k v", "+OK\r\n").served("WATCH k", "+OK\r\n").fine(evicted("k", 1_001));
    node.served("MULTI", "+OK\r\n")
        .served("EXEC", "*-1\r\n")
        .served("MULTI", "+OK\r\n")
        .served("EXEC", "*0\r\n");
}

#[test]
fn a_big_hash_may_reply_in_any_order_but_must_be_complete() {
    let mut node = Node::new(&[("hash-max-listpack-entries", "1")]);
    node.served("HSET h a 1 b 2", ":2\r\n").served("HKEYS h", "*2\r\n$1\r\nb\r\n$1\r\na\r\n");
    node.served("HGETALL h", "*4\r\n$1\r\nb\r\n$1\r\n2\r\n$1\r\na\r\n$1\r\n1\r\n");
    assert!(node.wrong(command("HKEYS h", "*1\r\n$1\r\nb\r\n")).contains("any order"));
    assert!(node.wrong(command("HRANDFIELD h 2", "*2\r\n$1\r\na\r\n$1\r\na\r\n")).contains("different"));
}

#[test]
fn replies_stay_away_while_the_client_wants_none() {
    let mut node = Node::new(&[]);
    node.served("CLIENT REPLY OFF", "").served("SET k v", "").served("CLIENT REPLY ON", "+OK\r\n");
    node.served("CLIENT REPLY SKIP", "").served("GET k", "").served("GET k", "$1\r\nv\r\n");
    assert_eq!(node.wrong(command("GET k", "")), "\"v\"");
}

#[test]
fn a_password_is_asked_for_until_it_is_given() {
    let mut node = Node::new(&[("requirepass", "secret")]);
    node.fine(Event::Connected { session: 7 }).served("GET k", "-NOAUTH Authentication required.\r\n");
    node.served("AUTH wrong", "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
    node.served("AUTH secret", "+OK\r\n").served("GET k", "$-1\r\n");
}

#[test]
fn a_mismatch_reads_like_a_session_with_what_happened_to_the_key() {
    let mut node = Node::new(&[]);
    node.served("SET k 1", "+OK\r\n").served("INCR k", ":2\r\n").served("SET other 1", "+OK\r\n");
    let mismatch = node.apply(command("GET k", "$1\r\n1\r\n")).expect_err("an objection");
    let expected = "at 1000 ms: GET k\n  expected \"2\"\n  got      \"1\"\n  before:\n    \
                    1000 client 7> SET k 1  =>  OK\n    1000 client 7> INCR k  =>  (integer) 2";
    assert_eq!(mismatch.to_string(), expected);
}

//! What stands in the append-only file, or in the RDB file, gives the same data again: to the same program when it starts
//! once more, and to valkey-server, which digests them to the same figure.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use resplay_resp::Reply;
use std::time::Duration;
use support::{Client, Serving, has, valkey};

/// All types, and commands that are not repeated word for word.
const SCRIPT: &str = "\
SET s 1
INCRBYFLOAT s 0.1
SETEX gone 1 x
SET kept x EX 1000
SETBIT bits 77 1
BITFIELD bits SET u8 8 200 INCRBY i16 #3 -5
RPUSH l a b c d e
LPOP l 2
LMOVE l m LEFT RIGHT
BLMPOP 1 2 nothing l LEFT
SADD set 1 2 3 4 5 6 7 8 9
SPOP set 3
SADD words a b c
SMOVE words others a
ZADD z 1 a 2 b 3 c
ZINCRBY z 1.5 a
ZPOPMIN z
ZRANGESTORE copy z 0 -1
GEOADD places 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
GEOSEARCHSTORE near places FROMMEMBER Palermo BYRADIUS 200 km
HSET h f 1 g 2
HINCRBYFLOAT h f 0.5
PFADD hll a b c
PFMERGE merged hll
XADD x * f v
XADD x * f w
XADD x MAXLEN ~ 10 * f x
XGROUP CREATE x group 0
XGROUP CREATECONSUMER x group idle
XREADGROUP GROUP group alice COUNT 2 STREAMS x >
XAUTOCLAIM x group bob 0 0 COUNT 1
XSETID x 99999999999999-5
SORT set STORE sorted
COPY l l2
RENAME m m2
RESTORE payload 100000000 \x00\x03icu\x08\x00mWel;VR[
RESTORE m2 5 \x00\x03icu\x08\x00mWel;VR[ ABSTTL REPLACE
SELECT 3
SET other db
MULTI
SET t 1
RPUSH tl 1 2
EXEC
SWAPDB 3 4
SELECT 0
EXPIRE h 1000
PERSIST kept";

const OPTIONS: &[&str] = &["--appendonly", "yes", "--enable-debug-command", "yes"];
/// With the save points that are there by default.
const RDB_OPTIONS: &[&str] = &["--enable-debug-command", "yes"];

/// What must be the same afterwards: the digest of all data, and what it does not cover.
fn fingerprint(client: &mut Client) -> Vec<Reply> {
    let questions: [&[&[u8]]; 4] = [
        &[b"DEBUG", b"DIGEST"],
        &[b"XINFO", b"GROUPS", b"x"],
        &[b"XPENDING", b"x", b"group"],
        &[b"EXPIRETIME", b"h"],
    ];
    questions.iter().map(|words| client.ask(words).expect("an answer")).collect()
}

#[test]
fn the_append_only_file_gives_the_same_data_again() {
    survives_a_restart(OPTIONS);
}

#[test]
fn the_rdb_file_of_a_shutdown_gives_the_same_data_again() {
    survives_a_restart(RDB_OPTIONS);
}

#[expect(clippy::disallowed_methods, reason = "a key expires after real time")]
fn survives_a_restart(options: &[&str]) {
    let dir = tempfile::tempdir().expect("a directory");
    let serving = Serving::start(dir.path(), options);
    let mut client = serving.client();
    for line in SCRIPT.lines() {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let reply = client.ask(&words).expect("an answer");
        assert!(!reply.is_error(), "{line}: {reply:?}");
    }
    std::thread::sleep(Duration::from_millis(1_200));
    let before = fingerprint(&mut client);
    assert_eq!(serving.shut_down(), Some(0));

    let again = Serving::start(dir.path(), options);
    assert_eq!(fingerprint(&mut again.client()), before);
    assert_eq!(again.shut_down(), Some(0));

    if has("valkey-server") {
        assert_eq!(valkey(dir.path(), options, fingerprint), before);
    }
}

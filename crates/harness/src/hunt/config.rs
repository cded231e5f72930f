//! The server of a plan: its directives and its disk.

use super::Swarm;
use std::fmt::Write;

/// Directives, and words for each: the usual, the boundaries.
const DIRECTIVES: &[(&str, &[&str])] = &[
    ("active-expire-effort", &["1", "10"]),
    ("activerehashing", &["yes", "no"]),
    ("aof-timestamp-enabled", &["yes", "no"]),
    ("aof-use-rdb-preamble", &["yes", "no"]),
    ("appendfsync", &["always", "everysec", "no"]),
    ("appendonly", &["yes", "yes", "no"]),
    ("auto-aof-rewrite-min-size", &["1kb", "16kb", "64mb"]),
    ("auto-aof-rewrite-percentage", &["0", "10", "100"]),
    ("client-query-buffer-limit", &["1mb", "1gb"]),
    ("hash-max-listpack-entries", &["0", "2", "512"]),
    ("hash-max-listpack-value", &["4", "64"]),
    ("hz", &["1", "10", "100"]),
    ("lazyfree-lazy-expire", &["yes", "no"]),
    ("lazyfree-lazy-user-del", &["yes", "no"]),
    ("list-max-listpack-size", &["1", "3", "-2"]),
    ("maxmemory", &["1mb", "2mb", "0"]),
    (
        "maxmemory-policy",
        &[
            "allkeys-lfu",
            "allkeys-lru",
            "allkeys-random",
            "noeviction",
            "volatile-lfu",
            "volatile-lru",
            "volatile-random",
            "volatile-ttl",
        ],
    ),
    ("no-appendfsync-on-rewrite", &["yes", "no"]),
    ("notify-keyspace-events", &["KEA", ""]),
    ("rdbchecksum", &["yes", "no"]),
    ("rdbcompression", &["yes", "no"]),
    ("save", &["", "1 1", "5 20"]),
    ("set-max-intset-entries", &["0", "2", "512"]),
    ("set-max-listpack-entries", &["0", "2", "128"]),
    ("stop-writes-on-bgsave-error", &["yes", "no"]),
    ("stream-node-max-entries", &["1", "3", "100"]),
    ("timeout", &["0", "5"]),
    ("zset-max-listpack-entries", &["0", "2", "128"]),
];

/// What disks are like: how long a sync takes, bytes per second.
const DISKS: &[(&str, &str)] =
    &[("50us", "2gb"), ("500us", "500mb"), ("500us", "500mb"), ("5ms", "100mb"), ("40ms", "2mb"), SLOW_DISK];
const SLOW_DISK: (&str, &str) = ("5ms", "800kb");

/// The memory of the machine, where it is not plenty: the kernel kills a process that uses more.
const MEMORIES: [&str; 3] = ["1500kb", "3mb", "6mb"];

/// An append-only file of an old version, which the server takes over.
const OLD_LOG: &str = "*2\\r\\n$6\\r\\nSELECT\\r\\n$1\\r\\n0\\r\\n*3\\r\\n$3\\r\\nSET\\r\\n$3\\r\\nold\\r\\n$5\\r\\nvalue\\r\\n";

/// The table of the server.
pub(super) fn draw(swarm: &Swarm) -> String {
    let mut text = String::from("[nodes.cache]\n");
    let (fsync, bandwidth) =
        if swarm.is_heavy() { SLOW_DISK } else { DISKS[swarm.random("disk").index(DISKS.len())] };
    let reorder = swarm.random("reorder").chance(0.25);
    let disk = format!("fsync = \"{fsync}\", bandwidth = \"{bandwidth}\", reorder = {reorder}");
    writeln!(text, "disk = {{ {disk} }}").expect("a string takes all");
    if swarm.random("memory").chance(0.05) {
        writeln!(text, "memory = \"{}\"", swarm.one_of("memory/size", &MEMORIES))
            .expect("a string takes all");
    }
    if swarm.random("old-log").chance(0.1) {
        writeln!(text, "files = {{ \"appendonly.aof\" = \"{OLD_LOG}\" }}").expect("a string takes all");
    }
    text += "\n[nodes.cache.config]\n";
    // Most of what can go wrong needs a log: it is never left to the default, which is none.
    let is_free = |name: &str| !(swarm.is_heavy() && ["appendonly", "maxmemory"].contains(&name));
    let is_drawn =
        |name: &str| is_free(name) && (name == "appendonly" || swarm.takes(&format!("config/{name}")));
    for (name, words) in DIRECTIVES.iter().filter(|(name, _)| is_drawn(name)) {
        let word = swarm.one_of(&format!("config/{name}"), words);
        writeln!(text, "{name} = \"{word}\"").expect("a string takes all");
    }
    text + "\n"
}

/// Whether a server's table has this directive with this word.
pub(super) fn says(table: &str, name: &str, word: &str) -> bool {
    table.lines().any(|line| line == format!("{name} = \"{word}\""))
}

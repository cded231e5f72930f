//! Verifies: a key whose time to live has passed, by the clock of its own node, is never shown to a client: not by GET
//! or HGETALL, not as EXISTS 1 or TTL 5. It follows deadlines on its own, without the reference model.
//!
//! Does not verify: reads inside transactions, keys whose deadline it cannot follow (it forgets one whenever a command
//! that it does not know well names the key), or that dead keys are reclaimed in good time.

use crate::evidence::{Evidence, Verdict, plural};
use resplay_base::journal::{Entry, Event};
use std::collections::{BTreeMap, BTreeSet};

/// Looks for dead keys that were served.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let (mut reads, mut findings) = (0, Vec::new());
    for (node, journal) in &evidence.journals {
        let mut watch = Deadlines::default();
        let served_dead = journal.iter().filter_map(|entry| watch.see(entry));
        findings.extend(served_dead.map(|finding| format!("{node}: {finding}")));
        reads += watch.reads_of_dead;
    }
    Verdict::of(
        format!("{} after the key's time, {} served", plural(reads, "read"), findings.len()),
        findings,
    )
}

/// Reads of a single key, and the reply that says that there is none (RESP2 and RESP3).
const READS: [(&str, &[&[u8]]); 12] = [
    ("EXISTS", &[b":0\r\n"]),
    ("GET", &[b"$-1\r\n", b"_\r\n"]),
    ("GETDEL", &[b"$-1\r\n", b"_\r\n"]),
    ("HEXISTS", &[b":0\r\n"]),
    ("HGET", &[b"$-1\r\n", b"_\r\n"]),
    ("HGETALL", &[b"*0\r\n", b"%0\r\n"]),
    ("HLEN", &[b":0\r\n"]),
    ("PTTL", &[b":-2\r\n"]),
    ("STRLEN", &[b":0\r\n"]),
    ("TTL", &[b":-2\r\n"]),
    ("TYPE", &[b"+none\r\n"]),
    ("TOUCH", &[b":0\r\n"]),
];

/// Writes that leave a living key's deadline as it is.
const KEEPING: [&str; 12] = [
    "APPEND",
    "DECR",
    "DECRBY",
    "HDEL",
    "HINCRBY",
    "HINCRBYFLOAT",
    "HMSET",
    "HSET",
    "HSETNX",
    "INCR",
    "INCRBY",
    "SETRANGE",
];

/// When keys die, as far as that is certain.
#[derive(Default)]
struct Deadlines {
    deadlines: BTreeMap<(u32, Vec<u8>), i64>,
    selected: BTreeMap<u64, u32>,
    in_multi: BTreeSet<u64>,
    reads_of_dead: usize,
}

impl Deadlines {
    /// Takes note of an entry; a sentence if it shows a dead key served.
    fn see(&mut self, entry: &Entry) -> Option<String> {
        let now = entry.at.as_millis();
        match &entry.event {
            Event::Booted { .. } => {
                *self = Deadlines { reads_of_dead: self.reads_of_dead, ..Deadlines::default() }
            }
            Event::Evicted { db, key, .. } | Event::Expired { db, key } => self.forget(*db, key),
            Event::Disconnected { session } => self.forget_session(*session),
            Event::Loaded { db, argv, .. } => self.write(*db, argv, b"", now),
            Event::Command { session, argv, reply } if !argv.is_empty() => {
                return self.command(*session, argv, reply, now);
            }
            _ => {}
        }
        None
    }

    fn forget(&mut self, db: u32, key: &[u8]) {
        self.deadlines.remove(&(db, key.to_vec()));
    }

    fn forget_session(&mut self, session: u64) {
        self.selected.remove(&session);
        self.in_multi.remove(&session);
    }

    fn command(&mut self, session: u64, argv: &[Vec<u8>], reply: &[u8], now: i64) -> Option<String> {
        let db = self.selected.get(&session).copied().unwrap_or(0);
        match (name(argv).as_str(), reply) {
            ("SELECT", b"+OK\r\n") => self.select(session, &argv[1]),
            ("RESET", _) => self.forget_session(session),
            ("MULTI", b"+OK\r\n") => {
                self.in_multi.insert(session);
            }
            ("EXEC" | "DISCARD", _) => {
                self.in_multi.remove(&session);
                // What the transaction did is not followed.
                self.deadlines.clear();
            }
            _ if self.in_multi.contains(&session) || reply.starts_with(b"-") || reply.is_empty() => {}
            _ => return self.read_or_write(db, argv, reply, now),
        }
        None
    }

    fn select(&mut self, session: u64, word: &[u8]) {
        let number = std::str::from_utf8(word).ok().and_then(|text| text.parse().ok());
        self.selected.insert(session, number.unwrap_or(0));
    }

    fn read_or_write(&mut self, db: u32, argv: &[Vec<u8>], reply: &[u8], now: i64) -> Option<String> {
        let name = name(argv);
        let read = READS.iter().find(|(read, _)| *read == name);
        let Some((_, nothing)) = read.filter(|_| argv.len() == 2 || name.starts_with('H')) else {
            self.write(db, argv, reply, now);
            return None;
        };
        let deadline = self.deadlines.get(&(db, argv[1].clone())).copied().filter(|when| now > *when)?;
        self.reads_of_dead += 1;
        let late_ms = now - deadline;
        let words = argv.iter().map(|word| word.escape_ascii().to_string()).collect::<Vec<_>>().join(" ");
        let is_served = !nothing.contains(&reply);
        is_served.then(|| format!("`{words}` at {now} ms served a key that had died {late_ms} ms before"))
    }

    /// Follows deadlines through commands that are known well; any other forgets the keys that it names.
    fn write(&mut self, db: u32, argv: &[Vec<u8>], reply: &[u8], now: i64) {
        let place = |index: usize| (db, argv.get(index).cloned().unwrap_or_default());
        let name = name(argv);
        let is_alive = self.deadlines.get(&place(1)).is_none_or(|when| now <= *when);
        if KEEPING.contains(&name.as_str()) && is_alive {
            return;
        }
        if matches!(
            name.as_str(),
            "FLUSHALL" | "FLUSHDB" | "SWAPDB" | "MOVE" | "COPY" | "RENAME" | "RENAMENX"
        ) {
            return self.deadlines.clear();
        }
        let is_refused = reply == b":0\r\n" || reply == b"$-1\r\n" || reply == b"_\r\n";
        match deadline(&name, argv, now) {
            Some(_) if is_refused => {}
            Some(when) => {
                self.deadlines.insert(place(1), when);
            }
            None => argv[1..].iter().for_each(|key| self.forget(db, key)),
        }
    }
}

fn name(argv: &[Vec<u8>]) -> String {
    String::from_utf8_lossy(&argv[0]).to_ascii_uppercase()
}

/// When the key in word 1 dies after this command, if it says so and succeeds.
fn deadline(name: &str, argv: &[Vec<u8>], now: i64) -> Option<i64> {
    let number = |index: usize| std::str::from_utf8(argv.get(index)?).ok()?.parse::<i64>().ok();
    let option = |index: usize| argv.get(index).map(|word| word.to_ascii_uppercase());
    let in_unit = |unit: &str, value: i64| match unit {
        "EX" => value.checked_mul(1_000)?.checked_add(now),
        "PX" => value.checked_add(now),
        "EXAT" => value.checked_mul(1_000),
        _ => Some(value),
    };
    match name {
        "SETEX" | "EXPIRE" => in_unit("EX", number(2)?),
        "PSETEX" | "PEXPIRE" => in_unit("PX", number(2)?),
        "EXPIREAT" => in_unit("EXAT", number(2)?),
        "PEXPIREAT" => number(2),
        "SET" if argv.len() == 5 => {
            let unit = String::from_utf8(option(3)?).ok()?;
            ["EX", "PX", "EXAT", "PXAT"].contains(&unit.as_str()).then(|| in_unit(&unit, number(4)?))?
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::testing::Story;

    fn holds(story: Story) -> bool {
        check(&story.evidence()).holds
    }

    #[test]
    fn a_key_lives_through_its_last_millisecond_and_no_longer() {
        let set = || Story::new(&[]).at(1_000).command("SET k v PX 500", "+OK\r\n");
        assert!(holds(set().at(1_500).command("GET k", "$1\r\nv\r\n")));
        assert!(holds(set().at(1_501).command("GET k", "$-1\r\n")));
        assert!(!holds(set().at(1_501).command("GET k", "$1\r\nv\r\n")));
        assert!(!holds(set().at(1_501).command("EXISTS k", ":1\r\n")));
    }

    #[test]
    fn deadlines_are_followed_through_expire_persist_and_loading() {
        let hash = || Story::new(&[]).at(0).command("HSET h f v", ":1\r\n").command("EXPIRE h 1", ":1\r\n");
        assert!(!holds(hash().at(1_001).command("HGET h f", "$1\r\nv\r\n")));
        assert!(holds(hash().command("PERSIST h", ":1\r\n").at(1_001).command("HGET h f", "$1\r\nv\r\n")));
        let argv = ["SET", "k", "v", "PXAT", "50"].map(|word| word.as_bytes().to_vec()).to_vec();
        let loaded = Story::new(&[]).event(Event::Loaded { db: 0, argv, is_retold: false });
        assert!(!holds(loaded.at(51).command("GET k", "$1\r\nv\r\n")));
    }

    #[test]
    fn a_write_on_a_dead_key_makes_a_new_one() {
        let story =
            Story::new(&[]).at(0).command("SETEX n 1 5", "+OK\r\n").at(1_001).command("INCR n", ":1\r\n");
        assert!(holds(story.at(2_000).command("GET n", "$1\r\n1\r\n")));
    }
}

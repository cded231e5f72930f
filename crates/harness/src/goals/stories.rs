//! Situations that show only in the order in which things happened.

use resplay_base::journal::{Entry, Event, Wake};
use resplay_checkers::Evidence;
use resplay_history::Operation;
use std::collections::{BTreeMap, BTreeSet};

/// Each process's part of a server's journal.
fn lives_of(journal: &[Entry]) -> Vec<&[Entry]> {
    journal.chunk_by(|_, next| !matches!(next.event, Event::Booted { .. })).collect()
}

/// Each process's journal.
fn lives(evidence: &Evidence) -> impl Iterator<Item = &[Entry]> {
    evidence.journals.values().flat_map(|journal| lives_of(journal))
}

fn is(argv: &[Vec<u8>], name: &str) -> bool {
    argv.first().is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
}

/// Processes after the first that found something in their files.
pub(super) fn recovered(evidence: &Evidence) -> u64 {
    let loads = |life: &&[Entry]| life.iter().any(|entry| matches!(entry.event, Event::Loaded { .. }));
    let journals = evidence.journals.values();
    journals.map(|journal| lives_of(journal).into_iter().skip(1).filter(loads).count() as u64).sum()
}

/// How often a process saw its wall clock go back by more than a hundredth of a second.
pub(super) fn clock_set_back(evidence: &Evidence) -> u64 {
    let goes_back = |pair: &&[Entry]| pair[1].at.0 + 10_000 < pair[0].at.0;
    lives(evidence).map(|life| life.windows(2).filter(goes_back).count() as u64).sum()
}

/// Commands of transactions, queued or executed, for which room was made.
pub(super) fn evicted_in_transaction(evidence: &Evidence) -> u64 {
    let mut count = 0;
    for life in lives(evidence) {
        let mut has_evicted = false;
        for entry in life {
            match &entry.event {
                Event::Evicted { .. } => has_evicted = true,
                Event::Command { argv, reply, .. } => {
                    count += u64::from(has_evicted && (is(argv, "EXEC") || reply == b"+QUEUED\r\n"));
                    has_evicted = false;
                }
                Event::Woken { .. } => has_evicted = false,
                _ => {}
            }
        }
    }
    count
}

/// Commands that take from one key, which comes first.
const TAKE_FROM_ONE: [&str; 6] = ["BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BZPOPMIN", "BZPOPMAX"];

/// Clients that were served right after another that had waited for the same key with the same command.
pub(super) fn served_in_order(evidence: &Evidence) -> u64 {
    let mut count = 0;
    for life in lives(evidence) {
        let mut waiting: BTreeMap<u64, &[Vec<u8>]> = BTreeMap::new();
        let mut served_before: Option<&[Vec<u8>]> = None;
        for entry in life {
            match &entry.event {
                Event::Blocked { session, argv } => {
                    waiting.insert(*session, &argv[..argv.len().min(2)]);
                }
                Event::Woken { session, why: Wake::Served, .. } => {
                    let served = waiting.remove(session);
                    let takes_from_one =
                        TAKE_FROM_ONE.iter().any(|name| served.is_some_and(|argv| is(argv, name)));
                    count += u64::from(takes_from_one && served == served_before);
                    served_before = served;
                }
                Event::Command { .. } => served_before = None,
                _ => {}
            }
        }
    }
    count
}

/// Transactions that were refused after a key that they watched had expired.
pub(super) fn watch_expired(evidence: &Evidence) -> u64 {
    let mut count = 0;
    for life in lives(evidence) {
        let mut watched: BTreeMap<u64, (BTreeSet<&[u8]>, bool)> = BTreeMap::new();
        for entry in life {
            match &entry.event {
                Event::Command { session, argv, reply } if is(argv, "WATCH") && reply == b"+OK\r\n" => {
                    let keys = argv[1..].iter().map(Vec::as_slice);
                    watched.entry(*session).or_default().0.extend(keys);
                }
                Event::Command { session, argv, reply } if is(argv, "EXEC") => {
                    let has_expired = watched.remove(session).is_some_and(|(_, has_expired)| has_expired);
                    count += u64::from(has_expired && is_null(reply));
                }
                Event::Command { session, argv, .. }
                    if ["DISCARD", "UNWATCH", "RESET"].iter().any(|name| is(argv, name)) =>
                {
                    watched.remove(session);
                }
                Event::Expired { key, .. } => {
                    let watchers = watched.values_mut().filter(|(keys, _)| keys.contains(key.as_slice()));
                    watchers.for_each(|(_, has_expired)| *has_expired = true);
                }
                Event::Disconnected { session } => drop(watched.remove(session)),
                _ => {}
            }
        }
    }
    count
}

fn is_null(reply: &[u8]) -> bool {
    reply == b"*-1\r\n" || reply == b"_\r\n"
}

/// Clients that waited when their server ended, and another process followed.
pub(super) fn waiting_at_the_end(evidence: &Evidence) -> u64 {
    under_way_at_the_end(evidence, |event| match event {
        Event::Blocked { session, .. } => Some((*session, true)),
        Event::Woken { session, .. } | Event::Disconnected { session } => Some((*session, false)),
        _ => None,
    })
}

/// Clients that were in the middle of a transaction when their server ended, and another process followed.
pub(super) fn transaction_at_the_end(evidence: &Evidence) -> u64 {
    under_way_at_the_end(evidence, |event| match event {
        Event::Command { session, reply, .. } if reply == b"+QUEUED\r\n" => Some((*session, true)),
        Event::Command { session, argv, .. } if ENDS_TRANSACTION.iter().any(|name| is(argv, name)) => {
            Some((*session, false))
        }
        Event::Disconnected { session } => Some((*session, false)),
        _ => None,
    })
}

/// What leaves no transaction behind.
const ENDS_TRANSACTION: [&str; 3] = ["DISCARD", "EXEC", "RESET"];

/// Sessions for which something had begun (`true`) and not ended (`false`) when a process ended that another followed.
fn under_way_at_the_end(evidence: &Evidence, change: impl Fn(&Event) -> Option<(u64, bool)>) -> u64 {
    let mut count = 0;
    for journal in evidence.journals.values() {
        let lives = lives_of(journal);
        for life in &lives[..lives.len().saturating_sub(1)] {
            let mut under_way = BTreeSet::new();
            for (session, begins) in life.iter().filter_map(|entry| change(&entry.event)) {
                match begins {
                    true => under_way.insert(session),
                    false => under_way.remove(&session),
                };
            }
            count += under_way.len() as u64;
        }
    }
    count
}

/// Acknowledgements that were under way while another consumer took over the same entry.
pub(super) fn claimed_while_acknowledged(evidence: &Evidence) -> u64 {
    let named = |name: &'static str| {
        let all = evidence.history.operations.iter();
        all.filter(move |operation| is(&operation.command, name))
    };
    let claims: Vec<&Operation> = named("XAUTOCLAIM").chain(named("XCLAIM")).collect();
    let meets = |acknowledged: &Operation, claim: &Operation| {
        claim.client != acknowledged.client
            && claim.invoked_ns <= acknowledged.completed_ns.unwrap_or(u64::MAX)
            && acknowledged.invoked_ns <= claim.completed_ns.unwrap_or(u64::MAX)
            && claim
                .reply()
                .is_some_and(|reply| acknowledged.command[3..].iter().any(|id| contains(reply, id)))
    };
    let acknowledged = named("XACK").filter(|operation| operation.command.len() > 3);
    acknowledged.filter(|operation| claims.iter().any(|claim| meets(operation, claim))).count() as u64
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len().max(1)).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_base::WallUs;
    use resplay_history::{History, Outcome};

    fn words(text: &str) -> Vec<Vec<u8>> {
        text.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    fn booted() -> Event {
        Event::Booted { databases: 16, config: Vec::new() }
    }

    fn command(session: u64, argv: &str, reply: &str) -> Event {
        Event::Command { session, argv: words(argv), reply: reply.as_bytes().to_vec() }
    }

    fn blocked(session: u64, argv: &str) -> Event {
        Event::Blocked { session, argv: words(argv) }
    }

    fn served(session: u64) -> Event {
        Event::Woken { session, why: Wake::Served, reply: b"$1\r\n1\r\n".to_vec() }
    }

    /// A server that did this, a millisecond after the other.
    fn story(events: impl IntoIterator<Item = Event>) -> Evidence {
        let entry = |(at, event): (usize, Event)| Entry { at: WallUs(at as i64 * 1_000), event };
        let journal = [booted()].into_iter().chain(events).enumerate().map(entry).collect();
        Evidence { journals: BTreeMap::from([("cache".to_string(), journal)]), ..Evidence::default() }
    }

    #[test]
    fn a_process_recovers_what_the_one_before_left() {
        let loaded = || Event::Loaded { db: 0, argv: words("SET a 1"), is_retold: false };
        assert_eq!(recovered(&story([loaded()])), 0, "the first had it from elsewhere");
        assert_eq!(recovered(&story([booted(), loaded(), loaded(), booted()])), 1);
    }

    #[test]
    fn a_clock_goes_back_within_a_process() {
        let mut evidence = story([command(1, "PING", "+PONG\r\n"), booted(), booted()]);
        let journal = evidence.journals.get_mut("cache").expect("a journal");
        journal[2].at = WallUs(-1_000_000);
        assert_eq!(clock_set_back(&evidence), 0, "the next process may begin at any time");
        evidence.journals.get_mut("cache").expect("a journal")[1].at = WallUs(-1_000_000);
        assert_eq!(clock_set_back(&evidence), 1);
    }

    #[test]
    fn room_is_made_for_a_transaction() {
        let evicted = || Event::Evicted { db: 0, key: b"k".to_vec(), used: 1 };
        let exec = || command(1, "EXEC", "*1\r\n+OK\r\n");
        assert_eq!(evicted_in_transaction(&story([evicted(), evicted(), exec(), exec()])), 1);
        assert_eq!(evicted_in_transaction(&story([evicted(), command(2, "GET k", "_\r\n"), exec()])), 0);
    }

    #[test]
    fn two_who_wait_for_one_key_are_served_in_order() {
        let waiting = || [blocked(1, "BLPOP k 0"), blocked(2, "BLPOP k 1"), blocked(3, "BLPOP other 0")];
        let push = || command(4, "RPUSH k a b", ":2\r\n");
        let both = waiting().into_iter().chain([push(), served(1), served(2)]);
        assert_eq!(served_in_order(&story(both)), 1);
        let apart = waiting().into_iter().chain([push(), served(1), push(), served(2)]);
        assert_eq!(served_in_order(&story(apart)), 0);
        let others = waiting().into_iter().chain([push(), served(1), served(3)]);
        assert_eq!(served_in_order(&story(others)), 0);
    }

    #[test]
    fn what_is_watched_expires() {
        let expired = |key: &str| Event::Expired { db: 0, key: key.as_bytes().to_vec() };
        let watched = |then: Event, reply: &str| {
            story([command(1, "WATCH a b", "+OK\r\n"), then, command(1, "EXEC", reply)])
        };
        assert_eq!(watch_expired(&watched(expired("b"), "_\r\n")), 1);
        assert_eq!(watch_expired(&watched(expired("b"), "*0\r\n")), 0, "it was not refused");
        assert_eq!(watch_expired(&watched(expired("c"), "*-1\r\n")), 0, "another key");
        assert_eq!(watch_expired(&watched(command(1, "UNWATCH", "+OK\r\n"), "_\r\n")), 0);
    }

    #[test]
    fn what_is_under_way_when_a_process_ends() {
        let both = || [blocked(1, "BLPOP k 0"), command(2, "SET a 1", "+QUEUED\r\n")];
        let cut_short = story(both().into_iter().chain([booted()]));
        assert_eq!((waiting_at_the_end(&cut_short), transaction_at_the_end(&cut_short)), (1, 1));
        let last = story(both());
        assert_eq!((waiting_at_the_end(&last), transaction_at_the_end(&last)), (0, 0), "it did not end");
        let over = [served(1), command(2, "EXEC", "*1\r\n+OK\r\n"), booted()];
        let over = story(both().into_iter().chain(over));
        assert_eq!((waiting_at_the_end(&over), transaction_at_the_end(&over)), (0, 0));
    }

    #[test]
    fn an_entry_is_claimed_while_it_is_acknowledged() {
        let operation = |client: &str, from_ns, command: &str, reply: &str| Operation {
            client: client.into(),
            node: "cache".into(),
            invoked_ns: from_ns,
            completed_ns: Some(from_ns + 10),
            command: words(command),
            outcome: Outcome::Reply(reply.as_bytes().to_vec()),
        };
        let count = |claimed_ns, id: &str| {
            let reply = format!("*1\r\n$3\r\n{id}\r\n");
            let operations = vec![
                operation("worker/1", 100, "XACK jobs workers 1-1", ":1\r\n"),
                operation("worker/2", claimed_ns, "XAUTOCLAIM jobs workers worker-2 0 0 JUSTID", &reply),
            ];
            claimed_while_acknowledged(&Evidence { history: History { operations }, ..Evidence::default() })
        };
        assert_eq!((count(95, "1-1"), count(105, "1-1")), (1, 1));
        assert_eq!((count(80, "1-1"), count(120, "1-1"), count(100, "2-2")), (0, 0, 0));
    }
}

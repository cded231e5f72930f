//! Histories told in a short form: `a 1-4 take a1 50` is SET NX with the token `a1` and 50 ms to live, granted; `busy` instead of `take`:
//! refused; `get a1`: read so; `del`: released; `eval a1`: by a script. `?` instead of the second time: never heard of.

use super::*;
use crate::evidence::EventKind;
use crate::evidence::testing::{node_event, operation};
use resplay_base::Random;
use resplay_base::journal::{Entry, Event};
use resplay_history::{Operation, Outcome};

fn told(line: &str) -> Operation {
    let words: Vec<&str> = line.split(' ').collect();
    let (from, to) = words[1].split_once('-').expect("two times");
    let (from, to) = (from.parse().expect("a time"), to.parse().ok());
    let (command, reply) = match words[2..] {
        ["take", token, ttl] => (format!("SET k {token} NX PX {ttl}"), "+OK\r\n".to_string()),
        ["busy", token, ttl] => (format!("SET k {token} PX {ttl} NX"), "_\r\n".to_string()),
        ["get", "-"] => ("GET k".to_string(), "_\r\n".to_string()),
        ["get", token] => ("GET k".to_string(), format!("${}\r\n{token}\r\n", token.len())),
        ["del"] => ("DEL k".to_string(), "+QUEUED\r\n".to_string()),
        ["eval", token] => (format!("EVAL script 1 k {token}"), ":1\r\n".to_string()),
        _ => panic!("{line}"),
    };
    operation(words[0], from, to, &command, &reply)
}

fn evidence(lines: &[&str]) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.history.operations.extend(lines.iter().map(|line| told(line)));
    evidence
}

fn holds(lines: &[&str]) -> bool {
    check(&evidence(lines)).holds
}

#[test]
fn a_lock_that_is_granted_twice_is_found() {
    let verdict = check(&evidence(&["a 1-2 take a1 50", "b 3-4 take b1 50"]));
    let expected = "cache: k: granted to b at 4 ms, while a held it with `a1` from 2 to 50 ms at least";
    assert_eq!(verdict.findings, [expected]);
    assert!(holds(&["a 1-2 take a1 50", "b 3-4 busy b1 50"]));
    assert!(!holds(&["a 1-4 take a1 50", "b 2-3 take b1 50"]), "both at once");
    assert!(!holds(&["a 1-2 take a1 50", "a 3-4 take a2 50"]), "by one client");
    assert!(!holds(&["a 1-2 take a1 90", "b 60-61 take b1 5", "c 70-71 take c1 5"]));
}

#[test]
fn whoever_released_a_lock_or_outstayed_it_holds_it_no_longer() {
    assert!(holds(&[
        "a 1-2 take a1 50",
        "a 10-11 del",
        "b 10-11 take b1 50",
        "b 20-? del",
        "c 21-22 take c1 50"
    ]));
    assert!(holds(&["a 1-2 take a1 50", "a 10-11 eval a1", "b 12-13 take b1 50"]));
    assert!(holds(&["a 1-2 take a1 50", "b 51-52 take b1 50"]), "its time to live is over");
    assert!(!holds(&["a 1-2 take a1 50", "b 40-41 take b1 50"]));
    assert!(holds(&["a 1-60 take a1 50", "b 61-62 take b1 50"]), "it was over when it was granted");
    assert!(holds(&["a 1-2 take a1 50", "a 3-4 get a1", "a 5-5 del", "b 5-6 take b1 50"]));
}

#[test]
fn a_release_is_that_of_the_token_which_was_read() {
    let (taken, again) = ("a 1-2 take a1 50", "b 60-61 take b1 50");
    let pooled = [taken, "p 3-4 get a1", "p 5-6 del", "b 7-8 take b1 50"];
    assert!(holds(&pooled), "another client of a pool");
    assert!(
        !holds(&[taken, "a 40-41 get a1", again, "a 65-66 del", "c 70-71 take c1 50"]),
        "not that of another"
    );
    assert!(!holds(&[taken, again, "a 65-66 eval a1", "c 70-71 take c1 50"]));
    assert!(holds(&[taken, "c 5-6 del", "b 7-8 take b1 50"]), "nobody knows what it meant");
}

#[test]
fn what_was_never_answered_is_no_hold() {
    assert!(holds(&["a 1-? take a1 50", "b 3-4 take b1 50"]));
    let mut failed = evidence(&["a 1-2 take a1 50", "b 3-4 take b1 50"]);
    failed.history.operations[0].outcome = Outcome::Failed("connection refused".into());
    assert!(check(&failed).holds);
}

#[test]
fn a_held_lock_reads_as_its_token() {
    let taken = "a 1-2 take a1 50";
    assert!(holds(&[taken, "b 3-4 get a1", "b 1-9 get -", "b 40-60 get -", "b 60-61 get -"]));
    let verdict = check(&evidence(&[taken, "b 3-4 get -"]));
    let expected = "cache: k: b read nothing at 3 ms, while a held it with `a1` from 2 to 50 ms at least";
    assert_eq!(verdict.findings, [expected]);
    assert!(!holds(&[taken, "b 3-4 get b1"]));
}

#[test]
fn a_hold_ends_with_the_life_of_its_server() {
    let with = |ends: &[(u64, EventKind)], lines: &[&str]| {
        let event = |(ms, kind): &(u64, EventKind)| node_event(*ms, *kind);
        check(&Evidence { events: ends.iter().map(event).collect(), ..evidence(lines) }).holds
    };
    let ends = [(0, EventKind::Started), (10, EventKind::PowerLost), (20, EventKind::Restarted)];
    assert!(with(&ends, &["a 1-2 take a1 50", "b 22-23 take b1 50"]));
    assert!(with(&ends, &["a 9-21 take a1 50", "b 22-23 take b1 50"]), "of which life it was is not known");
    assert!(!with(&ends, &["a 21-22 take a1 50", "b 23-24 take b1 50"]));
    assert!(!with(&ends[..1], &["a 1-2 take a1 50", "b 22-23 take b1 50"]));
}

#[test]
fn what_cannot_be_followed_is_left_alone() {
    let wrong = ["a 1-2 take a1 50", "b 3-4 take b1 50"];
    for other in
        ["SET k x", "EXPIRE k 1", "PEXPIRE k 1", "DEL j k", "EVAL script 2 k j", "FLUSHALL", "SET k x XX"]
    {
        let mut touched = evidence(&wrong);
        touched.history.operations.push(operation("c", 2, Some(3), other, "+OK\r\n"));
        assert!(check(&touched).holds, "{other}");
    }
    let mut set = evidence(&wrong);
    set.set_clocks.insert("cache".into());
    assert!(check(&set).holds);
    let mut evicted = evidence(&wrong);
    let eviction = Event::Evicted { db: 0, key: b"k".to_vec(), used: 1 };
    evicted.journals.insert("cache".into(), vec![Entry { at: resplay_base::WallUs(0), event: eviction }]);
    assert!(check(&evicted).holds);
}

/// Clients of a lock that are granted or refused at some moment of each request. A forgetful lock now and then grants what is held.
fn random(seed: u64, is_forgetful: bool) -> Evidence {
    let mut random = Random::stream(seed, "history");
    let mut evidence = Evidence::default();
    // When each client is free again; who holds the lock until when.
    let (mut free, mut held_until) = ([0u64; 4], 0);
    for round in 0..60 {
        let client = (0..4).min_by_key(|client| free[*client]).expect("four clients");
        let name = format!("c{client}");
        let at = free[client] + random.between(3, 9);
        let times = |random: &mut Random| (at - random.below(3), Some(at + random.below(3)));
        let (from, to) = times(&mut random);
        let token = format!("{client}-{round}");
        let is_granted = held_until <= at || is_forgetful && random.chance(0.1);
        let what = if is_granted { "take" } else { "busy" };
        let mut take = told(&format!("{name} {from}-{} {what} {token} 30", to.expect("a reply")));
        take.completed_ns = take.completed_ns.filter(|_| random.chance(0.9));
        if take.completed_ns.is_none() {
            take.outcome = Outcome::Unknown("no reply in time".into());
        }
        let is_heard = take.completed_ns.is_some();
        evidence.history.operations.push(take);
        free[client] = at + 3;
        if !is_granted {
            continue;
        }
        // It is released in good time, or its time to live ends it.
        let stays = random.between(6, 50);
        held_until = at + 30;
        if stays < 24 && is_heard {
            let released = at + stays;
            let from = released - random.below(3);
            evidence
                .history
                .operations
                .push(told(&format!("{name} {from}-{} del", released + random.below(3))));
            held_until = released;
            free[client] = released + 3;
        }
    }
    evidence
}

#[test]
fn random_histories_of_a_right_lock_hold_and_most_of_a_forgetful_one_do_not() {
    for seed in 0..500 {
        let verdict = check(&random(seed, false));
        assert!(verdict.holds, "seed {seed}: {verdict:?}");
    }
    let found = (0..500).filter(|seed| !check(&random(*seed, true)).holds).count();
    assert!(found > 250, "{found} of 500");
}

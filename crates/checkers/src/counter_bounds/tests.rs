//! Histories told in a short form: `a 1-4 +3=5` is an increment by three that client `a` asked for at 1 ms and heard of at 4 ms, and the
//! counter then stood at 5; `a 1-? +3` was never heard of; `a 1-4 =5` is a read.

use super::*;
use crate::evidence::EventKind;
use crate::evidence::testing::{node_event, operation};
use resplay_base::Random;
use resplay_base::journal::{Entry, Event};
use resplay_history::{Operation, Outcome};

fn told(line: &str) -> Operation {
    let [client, times, what] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
    let (from, to) = times.split_once('-').expect("two times");
    let (from, to) = (from.parse().expect("a time"), to.parse().ok());
    let (by, value) = what.split_once('=').unwrap_or((what, "0"));
    match by {
        "" => operation(client, from, to, "GET n", &format!("${}\r\n{value}\r\n", value.len())),
        by => operation(
            client,
            from,
            to,
            &format!("INCRBY n {}", by.trim_start_matches('+')),
            &format!(":{value}\r\n"),
        ),
    }
}

fn evidence(lines: &[&str]) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.history.operations.extend(lines.iter().map(|line| told(line)));
    evidence
}

/// Started at 0, killed at 100 ms, there again at 200 ms.
fn with_a_crash(lines: &[&str]) -> Evidence {
    let kinds = [(0, EventKind::Started), (100, EventKind::PowerLost), (200, EventKind::Restarted)];
    Evidence { events: kinds.map(|(ms, kind)| node_event(ms, kind)).to_vec(), ..evidence(lines) }
}

fn holds(lines: &[&str]) -> bool {
    check(&evidence(lines)).holds
}

#[test]
fn what_was_acknowledged_is_in_and_what_was_not_sent_is_not() {
    assert!(holds(&["a 1-2 +3=3", "b 3-4 =3", "b 5-6 -5=-2", "a 7-8 =-2"]));
    let verdict = check(&evidence(&["a 1-2 +3=3", "b 3-4 =0"]));
    assert_eq!(verdict.findings, ["cache: n: b at 3 ms saw 0, where 3 was possible"]);
    assert!(!holds(&["a 1-2 +3=3", "b 3-4 =6"]), "it took place twice");
    assert!(!holds(&["a 1-2 =3", "b 3-4 +3=3"]), "it is seen before it was asked for");
    assert!(!holds(&["a 1-2 -3=-3", "b 3-4 =0"]) && !holds(&["a 1-2 -3=-3", "b 3-4 =-6"]));
}

#[test]
fn an_increment_is_certain_to_itself() {
    assert!(!holds(&["a 1-2 +3=0"]) && !holds(&["a 1-2 -3=0"]) && !holds(&["a 1-2 +3=4"]));
    assert!(!holds(&["a 1-4 +3=3", "b 1-4 +2=1"]));
}

#[test]
fn what_is_under_way_may_be_in_or_not() {
    for value in 0..=8 {
        let read = format!("c 2-3 ={value}");
        let is_possible = (0..=5).contains(&value);
        assert_eq!(holds(&["a 1-4 +3=3", "b 1-4 +2=5", &read]), is_possible, "{value}");
    }
    for value in -4..=4 {
        let read = format!("c 2-3 ={value}");
        assert_eq!(holds(&["a 1-4 +2=2", "b 1-4 -3=-1", &read]), (-3..=2).contains(&value), "{value}");
    }
    assert!(holds(&["a 1-2 +3=3", "b 2-3 =0"]), "one begins when the other ends");
}

#[test]
fn what_nobody_heard_of_may_take_place_at_any_later_time() {
    let lost = "a 1-? +3";
    assert!(holds(&[lost, "b 50-51 =0", "b 90-91 =3"]));
    assert!(!holds(&[lost, "b 90-91 =6"]) && !holds(&["b 0-0 =3", lost]));
}

#[test]
fn errors_and_what_was_never_sent_have_no_effect() {
    let mut refused = evidence(&["a 1-2 +3=3", "b 5-6 =3"]);
    refused.history.operations.push(operation("c", 3, Some(4), "INCRBY n 5", "-OOM command not allowed\r\n"));
    assert!(check(&refused).holds);
    refused.history.operations[2].outcome = Outcome::Failed("connection refused".into());
    assert!(check(&refused).holds);
    refused.history.operations[2].outcome = Outcome::Reply(b":8\r\n".to_vec());
    assert!(!check(&refused).holds);
}

#[test]
fn fields_of_a_hash_count_each_by_itself() {
    let story = |value: &str| {
        let mut evidence = Evidence::default();
        evidence.history.operations = vec![
            operation("a", 1, Some(2), "HINCRBY h f -4", ":-4\r\n"),
            operation("a", 3, Some(4), "HINCRBY h g 9", ":9\r\n"),
            operation("b", 5, Some(6), "HGET h f", &format!("${}\r\n{value}\r\n", value.len())),
            operation("b", 7, Some(8), "HGET h other", "_\r\n"),
        ];
        check(&evidence)
    };
    assert!(story("-4").holds);
    assert_eq!(story("5").findings, ["cache: h, field f: b at 5 ms saw 5, where -4 was possible"]);
    assert!(story("x").findings[0].ends_with("which is no number"), "{:?}", story("x"));
}

#[test]
fn a_crash_takes_back_what_it_likes_but_invents_nothing() {
    let before = ["a 10-11 +3=3", "a 20-21 +5=8", "a 30-31 -1=7"];
    for back in -2..=9 {
        let read = format!("b 210-211 ={back}");
        let lines = [before[0], before[1], before[2], &read];
        assert_eq!(check(&with_a_crash(&lines)).holds, (-1..=8).contains(&back), "{back}");
    }
}

#[test]
fn after_a_crash_one_beginning_explains_all_that_is_read() {
    let with =
        |first: &str, second: &str| check(&with_a_crash(&["a 10-11 +3=3", first, "b 220-221 +1=2", second]));
    assert!(with("b 210-211 =1", "b 230-231 =2").holds);
    assert!(!with("b 210-211 =0", "b 230-231 =2").holds, "from nothing one increment makes no two");
    assert!(!with("b 210-211 =1", "b 230-231 =3").holds, "the increment took place twice");
}

#[test]
fn what_spans_a_crash_belongs_to_either_life() {
    for value in ["0", "3"] {
        assert!(check(&with_a_crash(&["a 90-210 +3=3", &format!("b 220-221 ={value}")])).holds);
        assert!(check(&with_a_crash(&["a 90-? +3", &format!("b 220-221 ={value}")])).holds);
    }
    assert!(!check(&with_a_crash(&["a 90-210 +3=3", "b 220-221 =7"])).holds);
}

#[test]
fn what_cannot_be_followed_is_left_alone() {
    let wrong = ["a 1-2 +3=3", "b 3-4 =0"];
    assert!(!holds(&wrong));
    for other in ["SET n 0", "EXPIRE n 1", "RENAME m n", "DEL n", "FLUSHALL", "INCRBY n x"] {
        let mut touched = evidence(&wrong);
        touched.history.operations.push(operation("c", 2, Some(3), other, "+OK\r\n"));
        assert!(check(&touched).holds, "{other}");
    }
    let mut queued = evidence(&wrong);
    queued.history.operations.push(operation("c", 2, Some(3), "INCR n", "+QUEUED\r\n"));
    assert!(check(&queued).holds);
    let mut evicted = evidence(&wrong);
    let eviction = Event::Evicted { db: 0, key: b"n".to_vec(), used: 1 };
    evicted.journals.insert("cache".into(), vec![Entry { at: resplay_base::WallUs(0), event: eviction }]);
    assert!(check(&evicted).holds);
}

/// What goes wrong in a random history.
#[derive(Clone, Copy, PartialEq)]
enum Flaw {
    None,
    /// One acknowledged increment has no effect.
    Lost,
    /// One increment takes place twice.
    Twice,
}

/// Clients of a counter that does all at once at some moment of each request, and a crash that takes back some of it. With a flaw, all
/// rest for a moment after it and one looks.
fn random(seed: u64, flaw: Flaw) -> Evidence {
    let mut random = Random::stream(seed, "history");
    let mut asked: Vec<(u64, u64, u64, i64, bool)> = Vec::new();
    for _ in 0..4 {
        let mut at = random.below(5);
        for _ in 0..10 {
            let (from, to) = (at, at + random.below(9));
            let is_heard = random.chance(0.9);
            let by = if random.chance(0.3) { 0 } else { random.below(9) as i64 - 3 };
            asked.push((random.between(from, to), from, to, if is_heard { by } else { by.max(1) }, is_heard));
            at = to + random.below(6);
        }
    }
    asked.sort_unstable();
    let unlucky = asked.iter().position(|(.., by, is_heard)| *by != 0 && *is_heard);
    let mut value = 0;
    let mut evidence = Evidence::default();
    for (index, (_, from, to, by, is_heard)) in asked.iter().enumerate() {
        let times = match (flaw, unlucky == Some(index)) {
            (Flaw::Lost, true) => 0,
            (Flaw::Twice, true) => 2,
            _ => i64::from(*is_heard || random.chance(0.5)),
        };
        value += by * times;
        let reply =
            if flaw == Flaw::None || unlucky != Some(index) { value } else { value - by * (times - 1) };
        let to = is_heard.then_some(*to);
        let (command, reply) = match by {
            0 => ("GET n".to_string(), format!("${}\r\n{reply}\r\n", reply.to_string().len())),
            by => (format!("INCRBY n {by}"), format!(":{reply}\r\n")),
        };
        evidence.history.operations.push(operation(&format!("c{index}"), *from, to, &command, &reply));
    }
    evidence
}

#[test]
fn random_histories_of_a_right_counter_hold() {
    for seed in 0..500 {
        let verdict = check(&random(seed, Flaw::None));
        assert!(verdict.holds, "seed {seed}: {verdict:?}");
    }
}

#[test]
fn most_random_histories_of_a_wrong_counter_do_not() {
    for flaw in [Flaw::Lost, Flaw::Twice] {
        let found = (0..500).filter(|seed| !check(&random(*seed, flaw)).holds).count();
        assert!(found > 250, "{found} of 500");
    }
}

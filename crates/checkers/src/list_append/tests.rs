//! Histories told in a short form: `k+1=1` is RPUSH of 1 to k, and the list is then one long; `k=1,2` is a read.

use super::*;
use crate::evidence::EventKind;
use crate::evidence::testing::{node_event, operation};
use resplay_base::journal::Event;
use resplay_history::Operation;

/// A history in the making. Times are in milliseconds.
#[derive(Default)]
struct Told(Evidence);

/// How EXEC ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Done,
    Refused,
    Unheard,
}

fn command(step: &str) -> (String, String) {
    let bulk = |word: &str| format!("${}\r\n{word}\r\n", word.len());
    match step.split_once('+') {
        Some((key, rest)) => {
            let (elements, length) = rest.split_once('=').unwrap_or((rest, ""));
            (format!("RPUSH {key} {}", elements.replace(',', " ")), format!(":{length}\r\n"))
        }
        None => {
            let (key, list) = step.split_once('=').expect("a read");
            let items: Vec<String> = list.split(',').filter(|item| !item.is_empty()).map(bulk).collect();
            (format!("LRANGE {key} 0 -1"), format!("*{}\r\n{}", items.len(), items.concat()))
        }
    }
}

impl Told {
    fn operation(mut self, client: &str, (from, to): (u64, u64), words: &str, reply: Option<&str>) -> Told {
        let to = reply.map(|_| to);
        self.0.history.operations.push(operation(client, from, to, words, reply.unwrap_or_default()));
        self
    }

    /// One command by itself; up to the end of time: no reply.
    fn single(self, client: &str, times: (u64, u64), step: &str) -> Told {
        let (words, reply) = command(step);
        self.operation(client, times, &words, (times.1 < u64::MAX).then_some(&reply))
    }

    /// MULTI, these steps and EXEC in one go.
    fn multi(self, client: &str, times: (u64, u64), steps: &str, end: End) -> Told {
        let steps: Vec<(String, String)> = steps.split(' ').map(command).collect();
        let told = self.operation(client, times, "MULTI", Some("+OK\r\n"));
        let told = steps
            .iter()
            .fold(told, |told, (words, _)| told.operation(client, times, words, Some("+QUEUED\r\n")));
        let replies: String = steps.iter().map(|(_, reply)| reply.as_str()).collect();
        match end {
            End::Done => {
                told.operation(client, times, "EXEC", Some(&format!("*{}\r\n{replies}", steps.len())))
            }
            End::Refused => told.operation(client, times, "EXEC", Some("_\r\n")),
            End::Unheard => told.operation(client, times, "EXEC", None),
        }
    }

    fn done(self, client: &str, times: (u64, u64), steps: &str) -> Told {
        self.multi(client, times, steps, End::Done)
    }

    fn node(mut self, ms: u64, kind: EventKind) -> Told {
        self.0.events.push(node_event(ms, kind));
        self
    }

    fn findings(&self) -> Vec<String> {
        check(&self.0).findings
    }

    fn holds(&self) {
        assert_eq!(self.findings(), Vec::<String>::new());
    }

    /// The first finding begins so.
    fn breaks(&self, name: &str) {
        let findings = self.findings();
        let found = findings.first().unwrap_or_else(|| panic!("{name} was not found"));
        assert!(found.contains(&format!(": {name}")), "{found}");
    }
}

fn told() -> Told {
    Told::default()
}

#[test]
fn transactions_that_have_an_order_hold() {
    told()
        .done("a", (1, 4), "x+1=1 y+1=1")
        .done("b", (2, 6), "x=1 y=1 x+2=2 x=1,2")
        .single("c", (3, 5), "x=")
        .single("c", (7, 8), "x=1,2")
        .holds();
    told().single("a", (1, 2), "x+1,2=2").single("a", (3, 4), "x=1,2").holds();
}

#[test]
fn g0_appends_that_interleave() {
    let both = told().done("a", (1, 9), "x+1=1 y+1=2").done("b", (1, 9), "x+2=2 y+2=1");
    both.breaks("G0: ");
}

#[test]
fn g1a_what_was_aborted_is_read() {
    let refused = told().multi("a", (1, 2), "x+1=", End::Refused);
    refused.single("b", (3, 4), "x=1").breaks("G1a");
    told().operation("a", (1, 2), "RPUSH x 1", Some("-OOM\r\n")).single("b", (3, 4), "x=1").breaks("G1a");
}

#[test]
fn g1b_half_of_a_transaction_is_read() {
    told().done("a", (1, 9), "x+1=1 x+2=2").single("b", (2, 3), "x=1").breaks("G1b");
    told().done("a", (1, 9), "x+1=1 x+2=2").single("b", (2, 3), "x=1,2").holds();
}

#[test]
fn g1c_two_transactions_see_each_other() {
    told().done("a", (1, 9), "x+1=1 y=1").done("b", (1, 9), "y+1=1 x=1").breaks("G1c: ");
}

#[test]
fn g_single_a_read_misses_one_of_two_appends() {
    told().done("a", (1, 9), "x+1=1 y+1=1").done("b", (1, 9), "x=1 y=").breaks("G-single: ");
}

#[test]
fn g2_two_transactions_miss_each_other() {
    told().done("a", (1, 9), "x= y+1=1").done("b", (1, 9), "y= x+1=1").breaks("G2: ");
}

#[test]
fn who_begins_when_another_has_ended_comes_after_it() {
    told().single("a", (1, 2), "x+1=1").single("b", (3, 4), "x=").breaks("G-single-realtime");
    told().single("a", (1, 2), "x+1=1").single("b", (2, 4), "x=").holds();
    told().single("a", (1, 2), "x+1=2").single("b", (3, 4), "x+2=1").breaks("G1c-realtime");
}

#[test]
fn lists_that_disagree_or_hold_what_nobody_appended() {
    let two = || told().single("a", (1, 9), "x+1=1").single("b", (1, 9), "x+2=2");
    two().single("c", (1, 9), "x=2,1").breaks("c at 1 ms: incompatible order");
    two().single("c", (1, 9), "x=1,1").breaks("c at 1 ms: duplicate element");
    two().single("c", (1, 9), "x=1,7").breaks("c at 1 ms: garbage read");
    told().single("a", (1, 9), "x+1=1").single("b", (1, 9), "x+2=1").breaks("b at 1 ms: incompatible order");
    told().done("a", (1, 9), "x+1=1 x=").breaks("a at 1 ms: internal");
    two().done("c", (1, 9), "x=1 x=1,2").breaks("c at 1 ms: internal");
}

#[test]
fn an_unknown_outcome_may_have_been_either_but_not_half() {
    let unheard = || told().multi("a", (1, 9), "x+1= y+1=", End::Unheard);
    unheard().single("b", (20, 21), "x=").holds();
    unheard().done("b", (20, 21), "x=1 y=1").holds();
    unheard().done("b", (20, 21), "x=1 y=").breaks("G-single: ");
    let never = (1, u64::MAX);
    told().single("a", never, "x+1=").single("b", (20, 21), "x=").single("b", (30, 31), "x=1").holds();
}

#[test]
fn what_was_read_under_watch_is_part_of_the_transaction() {
    let story = |read: &str, end| {
        let other = told().single("b", (3, 4), "x+1=1");
        let watch = other.operation("a", (1, 2), "WATCH x", Some("+OK\r\n"));
        watch.single("a", (2, 3), read).multi("a", (5, 6), "x+2=2", end)
    };
    story("x=", End::Done).breaks("G-single");
    story("x=", End::Refused).holds();
    story("x=", End::Unheard).holds();
    story("x=", End::Unheard).single("c", (7, 8), "x=1,2").breaks("G-single");
    story("x=1", End::Done).holds();
    let unwatched = told().single("b", (3, 4), "x+1=1").single("a", (2, 3), "x=").done("a", (5, 6), "x+2=2");
    unwatched.holds();
}

#[test]
fn a_connection_that_died_takes_its_transaction_along() {
    let begun = || {
        let told = told().operation("a", (1, 2), "MULTI", Some("+OK\r\n"));
        told.operation("a", (3, 3), "RPUSH x 1", None)
    };
    begun().single("a", (5, 6), "x+2=1").single("b", (7, 8), "x=2").holds();
    begun().single("a", (5, 6), "x+2=2").single("b", (7, 8), "x=1,2").breaks("G1a");
}

#[test]
fn each_life_of_a_server_begins_with_what_its_files_kept() {
    let crashed = || {
        let told =
            told().node(0, EventKind::Started).single("a", (1, 2), "x+1=1").single("a", (3, 4), "x+2=2");
        told.node(10, EventKind::Crashed).node(20, EventKind::Restarted)
    };
    crashed()
        .single("b", (30, 31), "x=1")
        .single("a", (32, 33), "x+3=2")
        .single("b", (34, 35), "x=1,3")
        .holds();
    let late = crashed().single("a", (32, 33), "x+3=1").single("b", (34, 35), "x=3,1");
    late.breaks("b at 34 ms: incompatible order");
    crashed().single("a", (32, 33), "x+3=3").single("b", (34, 35), "x=1,2").breaks("G-single-realtime");
    crashed().single("b", (5, 6), "x=1,2,3").single("a", (32, 33), "x+3=3").breaks("b at 5 ms: 3 in x was");
    let in_doubt = crashed().single("a", (9, u64::MAX), "x+3=");
    in_doubt.single("b", (30, 31), "x=1,2").single("b", (32, 33), "x=1,2,3").holds();
}

#[test]
fn lists_that_are_changed_otherwise_are_left_alone() {
    let wrong = || told().single("a", (1, 2), "x+1=1").single("b", (3, 4), "x=");
    wrong().breaks("G-single-realtime");
    for other in ["DEL x", "LPOP x", "LRANGE x 0 5", "MSET y 1 x 2", "FLUSHALL"] {
        wrong().operation("c", (1, 9), other, Some(":1\r\n")).holds();
    }
    wrong().single("c", (1, 9), "x+1=2").holds();
    let mut evicted = wrong();
    let event = Event::Evicted { db: 0, key: b"x".to_vec(), used: 1 };
    let entry = resplay_base::journal::Entry { at: resplay_base::WallUs(0), event };
    evicted.0.journals.insert("cache".into(), vec![entry]);
    evicted.holds();
}

#[test]
fn replies_in_another_order_are_the_same_history() {
    let told = told().multi("a", (1, 2), "x+1= y+1=", End::Unheard).done("a", (5, 6), "x+2=2 y+2=2");
    let mut told = told.single("b", (7, 8), "x=1,2");
    told.holds();
    let is_unknown = |operation: &Operation| operation.completed_ns.is_none();
    told.0.history.operations.sort_by_key(is_unknown);
    told.holds();
}

#[test]
fn a_greeting_comes_before_what_it_was_sent_for() {
    let greeted = |told: Told| told.operation("a", (2, 3), "HELLO 3", Some("%0\r\n"));
    let multi = greeted(told()).operation("a", (1, 4), "MULTI", Some("+OK\r\n"));
    let queued = multi.operation("a", (5, 6), "RPUSH x 1", Some("+QUEUED\r\n"));
    queued.single("b", (7, 8), "x=").operation("a", (7, 9), "EXEC", Some("*1\r\n:1\r\n")).holds();
    let watch = greeted(told()).operation("a", (1, 4), "WATCH x", Some("+OK\r\n")).single("a", (5, 6), "x=");
    watch.single("b", (7, 8), "x+1=1").done("a", (9, 10), "x+2=2").breaks("G-single");
}

use super::*;
use crate::evidence::EventKind;
use crate::evidence::Slow;
use crate::evidence::testing::{READY, Story};
use resplay_base::journal::Event;

const ALWAYS: &[(&str, &str)] = &[("appendonly", "yes"), ("appendfsync", "always")];
const EVERYSEC: &[(&str, &str)] = &[("appendonly", "yes"), ("appendfsync", "everysec")];
const NO: &[(&str, &str)] = &[("appendonly", "yes"), ("appendfsync", "no")];

/// Three writes, at 1,000, 2,500 and 2,900 ms, and an end at 3,000 ms.
fn three_writes(config: &[(&str, &str)]) -> Story {
    let first = Story::new(config).at(1_000).acknowledged("SET a 1", "+OK\r\n");
    let second = first.at(2_500).acknowledged("SET b 2", "+OK\r\n");
    second.at(2_900).acknowledged("INCR a", ":2\r\n").at(3_000)
}

const ALL: &[&str] = &["SET a 1", "SET b 2", "INCR a"];

fn judged(config: &[(&str, &str)], end: EventKind, kept: usize) -> (bool, String) {
    let verdict = check(&three_writes(config).restarted(end, &ALL[..kept]).evidence());
    (verdict.holds, verdict.detail)
}

fn line(lost: &str, beyond: usize) -> String {
    format!("lost {lost}, {beyond} beyond the promise")
}

#[test]
fn always_loses_nothing_at_power_loss() {
    assert_eq!(judged(ALWAYS, EventKind::PowerLost, 3), (true, line("0 acknowledged writes", 0)));
    let lost = "1 acknowledged write (oldest 100 ms before the crash)";
    assert_eq!(judged(ALWAYS, EventKind::PowerLost, 2), (false, line(lost, 1)));
}

#[test]
fn everysec_may_lose_the_last_second() {
    let two = "2 acknowledged writes (oldest 500 ms before the crash)";
    assert_eq!(judged(EVERYSEC, EventKind::PowerLost, 1), (true, line(two, 0)));
    let three = "3 acknowledged writes (oldest 2000 ms before the crash)";
    assert_eq!(judged(EVERYSEC, EventKind::PowerLost, 0), (false, line(three, 1)));
}

#[test]
fn everysec_may_lose_all_since_the_last_sync_began_that_is_over() {
    let holds = |slow: &dyn Fn(Story) -> Story| {
        check(&slow(three_writes(EVERYSEC)).restarted(EventKind::PowerLost, &[]).evidence()).holds
    };
    assert!(holds(&|story| story.slow_since(500, Slow::Sync)));
    assert!(!holds(&|story| story.slow_since(1_600, Slow::Sync)), "it had what was written before it began");
    assert!(
        holds(&|story| story.hanging_since(1_600, Slow::Sync)),
        "the one before it may be a second older"
    );
    assert!(!holds(&|story| story.hanging_since(2_700, Slow::Sync)));
    assert!(holds(&|story| story.slow_since(1_600, Slow::Append)), "no sync begins while an append hangs");
}

#[test]
fn no_may_lose_anything_and_so_may_a_server_without_a_file() {
    assert!(judged(NO, EventKind::PowerLost, 0).0);
    assert!(judged(&[], EventKind::Crashed, 0).0);
}

#[test]
fn a_killed_process_loses_nothing_under_any_policy() {
    for config in [ALWAYS, EVERYSEC, NO] {
        assert!(judged(config, EventKind::Crashed, 3).0);
        assert!(!judged(config, EventKind::Crashed, 2).0);
    }
}

#[test]
fn a_server_without_a_file_comes_back_with_its_last_snapshot() {
    let story = |loaded: &[&str]| {
        let story = Story::new(&[]).at(1).acknowledged("SET a 1", "+OK\r\n").at(2).logged("DB saved on disk");
        let story = story.at(3).acknowledged("SET a 2", "+OK\r\n").at(4);
        check(&story.restarted(EventKind::PowerLost, loaded).evidence())
    };
    let lost = "1 acknowledged write (oldest 1 ms before the crash)";
    assert_eq!(story(&["SET a 1"]).detail, line(lost, 0));
    assert!(story(&["SET a 1"]).holds);
    for never in [&[][..], &["SET b 1"]] {
        assert!(story(never).findings[0].contains("not the last snapshot"), "{never:?}");
    }
}

#[test]
fn what_nobody_heard_of_is_no_loss() {
    let story = Story::new(ALWAYS).at(10).command("SET a 1", "+OK\r\n").at(11);
    let verdict = check(&story.restarted(EventKind::PowerLost, &[]).evidence());
    assert_eq!((verdict.holds, verdict.detail), (true, line("0 acknowledged writes", 0)));
}

#[test]
fn a_write_missing_from_the_middle_is_nothing_that_ever_was() {
    let story = three_writes(NO).restarted(EventKind::PowerLost, &["SET a 1", "INCR a"]);
    let verdict = check(&story.evidence());
    assert!(!verdict.holds);
    assert!(verdict.findings[0].contains("nothing that the node ever had"));
}

#[test]
fn what_a_disk_that_reorders_leaves_of_a_log_may_read_as_anything() {
    let judged = |end, reorders: bool| {
        let mut evidence = three_writes(NO).restarted(end, &["SET a 1", "SET b \0"]).evidence();
        evidence.reordering.extend(reorders.then(|| "cache".to_owned()));
        check(&evidence).holds
    };
    assert!(judged(EventKind::PowerLost, true));
    assert!(!judged(EventKind::PowerLost, false) && !judged(EventKind::Crashed, true));
}

#[test]
fn equal_values_do_not_hide_an_older_cut() {
    let story = Story::new(NO).at(1).acknowledged("SET a 1", "+OK\r\n").acknowledged("SET b 1", "+OK\r\n");
    let story = story.at(2).acknowledged("SET a 2", "+OK\r\n").acknowledged("SET b 2", "+OK\r\n");
    let story = story.at(3).acknowledged("SET a 1", "+OK\r\n").at(4);
    let verdict = check(&story.restarted(EventKind::PowerLost, &["SET a 1", "SET b 1"]).evidence());
    assert_eq!(verdict.detail, line("3 acknowledged writes (oldest 2 ms before the crash)", 0));
}

#[test]
fn a_transaction_is_lost_as_one_and_flushes_count() {
    let story = Story::new(ALWAYS).at(1).acknowledged("SET a 1", "+OK\r\n").command("MULTI", "+OK\r\n");
    let story = story.command("SET a 2", "+QUEUED\r\n").command("SET b 2", "+QUEUED\r\n");
    let story = story.acknowledged("EXEC", "*2\r\n+OK\r\n+OK\r\n").acknowledged("FLUSHALL", "+OK\r\n").at(2);
    let verdict = check(&story.restarted(EventKind::PowerLost, &["SET a 1"]).evidence());
    assert_eq!(verdict.detail, line("2 acknowledged writes (oldest 1 ms before the crash)", 2));
}

#[test]
fn what_a_transaction_makes_after_its_flush_counts() {
    let story = Story::new(ALWAYS).at(1).command("MULTI", "+OK\r\n").command("FLUSHALL", "+QUEUED\r\n");
    let story = story.command("SET c 1", "+QUEUED\r\n").acknowledged("EXEC", "*2\r\n+OK\r\n+OK\r\n").at(2);
    let verdict = check(&story.restarted(EventKind::PowerLost, &["SET c 1"]).evidence());
    assert_eq!((verdict.holds, verdict.detail), (true, line("0 acknowledged writes", 0)));
}

#[test]
fn the_reply_to_a_write_that_changed_nothing_is_not_heard_for_another() {
    let story =
        Story::new(ALWAYS).at(1).acknowledged("SET a 1", "+OK\r\n").acknowledged("SET a 1", "+OK\r\n");
    let story = story.acknowledged("DEL a", ":1\r\n").command("SET a 1", "+OK\r\n").at(2);
    let verdict = check(&story.restarted(EventKind::PowerLost, &["SET a 1", "DEL a"]).evidence());
    assert_eq!((verdict.holds, verdict.detail), (true, line("0 acknowledged writes", 0)));
}

#[test]
fn clients_may_come_while_files_are_loaded() {
    let story = three_writes(ALWAYS).ended(EventKind::PowerLost).started_again();
    let story = story.loaded("SET a 1").event(Event::Connected { session: 7 }).command("MULTI", "+OK\r\n");
    let story =
        story.loaded("SET b 2").command("SET c 1", "-LOADING Valkey is loading the dataset in memory\r\n");
    let story = story.command("EXEC", "-EXECABORT Transaction discarded because of previous errors.\r\n");
    let evidence = story.loaded("INCR a").logged(READY).evidence();
    assert_eq!(check(&evidence).detail, line("0 acknowledged writes", 0));
}

#[test]
fn a_server_that_never_came_back_shows_nothing() {
    let mut evidence = three_writes(ALWAYS).restarted(EventKind::PowerLost, &[]).evidence();
    let log = evidence.logs.get_mut("cache").expect("it has a log");
    assert!(log.pop().is_some_and(|said| said.text.starts_with("Ready")));
    assert_eq!(check(&evidence).detail, line("0 acknowledged writes", 0));
}

#[test]
fn a_power_failure_takes_from_a_machine_whose_server_was_killed_before() {
    let killed = || three_writes(EVERYSEC).ended(EventKind::Crashed);
    assert!(check(&killed().restarted(EventKind::PowerLost, &ALL[..1]).evidence()).holds);
    assert!(!check(&killed().started_with(&ALL[..1]).evidence()).holds, "a kill alone takes nothing");
}

#[test]
fn a_life_that_ended_at_once_is_a_life() {
    let twice = || {
        let story = three_writes(ALWAYS).ended(EventKind::PowerLost).started_again();
        story.ended(EventKind::Crashed).at(9_000)
    };
    assert!(!check(&twice().started_with(&[]).evidence()).holds, "the first life lost everything");
    assert!(check(&twice().started_with(ALL).evidence()).holds);
}

#[test]
fn an_append_only_file_that_is_not_read_promises_nothing() {
    let story = |booted| Story::new(&[("appendonly", booted), ("appendfsync", "always")]);
    let lost = |story: Story| {
        let story = story.at(1).acknowledged("CONFIG SET appendonly yes", "+OK\r\n");
        check(&story.at(2).acknowledged("SET a 1", "+OK\r\n").restarted(EventKind::Crashed, &[]).evidence())
    };
    assert!(lost(story("no")).holds, "the next process was told of none");
    assert!(!lost(story("yes")).holds);
}

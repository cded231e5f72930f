//! The judge finds the museum's bugs, and says how to see them again.

use resplay_harness::cuts::CutRequest;
use resplay_harness::{Outcome, Request, Scenario, Verdict, run};

fn crash_mid_aof(seed: u64, bugs: &[String]) -> Outcome {
    let text = include_str!("../../../scenarios/persistence/crash-mid-aof.toml");
    let scenario =
        Scenario::parse("scenarios/persistence/crash-mid-aof.toml", text).expect("a sound scenario");
    let request = Request {
        scenario: &scenario,
        variant: Some("always"),
        sets: &[],
        seed,
        bugs,
        cuts: CutRequest::default(),
    };
    run(&request).expect("a known variant and bug")
}

/// Within so many seeds the bug must show: what the crash leaves is drawn, so one seed may hide it.
const SEEDS: u64 = 10;

#[test]
fn a_server_that_acknowledges_before_the_fsync_is_found_by_the_ledger() {
    let bugs = ["ack-before-fsync".to_string()];
    let outcomes = (1..=SEEDS).map(|seed| crash_mid_aof(seed, &bugs));
    let found = outcomes.into_iter().find(|outcome| !outcome.checks["promise-ledger"]);
    let outcome = found.expect("the ledger finds the bug within ten seeds");
    println!("{}\n{}", outcome.why.join("\n"), outcome.reproduction());
    assert_eq!(outcome.verdict, Verdict::Fail);
    assert!(outcome.why.iter().any(|line| line.contains("appendfsync always promises to keep all")));
    let file = "resplay run scenarios/persistence/crash-mid-aof.toml --variant always";
    assert_eq!(outcome.reproduction(), format!("{file} --seed {} --bug ack-before-fsync", outcome.seed));
}

#[test]
fn without_the_bug_the_ledger_holds() {
    for seed in 1..=SEEDS {
        let outcome = crash_mid_aof(seed, &[]);
        assert_eq!(outcome.verdict, Verdict::Pass, "{:?}", outcome.why);
    }
}

#[test]
fn an_unknown_bug_is_a_mistake() {
    let scenario =
        Scenario::parse("t", "title = \"t\"\nlesson = \"l\"\nduration = \"1s\"\nnodes = {}\n").unwrap();
    let bugs = ["ack-before-sync".to_string()];
    let request = Request {
        scenario: &scenario,
        variant: None,
        sets: &[],
        seed: 1,
        bugs: &bugs,
        cuts: CutRequest::default(),
    };
    assert!(run(&request).unwrap_err().to_string().contains("ack-before-sync"));
}

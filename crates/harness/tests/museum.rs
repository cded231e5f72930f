//! The judge finds the museum's bugs, and says how to see them again.

use resplay_harness::{Outcome, Request, Scenario, Verdict, run};

fn crash_mid_aof(seed: u64, bugs: &[String]) -> Outcome {
    let text = include_str!("../../../scenarios/persistence/crash-mid-aof.toml");
    let scenario =
        Scenario::parse("scenarios/persistence/crash-mid-aof.toml", text).expect("a sound scenario");
    let request = Request { scenario: &scenario, variant: Some("always"), sets: &[], seed, bugs };
    run(&request).expect("a known variant and bug")
}

#[test]
fn a_server_that_acknowledges_before_the_fsync_is_found_by_the_ledger() {
    let outcome = crash_mid_aof(1, &["ack-before-fsync".to_string()]);
    println!("{}\n{}", outcome.why.join("\n"), outcome.reproduction());
    assert_eq!(outcome.verdict, Verdict::Fail);
    assert!(!outcome.checks["promise-ledger"], "{:?}", outcome.why);
    let line = "resplay run scenarios/persistence/crash-mid-aof.toml --variant always --seed 1 --bug ack-before-fsync";
    assert_eq!(outcome.reproduction(), line);
}

#[test]
fn without_the_bug_the_ledger_holds() {
    let outcome = crash_mid_aof(1, &[]);
    assert_eq!(outcome.verdict, Verdict::Pass, "{:?}", outcome.why);
}

#[test]
fn an_unknown_bug_is_a_mistake() {
    let scenario =
        Scenario::parse("t", "title = \"t\"\nlesson = \"l\"\nduration = \"1s\"\nnodes = {}\n").unwrap();
    let bugs = ["ack-before-sync".to_string()];
    let request = Request { scenario: &scenario, variant: None, sets: &[], seed: 1, bugs: &bugs };
    assert!(run(&request).unwrap_err().to_string().contains("ack-before-sync"));
}

//! Crash cuts: a sound server holds at each of them, each bug of the museum is found by them, and what they find can
//! be shown again and kept.

use resplay_harness::cuts::{CutName, CutRequest, keep};
use resplay_harness::{Outcome, Request, Scenario, Verdict, run};

/// Two seconds of a few writes, in transactions and alone.
const SMALL: &str = r#"
title = "Small"
lesson = "A few writes."
duration = "2s"
[nodes.cache]
config = { appendonly = "yes", appendfsync = "always" }
[apps.ledger]
kind = "ledger-writer"
clients = 3
rate = "12/s"
keys = 2
[apps.ring]
kind = "ring"
clients = 2
rate = "4/s"
size = 4
[cuts]
states = 40
images = 300
[variants.everysec]
"nodes.cache.config.appendfsync" = "everysec"
[variants.no]
"nodes.cache.config.appendfsync" = "no"
[variants.upgrade]
"nodes.cache.files" = { "appendonly.aof" = "*3\r\n$3\r\nSET\r\n$3\r\nold\r\n$5\r\nvalue\r\n*3\r\n$5\r\nRPUSH\r\n$5\r\nqueue\r\n$3\r\njob\r\n" }
[variants.refuse]
"nodes.cache.config.aof-load-truncated" = "no"
[variants.reorder]
"nodes.cache.config.appendfsync" = "no"
"nodes.cache.disk.reorder" = true
[variants.power]
"faults.power" = { at = "1s", power-loss = { node = "cache", restart-after = "200ms" } }
[variants.killed]
"nodes.cache.config.appendfsync" = "everysec"
"faults.kill" = { at = "1s", crash = { node = "cache", restart-after = "200ms" } }
[variants.rewrite]
"faults.rewrite" = { at = "1s", operator = { node = "cache", run = "BGREWRITEAOF" } }
[variants.lying]
"faults.lie" = { at = "0s", lying-fsync = { node = "cache" } }
"cuts.expect" = "violated"
"#;

fn small() -> Scenario {
    Scenario::parse("small.toml", SMALL).expect("a sound scenario")
}

fn outcome_of(scenario: &Scenario, variant: Option<&str>, bugs: &[&str], cuts: CutRequest<'_>) -> Outcome {
    let bugs: Vec<String> = bugs.iter().map(|bug| bug.to_string()).collect();
    let request = Request { scenario, variant, sets: &[], seed: 1, bugs: &bugs, cuts };
    run(&request).expect("a known variant and bug")
}

fn outcome(variant: Option<&str>, bugs: &[&str]) -> Outcome {
    outcome_of(&small(), variant, bugs, CutRequest::default())
}

/// A row of the report's table by its kind, as printed.
fn row(outcome: &Outcome, kind: &str) -> Vec<u64> {
    let table = outcome.cuts.as_ref().expect("cuts were judged").table();
    let line = table.lines().find(|line| line.starts_with(kind)).unwrap_or_else(|| panic!("{kind}: {table}"));
    let numbers = line[kind.len()..].split_whitespace();
    numbers.map(|number| number.replace(',', "").parse().expect("a number")).collect()
}

#[test]
fn a_sound_server_holds_at_every_cut_under_every_policy() {
    for variant in
        [None, Some("everysec"), Some("no"), Some("upgrade"), Some("power"), Some("killed"), Some("rewrite")]
    {
        let outcome = outcome(variant, &[]);
        assert_eq!(outcome.verdict, Verdict::Pass, "{variant:?}: {}", outcome.why.join("\n"));
        let report = outcome.cuts.as_ref().expect("cuts were judged");
        let sum = report.sum();
        assert_eq!(sum.judged, sum.points, "{variant:?}: a small run is judged at every point");
        assert!(report.pairs.len() > 100 && sum.images == report.pairs.len() as u64, "{variant:?}: {report}");
        assert!(sum.whole > 0, "{variant:?}: {report}");
        for kind in ["create", "append", "rename", "sync directory", "idle"] {
            assert!(row(&outcome, kind)[0] > 0, "{variant:?}: {kind}");
        }
    }
}

#[test]
fn what_the_policy_allows_is_lost_and_no_violation() {
    assert_eq!(outcome(None, &[]).cuts.expect("judged").sum().within_promise, 0, "always allows nothing");
    assert!(outcome(Some("everysec"), &[]).cuts.expect("judged").sum().within_promise > 0);
    assert!(outcome(Some("no"), &[]).cuts.expect("judged").sum().within_promise > 0);
}

#[test]
fn a_refusal_that_the_rules_ask_for_is_legal() {
    for variant in ["refuse", "reorder"] {
        let outcome = outcome(Some(variant), &[]);
        assert_eq!(outcome.verdict, Verdict::Pass, "{variant}: {}", outcome.why.join("\n"));
        assert!(outcome.cuts.expect("judged").sum().refused > 0, "{variant}");
    }
}

#[test]
fn a_disk_that_lies_is_found_and_may_be_expected() {
    let outcome = outcome(Some("lying"), &[]);
    assert_eq!(outcome.verdict, Verdict::Pass, "{}", outcome.why.join("\n"));
    assert!(!outcome.checks["cuts"] && outcome.cuts.expect("judged").sum().violations > 0);
}

/// The bug is found; the failure's name shows the same failure again, alone.
fn finds(bug: &str, variant: Option<&str>) -> Outcome {
    let found = outcome(variant, &[bug]);
    assert_eq!(found.verdict, Verdict::Fail, "{bug}");
    let failure = found.cuts.as_ref().expect("judged").failures.first().expect("a violation").clone();
    assert!(found.reproduction().ends_with(&format!("--bug {bug} --cut {}", failure.cut)));
    let name: CutName = failure.cut.to_string().parse().expect("a name that can be read");
    let again =
        outcome_of(&small(), variant, &[bug], CutRequest { only: Some(&name), ..CutRequest::default() });
    let report = again.cuts.as_ref().expect("judged");
    assert_eq!((report.failures.as_slice(), report.sum().states), (&[failure][..], 1), "{bug}");
    assert!(report.story.iter().any(|line| line.contains("a fresh server says")), "{:?}", report.story);
    found
}

#[test]
fn a_skipped_fsync_is_found() {
    for variant in [None, Some("everysec"), Some("rewrite")] {
        let outcome = finds("fsync-skipped", variant);
        let why = outcome.why.join("\n");
        assert!(why.contains("does not start"), "{variant:?}: {why}");
    }
}

#[test]
fn a_manifest_that_is_durable_before_its_base_is_found() {
    for variant in [None, Some("rewrite")] {
        let why = finds("manifest-before-base", variant).why.join("\n");
        assert!(why.contains("does not start"), "{variant:?}: {why}");
    }
}

#[test]
fn files_that_are_deleted_too_early_are_found() {
    let why = finds("early-delete", Some("rewrite")).why.join("\n");
    assert!(why.contains("Unable to obtain the AOF file"), "{why}");
    let outcome = outcome(None, &["early-delete"]);
    assert_eq!(outcome.verdict, Verdict::Pass, "without a rewrite there is nothing to delete");
}

#[test]
fn a_skipped_sync_of_a_directory_is_found() {
    finds("directory-sync-skipped", None);
    finds("directory-sync-skipped", Some("everysec"));
}

#[test]
fn an_early_acknowledgement_is_found() {
    finds("ack-before-fsync", None);
}

#[test]
fn a_failing_cut_becomes_a_scenario_that_fails_until_it_is_mended() {
    let (scenario, bugs) = (small(), ["fsync-skipped".to_string()]);
    let cuts = CutRequest::default();
    let request =
        Request { scenario: &scenario, variant: Some("everysec"), sets: &[], seed: 3, bugs: &bugs, cuts };
    let failed = run(&request).expect("a known variant");
    let kept = keep(&request, &failed).expect("a sound scenario").expect("something to keep");
    assert_eq!(kept.file_name, "small-everysec-seed-3.toml");
    let again = Scenario::parse(&kept.file_name, &kept.text)
        .unwrap_or_else(|mistake| panic!("{mistake}\n{}", kept.text));
    let plan = again.plan(None, &[]).expect("no variant");
    assert!(plan.seed == 3 && plan.duration.as_secs() < 3, "{}", kept.text);
    let run_with = |bugs: &[String]| {
        run(&Request { scenario: &again, variant: None, sets: &[], seed: plan.seed, bugs, cuts })
            .expect("no variant")
    };
    let (with, without) = (run_with(&bugs), run_with(&[]));
    assert_eq!((with.verdict, without.verdict), (Verdict::Fail, Verdict::Pass), "{:?}", without.why);
}

#[test]
fn the_same_seed_judges_the_same_cuts_and_the_run_itself_is_the_same_without() {
    let (one, two) = (outcome(Some("everysec"), &[]), outcome(Some("everysec"), &[]));
    assert_eq!((one.digest, &one.cuts), (two.digest, &two.cuts));
    let plain = SMALL.replace("[cuts]", "[cuts]\nwhen-asked = true");
    let plain = Scenario::parse("small.toml", &plain).expect("a sound scenario");
    let plain = outcome_of(&plain, Some("everysec"), &[], CutRequest::default());
    assert_eq!((plain.digest, plain.cuts), (one.digest, None));
}

#[test]
fn a_cut_point_that_is_not_there_fails() {
    let name: CutName = "cache:100000".parse().expect("a name");
    let outcome = outcome_of(&small(), None, &[], CutRequest { only: Some(&name), ..CutRequest::default() });
    assert!(outcome.why[0].contains("there is no cut point 100000"), "{:?}", outcome.why);
    let name: CutName = "cahce:1".parse().expect("a name");
    let outcome = outcome_of(&small(), None, &[], CutRequest { only: Some(&name), ..CutRequest::default() });
    assert!(outcome.why[0].contains("there is no server of that name"), "{:?}", outcome.why);
}

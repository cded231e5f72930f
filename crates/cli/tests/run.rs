//! The command line as users meet it: exit statuses, formats, and what a mistake looks like.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SMALL: &str = r#"
title = "Small"
lesson = "Nothing happens."
duration = "2s"
[nodes.cache]
[apps.sessions]
kind = "session-store"
rate = "20/s"
[checks]
require = ["model"]
[variants.slow]
"apps.sessions.rate" = "5/s"
[variants.doomed]
goals = ["oom-reply"]
"#;

/// A scenario file of its own for each test.
fn file(test: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}.toml"));
    fs::write(&path, text).expect("a writable directory");
    path
}

fn resplay(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_resplay"));
    command.args(words).env("NO_COLOR", "1").output().expect("the program runs")
}

fn run(path: &Path, words: &[&str]) -> (i32, String, String) {
    let path = path.display().to_string();
    let output = resplay(&[&["run", &path], words].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn lines(json: &str) -> Vec<Value> {
    json.lines().map(|line| serde_json::from_str(line).expect("JSON on each line")).collect()
}

#[test]
fn all_hold_is_status_0_and_a_violation_is_status_1_with_a_line_to_paste() {
    let path = file("status", SMALL);
    assert_eq!(run(&path, &["--variant", "slow"]).0, 0);
    let (status, out, _) = run(&path, &["--variant", "doomed", "--seed", "3"]);
    assert_eq!(status, 1);
    let last = out.trim_end().lines().last().unwrap_or_default();
    assert_eq!(last, format!("resplay run {} --variant doomed --seed 3", path.display()));
}

#[test]
fn a_misspelt_key_is_status_2_with_its_line_and_the_right_word() {
    let path = file("misspelt", &SMALL.replace("duration", "duratoin"));
    let (status, out, err) = run(&path, &[]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("misspelt.toml:4") && err.contains("duratoin"), "{err}");
    assert!(err.contains("did you mean `duration`?"), "{err}");
}

#[test]
fn a_misspelt_override_variant_or_option_is_status_2() {
    let path = file("usage", SMALL);
    let (status, _, err) = run(&path, &["--set", "apps.sessions.raet=5/s"]);
    assert!(status == 2 && err.contains("--set") && err.contains("did you mean `rate`?"), "{err}");
    let (status, _, err) = run(&path, &["--variant", "slwo"]);
    assert!(status == 2 && err.contains("did you mean `slow`?"), "{err}");
    assert_eq!(run(&path, &["--trace", "x"]).0, 2);
    assert_eq!(run(&path, &["--cut", "cache"]).0, 2);
    assert_eq!(run(&path, &["--seeds", "3..1"]).0, 2);
    assert_eq!(run(&file("none", ""), &[]).0, 2);
    assert_eq!(resplay(&["run", "no/such/file.toml"]).status.code(), Some(2));
}

#[test]
fn json_has_one_object_per_run_in_order_whatever_the_number_of_jobs() {
    let path = file("json", SMALL);
    let words = |jobs| ["--format", "json", "--seeds", "1..3", "--jobs", jobs];
    let (status, one, _) = run(&path, &words("1"));
    let (_, two, _) = run(&path, &words("2"));
    assert_eq!(status, 1, "one variant is doomed");
    let told = |line: &Value| (line["variant"].clone(), line["seed"].clone(), line["digest"].clone());
    let (one, two) = (lines(&one), lines(&two));
    assert_eq!(one.iter().map(told).collect::<Vec<_>>(), two.iter().map(told).collect::<Vec<_>>());
    let order: Vec<String> = one.iter().map(|line| format!("{} {}", line["variant"], line["seed"])).collect();
    let expected = ["null 1", "null 2", "null 3", "\"slow\" 1", "\"slow\" 2", "\"slow\" 3", "\"doomed\" 1"];
    assert_eq!(order[..7], expected);
    let keys: Vec<&str> = one[0].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    let all = "checks commands digest faults goals scenario seed variant verdict virtual_ms wall_ms";
    assert_eq!(keys.join(" "), all);
    assert_eq!(one[0]["checks"]["model"], "holds");
}

#[test]
fn with_set_goals_are_counted_and_not_demanded() {
    let path = file("set", SMALL);
    let words = ["--variant", "doomed", "--set", "apps.sessions.rate=3/s", "--format", "json"];
    let (status, out, _) = run(&path, &words);
    assert_eq!((status, &lines(&out)[0]["goals"]["oom-reply"]), (0, &Value::from(0)));
}

#[test]
fn junit_names_the_failure_and_how_to_see_it_again() {
    let path = file("junit", SMALL);
    let (status, out, _) = run(&path, &["--format", "junit"]);
    assert_eq!(status, 1);
    assert!(out.contains("tests=\"3\" failures=\"1\""), "{out}");
    assert!(out.contains("--variant doomed --seed 1"), "{out}");
}

const DURABLE: &str = r#"
title = "Durable"
lesson = "A few writes."
duration = "1s"
[nodes.cache]
config = { appendonly = "yes", appendfsync = "always" }
[apps.ledger]
kind = "ledger-writer"
clients = 2
rate = "10/s"
keys = 2
[cuts]
when-asked = true
images = 60
"#;

#[test]
fn cuts_are_judged_when_asked_and_told_as_a_table() {
    let path = file("cuts", DURABLE);
    let (status, out, _) = run(&path, &[]);
    assert!(status == 0 && !out.contains("cut points"), "{out}");
    let (status, out, _) = run(&path, &["--cuts"]);
    assert_eq!(status, 0, "{out}");
    let head = out.lines().find(|line| line.starts_with("cut points at")).expect("a table");
    assert!(head.ends_with("whole  within  refused  violations"), "{head}");
    let row = |kind: &str| {
        out.lines().find(|line| line.starts_with(kind)).unwrap_or_else(|| panic!("{kind}: {out}"))
    };
    for kind in ["create", "append", "fsync", "rename", "sync directory", "all"] {
        assert!(row(kind).ends_with('0'), "no violation: {}", row(kind));
    }
    assert!(out.contains("distinct pairs of disk image and configuration judged"), "{out}");
}

#[test]
fn a_failing_cut_is_named_shown_again_and_kept() {
    let path = file("failing-cuts", DURABLE);
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("kept-cuts");
    let _ = fs::remove_dir_all(&kept);
    let bug = ["--bug", "fsync-skipped"];
    let to = kept.display().to_string();
    let (status, out, err) = run(&path, &[&["--cuts", "--keep-cuts", &to], &bug[..]].concat());
    assert_eq!(status, 1, "{out}");
    let last = out.trim_end().lines().last().unwrap_or_default();
    let (_, name) = last.split_once("--cut ").expect("a line to paste that names the cut");
    let (status, again, _) =
        run(&path, &[&["--variant", "base", "--seed", "1", "--cut", name], &bug[..]].concat());
    assert!(status == 1 && again.contains("a fresh server says:"), "{again}");
    let file = kept.join("failing-cuts-base-seed-1.toml");
    assert!(err.contains(&format!("resplay run {}", file.display())), "{err}");
    assert_eq!(run(&file, &bug).0, 1, "what was kept fails");
    assert_eq!(run(&file, &[]).0, 0, "until it is mended");
}

#[test]
fn cuts_are_in_json_and_junit() {
    let path = file("cuts-formats", DURABLE);
    let (_, out, _) = run(&path, &["--cuts", "--format", "json"]);
    let cuts = &lines(&out)[0]["cuts"];
    assert!(
        cuts["images"].as_u64() > Some(20) && cuts["by_kind"]["append"]["points"].as_u64() > Some(5),
        "{cuts}"
    );
    assert_eq!(cuts["by_kind"]["append"]["violations"], 0);
    let (_, out, _) = run(&path, &["--cuts", "--format", "junit"]);
    assert!(out.contains("<system-out>crash cuts:"), "{out}");
}

#[test]
fn a_run_is_told_between_two_moments() {
    let path = file("told", SMALL);
    let (status, told, _) = run(&path, &["--variant", "base", "--from", "0.5s", "--until", "1.5s"]);
    assert_eq!(status, 0);
    let moments: Vec<&str> = told.lines().take_while(|line| line.starts_with("00:0")).collect();
    assert!(moments.len() > 10 && moments.is_sorted(), "{told}");
    assert!(moments.iter().all(|line| ("00:00.5".."00:01.500001").contains(line)), "{told}");
    let is_command = |line: &&&str| {
        line.contains(">cache") && line.contains("SET session:") && line.contains("  =>  OK  (")
    };
    assert!(moments.iter().find(is_command).is_some(), "{told}");
    let same = run(&path, &["--variant", "base", "--from", "500ms", "--to", "00:01.500000"]).1;
    assert_eq!(same.lines().take(moments.len()).collect::<Vec<_>>(), moments);
    assert_eq!(run(&path, &["--until", "1s"]).0, 2, "three runs are no one story");
    assert_eq!(run(&path, &["--variant", "base", "--until", "soon"]).0, 2);
    assert_eq!(
        run(&path, &["--variant", "base", "--until", "1s", "--format", "json"]).0,
        2,
        "no JSON any more"
    );
}

#[test]
fn a_trace_has_a_line_per_event_and_faults_among_them() {
    let paused =
        "\n[faults.nap]\npause = { node = \"cache\" }\nat = \"500ms\"\nfor = \"200ms\"\n[variants.slow]";
    let path = file("trace", &SMALL.replace("\n[variants.slow]", paused));
    let trace = path.with_extension("jsonl");
    let to = trace.display().to_string();
    let written = || {
        assert_eq!(run(&path, &["--variant", "base", "--trace", &to]).0, 0);
        fs::read_to_string(&trace).expect("a trace")
    };
    let first = written();
    assert_eq!(first, written(), "the same run, the same events");
    let events = lines(&first);
    let of_kind = |kind: &str| events.iter().filter(|event| event["kind"] == kind).collect::<Vec<_>>();
    assert_eq!(of_kind("Boot").len(), 3, "a server, an application, the operator");
    assert!(
        of_kind("Data").iter().all(|event| event["bytes"].as_u64() > Some(0) && event["digest"].is_string())
    );
    let faults: Vec<&str> = of_kind("Fault").iter().filter_map(|event| event["text"].as_str()).collect();
    assert_eq!(faults, ["cache is paused", "cache runs on"]);
    let times: Vec<u64> = events.iter().filter_map(|event| event["at_ns"].as_u64()).collect();
    assert!(times.len() == events.len() && times.is_sorted());
}

#[test]
fn a_history_has_a_line_per_operation() {
    let path = file("history", SMALL);
    let history = path.with_extension("jsonl");
    let to = history.display().to_string();
    assert_eq!(run(&path, &["--variant", "base", "--history", &to]).0, 0);
    let written = fs::read_to_string(&history).expect("a history");
    assert!(lines(&written).len() > 20);
    assert_eq!(run(&path, &["--history", &to]).0, 2, "three runs have no one history");
}

#[test]
fn runs_are_compared_with_themselves_when_asked() {
    assert_eq!(run(&file("twice", SMALL), &["--variant", "base", "--check-determinism"]).0, 0);
}

#[test]
fn list_names_what_a_scenario_can_be_made_of() {
    let text = String::from_utf8_lossy(&resplay(&["list"]).stdout).into_owned();
    for word in ["caching/stampede.toml", "cache-aside", "power-loss", "promise-ledger", "oom-reply"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let goals = String::from_utf8_lossy(&resplay(&["list", "goals"]).stdout).into_owned();
    assert!(goals.contains("oom-reply") && !goals.contains("power-loss"));
}

#[test]
fn help_teaches() {
    let help = String::from_utf8_lossy(&resplay(&["run", "--help"]).stdout).into_owned();
    assert!(help.contains("--seeds <A..B>") && help.contains("PATH=VALUE"), "{help}");
    assert!(help.contains("--cuts") && help.contains("[NODE:]POINT[:STATE]"), "{help}");
    assert!(["--trace", "--from", "--until"].iter().all(|option| help.contains(option)), "{help}");
}

#[test]
fn conform_holds_the_engine_against_the_corpus_in_the_binary() {
    let output = resplay(&["conform", "--filter", "hash/*", "--format", "json"]);
    let told = lines(&String::from_utf8_lossy(&output.stdout));
    let hset = told.iter().find(|line| line["command"] == "HSET").expect("a line per command");
    assert_eq!((output.status.code(), &hset["passed"]), (Some(0), &hset["cases"]));
    let junit = resplay(&["conform", "--filter", "HSETNX", "--format", "junit"]);
    assert!(String::from_utf8_lossy(&junit.stdout).contains("<testcase name=\"HSETNX (RESP3)\""));
}

#[test]
fn conform_says_what_it_cannot_do_with_status_2() {
    for words in [
        &["conform", "--filter", "nothing"][..],
        &["conform", "--target", "localhost:6379"],
        &["conform", "--target", "redis://localhost:1"],
        &["conform", "--random", "100"],
    ] {
        let output = resplay(words);
        assert!(output.status.code() == Some(2) && !output.stderr.is_empty(), "{words:?}");
    }
}

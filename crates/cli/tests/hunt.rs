//! The hunt as users meet it: it goes on where it stopped, its parts make a whole, and what it finds is small.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An empty folder of its own for each test.
fn folder(test: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("hunt-{test}"));
    let _ = fs::remove_dir_all(&path);
    path
}

fn resplay(words: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_resplay")).args(words).env("NO_COLOR", "1").output();
    let output = output.expect("the program runs");
    let text = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
    (output.status.code().unwrap_or(-1), text)
}

fn hunt(out: &Path, words: &[&str]) -> (i32, String) {
    let out = out.display().to_string();
    resplay(&[&["hunt", "--out", &out], words].concat())
}

fn runs(out: &Path) -> String {
    fs::read_to_string(out.join("runs.jsonl")).expect("a hunt leaves its runs")
}

#[test]
fn a_hunt_goes_on_where_it_stopped_to_the_same_end() {
    let (whole, parts) = (folder("whole"), folder("parts"));
    hunt(&whole, &["--runs", "12", "--jobs", "2"]);
    hunt(&parts, &["--runs", "5", "--jobs", "1"]);
    // It was killed while it wrote a line.
    let cut = runs(&parts).len() - 17;
    fs::write(parts.join("runs.jsonl"), &runs(&parts)[..cut]).expect("a writable folder");
    hunt(&parts, &["--runs", "12", "--jobs", "2"]);
    assert_eq!(runs(&whole), runs(&parts));
    let groups = |out: &Path| fs::read_to_string(out.join("groups.json")).expect("a hunt leaves its groups");
    assert_eq!(groups(&whole), groups(&parts));
}

#[test]
fn the_shards_of_a_hunt_together_are_the_whole() {
    let (whole, one, two) = (folder("unsharded"), folder("shard-1"), folder("shard-2"));
    hunt(&whole, &["--runs", "9"]);
    hunt(&one, &["--runs", "9", "--shard", "1/2"]);
    hunt(&two, &["--runs", "9", "--shard", "2/2"]);
    let merged = runs(&one) + &runs(&two);
    let mut merged: Vec<&str> = merged.lines().collect();
    let number = |line: &&str| serde_json::from_str::<Value>(line).expect("JSON")["run"].as_u64();
    merged.sort_by_key(number);
    assert_eq!(merged, runs(&whole).lines().collect::<Vec<_>>());
    let (status, text) = hunt(&one, &["--runs", "9", "--shard", "2/2"]);
    assert!(status == 2 && text.contains("give another --out"), "{text}");
}

#[test]
fn what_is_broken_at_the_boundary_is_found_grouped_and_shrunk() {
    let out = folder("bug");
    let words = ["scenarios/persistence/crash-mid-aof.toml", "--runs", "6", "--bug", "fsync-skipped"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let scenario = root.join(words[0]).display().to_string();
    let (status, text) = hunt(&out, &[&[scenario.as_str()], &words[1..]].concat());
    assert_eq!(status, 1, "{text}");
    let groups = fs::read_to_string(out.join("groups.json")).expect("groups");
    let groups: Value = serde_json::from_str(&groups).expect("JSON");
    let group = groups.as_array().and_then(|groups| {
        groups
            .iter()
            .find(|group| group["signature"].as_str().is_some_and(|text| text.contains("promise-ledger")))
    });
    let name = group.and_then(|group| group["scenario"].as_str()).expect("a scenario that was shrunk");
    let path = out.join(name);
    let small = fs::read_to_string(&path).expect("its file");
    assert!(small.lines().count() < 40, "{small}");
    let path = path.display().to_string();
    assert_eq!(resplay(&["run", &path]).0, 0, "the server is sound");
    let (status, text) = resplay(&["run", &path, "--bug", "fsync-skipped"]);
    assert!(status == 1 && text.contains("promise-ledger"), "{text}");
    let again = out.join("again.toml").display().to_string();
    let seed = small.lines().find_map(|line| line.strip_prefix("seed = ")).expect("its seed");
    resplay(&["shrink", &path, "--seed", seed, "-o", &again, "--bug", "fsync-skipped"]);
    let body = |text: &str| {
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_string).collect::<Vec<_>>()
    };
    assert_eq!(body(&fs::read_to_string(&again).expect("a file")), body(&small), "a local minimum");
}

#[test]
fn a_mistake_on_the_command_line_is_status_2() {
    let out = folder("mistakes");
    for words in [
        &["--runs", "1", "--shard", "3/2"][..],
        &["--runs", "1", "--shard", "half"],
        &["--runs", "1", "--bug", "nobody"],
        &["--budget", "soon"],
        &["nowhere.toml", "--runs", "1"],
        &[],
    ] {
        assert_eq!(hunt(&out, words).0, 2, "{words:?}");
    }
}

#[test]
fn the_canary_of_the_museum_is_found_by_the_first_seed_and_the_page_says_so() {
    let page = folder("museum").with_extension("md");
    let (status, text) =
        resplay(&["museum", "canary", "--campaigns", "2", "--report", &page.display().to_string()]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("without a bug: 0 of 2 runs of the same seeds fail"), "{text}");
    let page = fs::read_to_string(page).expect("the page");
    let row = page.lines().find(|line| line.starts_with("| `canary` |")).expect("a row of the table");
    assert!(row.contains("| 2 of 2 | 1 | 1 | delivery |"), "{row}");
}

//! What crash cuts once found, in `corpus/regressions/`: every file passes, because it is mended. Those that a bug of
//! the museum made say so in a line `# --bug NAME`, and still fail with it.

use resplay_harness::cuts::CutRequest;
use resplay_harness::{Outcome, Request, Scenario, Verdict, run};
use std::fs;
use std::path::{Path, PathBuf};

fn files() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/regressions");
    let entries = fs::read_dir(directory).expect("the regressions").flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect();
    files.sort();
    files
}

fn outcome(path: &Path, text: &str, bugs: &[String]) -> Outcome {
    let scenario = Scenario::parse(&path.display().to_string(), text).expect("a sound scenario");
    let seed = scenario.plan(None, &[]).expect("a sound scenario").seed;
    let request =
        Request { scenario: &scenario, variant: None, sets: &[], seed, bugs, cuts: CutRequest::default() };
    run(&request).expect("a known bug")
}

#[test]
fn what_was_found_once_is_mended_and_would_be_found_again() {
    let mut with_bugs = 0;
    for path in files() {
        let text = fs::read_to_string(&path).expect("a readable file");
        let mended = outcome(&path, &text, &[]);
        assert_eq!(mended.verdict, Verdict::Pass, "{}: {}", path.display(), mended.why.join("\n"));
        let bugs: Vec<String> =
            text.lines().filter_map(|line| line.strip_prefix("# --bug ")).map(str::to_string).collect();
        if !bugs.is_empty() {
            with_bugs += 1;
            assert_eq!(outcome(&path, &text, &bugs).verdict, Verdict::Fail, "{}", path.display());
        }
    }
    assert!(with_bugs >= 3, "the bugs of the museum that cuts find have their files here");
}
